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
from assay.evaluation.run import Run
from assay_probe.plan import OpenLoopPlan, OpenLoopWindow
from assay_probe.records import OpenLoopRecord

WINDOWS_PER_TIER = 3
CONFIDENCE = 0.95


def measure_tiers(run: Run, rules: LoadRules) -> tuple[TierMeasurement, ...]:
    """Drive the submission at each published rate."""
    found: list[TierMeasurement] = []
    for number, tier in enumerate(rules.tiers, 1):
        rate_rps = tier.utilisation * run.reference_capacity_rps
        run.say(f"objective at {rate_rps:.0f} requests/s", done=number, total=len(rules.tiers))
        found.append(_judged(rules, tier, rate_rps, _sound_windows(run, tier, rate_rps)))
    return tuple(found)


def _sound_windows(run: Run, tier: Tier, rate_rps: float) -> list[OpenLoopRecord]:
    """Windows the machine did not spoil; repeated until there are enough."""
    sound: list[OpenLoopRecord] = []
    reason = ""
    for round_ in range(noise.ROUNDS):
        missing = WINDOWS_PER_TIER - len(sound)
        for record in _drive(run, tier, rate_rps, round_, missing):
            void = _void(run, record)
            reason = void or reason
            sound += [] if void else [record]
        if len(sound) == WINDOWS_PER_TIER:
            return sound
    if not sound:
        raise PlatformFault(
            f"this host is too noisy to check the objective at {rate_rps:.0f} requests/s: {reason}",
            remedy="stop what else runs on this machine, or give it another core, and run again",
        )
    return sound


def _drive(run: Run, tier: Tier, rate_rps: float, round_: int, count: int) -> list[OpenLoopRecord]:
    label = f"tier-{tier.utilisation:.0%}"
    seconds = tier.duration_s / WINDOWS_PER_TIER
    request = run.request_spec()
    plan = OpenLoopPlan(
        targets=[run.target("submission")],
        request=request,
        windows=[
            OpenLoopWindow(
                target="submission",
                label=label,
                rate_rps=rate_rps,
                duration_s=seconds,
                seed=run.seed_for("tier", tier.utilisation, round_, number),
            )
            for number in range(count)
        ],
    )
    records = run.probe(plan, seconds=count * (seconds + request.timeout_s))
    found = [r for r in records if isinstance(r, OpenLoopRecord)]
    run.note_windows(found)
    return found


def _void(run: Run, record: OpenLoopRecord) -> str | None:
    cores = len(run.world.host.service_cores)
    found = windows.noise_of(record, run.services["submission"], cores)
    return noise.void_reason(found, percentile(windows.latencies_ms(record), 0.95))


def _judged(
    rules: LoadRules, tier: Tier, rate_rps: float, records: list[OpenLoopRecord]
) -> TierMeasurement:
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
