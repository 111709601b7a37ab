"""Rules that word notable facts. They change no points; each says where it was seen."""

from collections.abc import Callable, Iterable, Iterator

from assay.domain import labelled_findings, monitoring_findings
from assay.domain.checks.wording import failures, milliseconds
from assay.domain.evidence import Evidence
from assay.domain.scorecard import Finding

TAIL_RATIO = 4.0
"""p99 over p50 beyond which the tail is worth a word; a healthy single-core service has 2-3."""
MEMORY_SHARE = 0.8
FAST_RATIO = 1.15
SLOW_READY_S = 10.0

Rule = Callable[[Evidence], Iterator[Finding]]


def findings_of(evidence: Evidence) -> tuple[Finding, ...]:
    """All findings, cautions about the measurement first, then problems, then strengths."""
    order = ("caution", "problem", "strength")
    found = [finding for rule in RULES for finding in rule(evidence)]
    return tuple(sorted(found, key=lambda finding: order.index(finding.kind)))


def judged_anew(evidence: Evidence) -> Iterator[Finding]:
    """What was measured is that of an earlier evaluation."""
    anew = evidence.judged_anew
    if anew:
        yield Finding(
            "caution",
            f"Judged anew from the evidence of evaluation {anew.evaluation_id}; nothing was "
            f"measured. It was measured under version {anew.challenge} of the challenge.",
            "judged_anew",
        )


def weaker_isolation(evidence: Evidence) -> Iterator[Finding]:
    """The engine could not isolate or count everything."""
    missing = evidence.host.missing_capabilities
    if missing:
        yield Finding(
            "caution",
            f"Measured with the {evidence.host.engine} engine, which lacks: {_listed(missing)}. "
            f"What depends on these was not measured or not isolated.",
            "host.missing_capabilities",
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(name.replace("_", " ") for name in names)


def noisy_host(evidence: Evidence) -> Iterator[Finding]:
    """Windows that the machine spoilt were repeated."""
    void = [pair for pair in evidence.load.pairs if pair.void] if evidence.load else []
    if evidence.load and void:
        yield Finding(
            "caution",
            f"Windows disturbed by the machine were repeated and not judged: {len(void)} of "
            f"{len(evidence.load.pairs)} pairs. For example, {void[0].void}.",
            "load.pairs",
        )


def undecided_objective(evidence: Evidence) -> Iterator[Finding]:
    """The objective was neither proven nor disproven at a rate."""
    for tier in evidence.load.tiers if evidence.load else ():
        if tier.verdict == "undecided":
            yield Finding(
                "caution",
                f"At {tier.rate_rps:.0f} requests/s, {tier.requests:,} requests were too few to "
                f"prove or disprove the objective.",
                "load.tiers",
            )


def killed_for_memory(evidence: Evidence) -> Iterator[Finding]:
    """The service was killed for its memory while starting."""
    if evidence.boot and evidence.boot.oom_killed:
        yield Finding("problem", "The kernel killed the service for its memory.", "boot.oom_killed")


def slow_start(evidence: Evidence) -> Iterator[Finding]:
    """A deployment waits for this."""
    boot = evidence.boot
    if boot and boot.ready_s is not None and boot.ready_s > SLOW_READY_S:
        told = f"It took {boot.ready_s:.0f} s to become ready; each roll-out waits for that."
        yield Finding("problem", told, "boot.ready_s")


def failing_under_load(evidence: Evidence) -> Iterator[Finding]:
    """Requests went wrong at a moderate rate."""
    load = evidence.load
    told = failures({k: n for k, n in load.outcomes.items() if k != "w"}) if load else ""
    if load and told:
        yield Finding(
            "problem",
            f"At {load.rate_rps:.0f} requests/s, {load.requests:,} requests ended in: {told}.",
            "load.outcomes",
        )


def long_tail(evidence: Evidence) -> Iterator[Finding]:
    """Some requests wait far longer than most."""
    load = evidence.load
    if not load or not load.latency_ms_p50 or load.latency_ms_p99 is None:
        return
    if load.latency_ms_p99 > TAIL_RATIO * load.latency_ms_p50.value:
        yield Finding(
            "problem",
            f"The slowest hundredth waits {milliseconds(load.latency_ms_p99)} where the median "
            f"is {milliseconds(load.latency_ms_p50.value)}: something makes requests queue.",
            "load.latency_ms_p99",
        )


def near_the_memory_limit(evidence: Evidence) -> Iterator[Finding]:
    """Little room is left."""
    memory = evidence.memory
    if memory and memory.peak_mib and memory.peak_mib > MEMORY_SHARE * memory.limit_mib:
        yield Finding(
            "problem",
            f"Memory peaked at {memory.peak_mib:.0f} of {memory.limit_mib} MiB.",
            "memory.peak_mib",
        )


def faster_than_the_reference(evidence: Evidence) -> Iterator[Finding]:
    """More correct answers per second than the reference, beyond doubt."""
    ratio = evidence.capacity.throughput_ratio if evidence.capacity else None
    if ratio and ratio.low > FAST_RATIO:
        told = f"It gives {ratio.value:.2f} times the reference's correct answers per second."
        yield Finding("strength", told, "capacity.throughput_ratio")


def clean_suite(evidence: Evidence) -> Iterator[Finding]:
    """Every hidden test passed."""
    tests = evidence.contract.tests if evidence.contract else ()
    if tests and all(test.outcome == "passed" for test in tests):
        yield Finding("strength", f"All {len(tests)} hidden tests passed.", "contract.tests")


RULES: tuple[Rule, ...] = (
    judged_anew,
    weaker_isolation,
    noisy_host,
    undecided_objective,
    killed_for_memory,
    slow_start,
    failing_under_load,
    long_tail,
    near_the_memory_limit,
    faster_than_the_reference,
    clean_suite,
    labelled_findings.follows_orders,
    labelled_findings.shows_what_is_not_asked,
    labelled_findings.too_sure,
    labelled_findings.takes_nothing_wrongly,
    monitoring_findings.disturbed_incidents,
    monitoring_findings.left_out_incidents,
    monitoring_findings.broken_rules,
    monitoring_findings.unnoticed_incidents,
    monitoring_findings.pages_for_nothing,
    monitoring_findings.alarms_nobody_hears,
    monitoring_findings.invented_metrics,
    monitoring_findings.watchful,
)
