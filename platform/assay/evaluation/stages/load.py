"""load: open-loop latency beside the reference, with the same arrivals, in alternating windows.

1. The reference starts beside the submission and its capacity is measured alone.
2. Pairs of windows at a share of that capacity, ABBA order, same seed inside a pair.
3. Windows at the published rates, for the objective.
Windows that the machine spoilt are repeated; what is left must be enough, or it is our fault.
Where there is no reference, `load_alone` measures what can be measured.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from assay.domain.challenge import LoadRules
from assay.domain.checks.latency import IDLE_CPU_SHARE_MAX
from assay.domain.errors import CandidateFault, PlatformFault
from assay.domain.measurements import Estimate, LoadMeasurement, WindowPair
from assay.domain.statistics import Ratio, paired_ratio, percentile, quantile_interval
from assay.evaluation import noise, windows
from assay.evaluation.callers import note_turned_away, note_windows
from assay.evaluation.ports import Role
from assay.evaluation.run import Run
from assay.evaluation.stages.load_alone import load_alone
from assay.evaluation.stages.objective import measure_tiers
from assay_probe.plan import OpenLoopPlan, OpenLoopWindow, SaturationPlan, SaturationWindow
from assay_probe.records import OpenLoopRecord, SaturationRecord

CALIBRATION_S = 3.0
CALIBRATION_WARMUP_S = 2.0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two windows with the same arrivals."""

    label: str
    seed: int
    reference: OpenLoopRecord
    submission: OpenLoopRecord
    reference_void: str | None
    fact: WindowPair


def load(run: Run) -> None:
    """Measure latency as a ratio to the reference, and the objective at published rates."""
    rules = run.material.challenge.load
    if rules is None:
        raise PlatformFault("the challenge has a load stage but no [load] table")
    if not run.has_reference:
        load_alone(run, rules)
        return
    run.reference_capacity_rps = _calibrate(run, rules)
    rate_rps = rules.utilisation * run.reference_capacity_rps
    pairs, rounds = _measure_pairs(run, rules, rate_rps)
    fact = _measured(run, rules, pairs, rounds)
    _note_callers(run, [p.submission for p in pairs if p.fact.void is None])
    run.facts["load"] = fact
    tiers = measure_tiers(run, rules)
    slices = tuple(run.slices)
    run.facts["load"] = fact.model_copy(update={"tiers": tiers, "slices": slices})


def _note_callers(run: Run, records: list[OpenLoopRecord]) -> None:
    note_windows(run, "under_load", records)
    note_turned_away(run, records)


def _calibrate(run: Run, rules: LoadRules) -> float:
    """Correct answers per second of the reference alone, saturated."""
    run.boot("reference")
    run.say("measuring the reference's capacity")
    plan = SaturationPlan(
        targets=[run.target("reference")],
        request=run.request_spec(),
        windows=[
            SaturationWindow(
                targets=["reference"],
                label="calibration",
                concurrency=rules.concurrency,
                duration_s=CALIBRATION_S,
                warmup_s=CALIBRATION_WARMUP_S,
                seed=run.seed_for("calibration"),
            )
        ],
    )
    record = run.probe_for(SaturationRecord, plan, seconds=CALIBRATION_S + CALIBRATION_WARMUP_S)
    rps = record.outcomes.get("o", 0) / (record.ended_s - record.started_s)
    _refuse_a_busy_submission(_idle_cpu(run, record.started_s, record.ended_s))
    if rps <= 0:
        raise PlatformFault(
            "the reference answered nothing correctly while its capacity was measured",
            remedy="prove the challenge on this host before grading with it",
        )
    return rps


def _window(
    role: Role, label: str, rate_rps: float, seconds: float, run: Run, draw: int
) -> OpenLoopWindow:
    return OpenLoopWindow(
        target=role,
        label=label,
        rate_rps=rate_rps,
        duration_s=seconds,
        seed=run.seed_for("load", label, draw),
    )


