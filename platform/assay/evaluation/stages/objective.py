"""The latency objective at published rates: part of the load stage.

Each rate is a published share of the reference's capacity, so that it asks the same of every
submission on every host. Whether enough requests met the objective is a verdict with early
stopping; the share itself is what earns points, so one unlucky second changes little.
"""

from assay.domain.challenge import LoadRules, Tier
from assay.domain.errors import PlatformFault
from assay.domain.measurements import TierMeasurement
from assay.domain.statistics import percentile, slo_verdict
from assay.evaluation import noise, windows
from assay.evaluation.callers import note_windows
from assay.evaluation.run import Run
from assay_probe.plan import OpenLoopPlan, OpenLoopWindow
from assay_probe.records import OpenLoopRecord

WINDOWS_PER_TIER = 3
SOUND_WINDOWS_MIN = 2
CONFIDENCE = 0.95


def measure_tiers(run: Run, rules: LoadRules) -> tuple[TierMeasurement, ...]:
    """Drive the submission at each published rate, all rates in one run of the probe.

    Windows the machine spoilt are repeated; a rate without two sound ones is our fault.
    """
    sound: dict[Tier, list[OpenLoopRecord]] = {tier: [] for tier in rules.tiers}
    reason = ""
    for round_ in range(noise.ROUNDS):
        for tier, record in _drive(run, sound, round_):
            void = _void(run, record)
            reason = void or reason
            sound[tier] += [] if void else [record]
        if all(len(records) == WINDOWS_PER_TIER for records in sound.values()):
            break
    if any(len(records) < SOUND_WINDOWS_MIN for records in sound.values()):
        raise PlatformFault(
            f"this host is too noisy to check the objective: {reason}",
            remedy="stop what else runs on this machine, or give it another core, and run again",
        )
    note_windows(run, "at_the_objective", [one for records in sound.values() for one in records])
    return tuple(met(rules, tier, _rate_rps(run, tier), sound[tier]) for tier in rules.tiers)


def _rate_rps(run: Run, tier: Tier) -> float:
    return tier.utilisation * run.reference_capacity_rps


def _drive(
    run: Run, sound: dict[Tier, list[OpenLoopRecord]], round_: int
) -> list[tuple[Tier, OpenLoopRecord]]:
    """Run the windows that are still missing."""
    missing = [
        (tier, number)
        for tier, records in sound.items()
        for number in range(WINDOWS_PER_TIER - len(records))
    ]
    request = run.request_spec()
    plan = OpenLoopPlan(
        targets=[run.target("submission")],
        request=request,
        windows=[_window(run, tier, round_, number) for tier, number in missing],
    )
    seconds = sum(w.duration_s + request.timeout_s for w in plan.windows)
    run.say("the objective at the published rates")
    records = run.open_loop(plan, seconds=seconds)
    return [(tier, record) for (tier, _), record in zip(missing, records, strict=True)]


def _window(run: Run, tier: Tier, round_: int, number: int) -> OpenLoopWindow:
    return OpenLoopWindow(
        target="submission",
        label=f"tier-{tier.utilisation:.0%}",
        rate_rps=_rate_rps(run, tier),
        duration_s=tier.duration_s / WINDOWS_PER_TIER,
        seed=run.seed_for("tier", tier.utilisation, round_, number),
    )


def _void(run: Run, record: OpenLoopRecord) -> str | None:
    cores = len(run.world.host.service_cores)
    found = windows.noise_of(record, run.services["submission"], cores)
    return noise.void_reason(found, percentile(windows.latencies_ms(record), 0.95))


def met(
    rules: LoadRules, tier: Tier, rate_rps: float, records: list[OpenLoopRecord]
) -> TierMeasurement:
    """How far the windows at one rate met the objective."""
    values = [v for record in records for v in windows.latencies_ms(record)]
    within = sum(v <= rules.objective_ms for v in values)
    seconds = sum(r.ended_s - r.started_s for r in records)
    return TierMeasurement(
        utilisation=tier.utilisation,
        rate_rps=rate_rps,
        requests=len(values),
        within_objective=within,
        verdict=slo_verdict(within, len(values), rules.objective_quantile, CONFIDENCE),
        latency_ms_p50=windows.finite(percentile(values, 0.5)),
        latency_ms_p95=windows.finite(percentile(values, 0.95)),
        latency_ms_p99=windows.finite(percentile(values, 0.99)),
        achieved_rps=sum(len(r.outcomes) - r.outcomes.count("t") for r in records) / seconds,
        outcomes=windows.outcomes(records),
    )