def _open_loop(run: Run, wanted: list[OpenLoopWindow]) -> list[OpenLoopRecord]:
    names: list[Role] = ["reference", "submission"]
    request = run.request_spec()
    plan = OpenLoopPlan(
        targets=[run.target(n) for n in names if any(w.target == n for w in wanted)],
        request=request,
        windows=wanted,
    )
    return run.open_loop(plan, seconds=sum(w.duration_s + request.timeout_s for w in wanted))


def _measure_pairs(run: Run, rules: LoadRules, rate_rps: float) -> tuple[list[Pair], int]:
    """Pairs until enough are sound; all pairs, void ones too, and the rounds it took."""
    pairs: list[Pair] = []
    for round_ in range(1, noise.ROUNDS + 1):
        missing = rules.pairs - _sound(pairs)
        if missing <= 0:
            return pairs, round_ - 1
        run.say(f"{missing} pairs of windows at {rate_rps:.0f} requests/s")
        pairs += _run_pairs(run, rules, rate_rps, range(len(pairs), len(pairs) + missing))
    if _sound(pairs) < noise.KEPT_SHARE_MIN * rules.pairs:
        pairs = [_excused(p) for p in pairs]
    if _sound(pairs) < noise.KEPT_SHARE_MIN * rules.pairs:
        run.facts["void_pairs"] = tuple(p.fact for p in pairs)
        raise PlatformFault(
            f"this host is too noisy to judge latency: {_sound(pairs)} of {len(pairs)} pairs of "
            f"windows were sound; the last reason: {_last_reason(pairs)}",
            remedy="stop what else runs on this machine, or give it another core, and run again",
        )
    return pairs, noise.ROUNDS


def _sound(pairs: list[Pair]) -> int:
    return sum(p.fact.void is None for p in pairs)


def _excused(pair: Pair) -> Pair:
    """A pair whose reference half was sound counts, whatever happened in the other half.

    Both halves met the same host seconds apart. What spoils only the submission's, in most
    pairs, is the submission: it must not void its own bad figures, and lag or load of its
    making only adds to them.
    """
    if pair.reference_void is not None:
        return pair
    return replace(pair, fact=pair.fact.model_copy(update={"void": None}))


def _idle_cpu(run: Run, since_s: float, until_s: float) -> float | None:
    """What the submission used of its cores while nobody asked it anything."""
    usage = run.services["submission"].usage(since_s, until_s)
    capacity_s = (until_s - since_s) * len(run.world.host.service_cores)
    return usage.cpu_s / capacity_s if usage and capacity_s > 0 else None


def _refuse_a_busy_submission(share: float | None) -> None:
    """The reference's capacity cannot be measured beside a service that never rests.

    Raises:
        CandidateFault: it used the core it shares before anybody asked it anything.
    """
    if share is not None and share > IDLE_CPU_SHARE_MAX:
        raise CandidateFault(
            f"the service used {share:.0%} of its core while nobody asked it anything; "
            f"work that no request needs must end or be spread out"
        )


def _last_reason(pairs: list[Pair]) -> str:
    return next((p.fact.void for p in reversed(pairs) if p.fact.void), "none")


def _run_pairs(run: Run, rules: LoadRules, rate_rps: float, numbers: range) -> list[Pair]:
    wanted: list[OpenLoopWindow] = []
    if rules.warmup_s and numbers.start == 0:
        wanted.append(_window("submission", "warmup", rate_rps, rules.warmup_s, run, 0))
    for number in numbers:
        order: list[Role] = ["reference", "submission"]
        for role in order if number % 2 == 0 else reversed(order):
            label = f"pair-{number + 1}"
            wanted.append(_window(role, label, rate_rps, rules.window_s, run, number))
    found = {(r.label, r.target): r for r in _open_loop(run, wanted)}
    return [_pair(run, f"pair-{n + 1}", found) for n in numbers]


def _pair(run: Run, label: str, found: dict[tuple[str, str], OpenLoopRecord]) -> Pair:
    reference, submission = found[label, "reference"], found[label, "submission"]
    cores = len(run.world.host.service_cores)
    noises = {
        "reference": windows.noise_of(reference, run.services["reference"], cores),
        "submission": windows.noise_of(submission, run.services["submission"], cores),
    }
    figures = {r.target: windows.latencies_ms(r) for r in (reference, submission)}
    p95 = {name: percentile(values, 0.95) for name, values in figures.items()}
    p50 = {name: percentile(values, 0.5) for name, values in figures.items()}
    reasons = {name: noise.void_reason(noises[name], p95[name]) for name in noises}
    fact = WindowPair(
        label=label,
        seed=reference.seed,
        reference_ms_p50=windows.finite(p50["reference"]),
        reference_ms_p95=windows.finite(p95["reference"]),
        submission_ms_p50=windows.finite(p50["submission"]),
        submission_ms_p95=windows.finite(p95["submission"]),
        reference_foreign_cpu=noises["reference"].foreign_share,
        submission_foreign_cpu=noises["submission"].foreign_share,
        submission_idle_cpu=_idle_cpu(run, reference.started_s, reference.ended_s),
        send_lag_ms_p99=max(n.send_lag_ms_p99 for n in noises.values()),
        void=reasons["reference"] or reasons["submission"],
    )
    return Pair(label, reference.seed, reference, submission, reasons["reference"], fact)


def _measured(run: Run, rules: LoadRules, pairs: list[Pair], rounds: int) -> LoadMeasurement:
    sound = [p for p in pairs if p.fact.void is None]
    reference = [windows.latencies_ms(p.reference) for p in sound]
    submission = [windows.latencies_ms(p.submission) for p in sound]
    records = [p.submission for p in sound]
    everything = [v for block in submission for v in block]
    whole_reference = [v for block in reference for v in block]
    reference_ms_p95 = percentile(whole_reference, 0.95)
    if reference_ms_p95 is None or math.isinf(reference_ms_p95):
        raise PlatformFault(
            "the reference failed more than 5 % of the requests in its own windows",
            remedy="stop what else runs on this machine and run again",
        )
    return LoadMeasurement(
        reference_capacity_rps=run.reference_capacity_rps,
        rate_rps=rules.utilisation * run.reference_capacity_rps,
        pairs=tuple(p.fact for p in pairs),
        requests=len(everything),
        outcomes=windows.outcomes(records),
        latency_ms_p50=_quantile(run, submission, 0.5),
        latency_ms_p95=_quantile(run, submission, 0.95),
        latency_ms_p99=windows.finite(percentile(everything, 0.99)),
        ratio_p50=_ratio(run, reference, submission, 0.5),
        ratio_p95=_ratio(run, reference, submission, 0.95),
        reference_ms_p50=percentile(whole_reference, 0.5) or math.inf,
        reference_ms_p95=reference_ms_p95,
        tiers=(),
        objective_ms=rules.objective_ms,
        objective_quantile=rules.objective_quantile,
        hdr={
            "submission": windows.merged_hdr(records),
            "reference": windows.merged_hdr(p.reference for p in sound),
        },
        slices=tuple(run.slices),
        schedule_sha256=(windows.schedule_digest(records),),
        rounds=rounds,
    )


def _rng(run: Run, *names: object) -> np.random.Generator:
    return np.random.default_rng(run.seed_for("bootstrap", *names))


def _quantile(run: Run, blocks: list[list[float]], quantile: float) -> Estimate | None:
    value = percentile([v for block in blocks for v in block], quantile)
    if value is None or math.isinf(value):
        return None
    low, high = quantile_interval(blocks, quantile, _rng(run, "latency", quantile))
    return Estimate(
        value=value, low=low, high=high, method=f"pooled; bootstrap over {len(blocks)} windows"
    )


def _ratio(
    run: Run, reference: list[list[float]], submission: list[list[float]], quantile: float
) -> Estimate:
    ratio: Ratio = paired_ratio(reference, submission, quantile, _rng(run, "ratio", quantile))
    return Estimate(
        value=ratio.value,
        low=ratio.low,
        high=ratio.high,
        method=f"pooled quantiles of {len(reference)} pairs; bootstrap over pairs",
    )
