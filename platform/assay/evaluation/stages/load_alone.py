"""The load stage at home, where no reference runs: the objective at the published rates.

A laptop is not the published host, so nothing here is repeated or void: it shows whether the
service holds the rates on this machine, and where its latency goes when they rise.
"""

from assay.domain.challenge import LoadRules, Tier
from assay.domain.measurements import LoadMeasurement, TierMeasurement
from assay.evaluation import windows
from assay.evaluation.run import Run
from assay.evaluation.stages.objective import met
from assay_probe.plan import OpenLoopPlan, OpenLoopWindow
from assay_probe.records import OpenLoopRecord

WINDOWS = 4
WINDOW_S = 2.0
"""Short: the next try is a minute away. Enough windows for memory to show a trend."""
WARMUP = "warmup"


def load_alone(run: Run, rules: LoadRules) -> None:
    """Drive the submission at each published rate, the lowest first."""
    tiers = sorted(rules.tiers, key=lambda tier: tier.published_rps)
    run.say("the objective at the published rates, on this machine")
    records = _drive(run, rules, tiers)
    served = [record for record in records if record.label != WARMUP]
    outcomes = windows.outcomes(served)
    run.facts["load"] = LoadMeasurement(
        reference_capacity_rps=None,
        rate_rps=tiers[0].published_rps,
        pairs=(),
        requests=sum(outcomes.values()),
        outcomes=outcomes,
        latency_ms_p50=None,
        latency_ms_p95=None,
        latency_ms_p99=None,
        ratio_p50=None,
        ratio_p95=None,
        reference_ms_p50=None,
        reference_ms_p95=None,
        tiers=tuple(_met(rules, tier, served) for tier in tiers),
        objective_ms=rules.objective_ms,
        objective_quantile=rules.objective_quantile,
        hdr={"submission": windows.merged_hdr(served)},
        slices=tuple(run.slices),
        schedule_sha256=(windows.schedule_digest(served),),
        rounds=1,
    )


def _drive(run: Run, rules: LoadRules, tiers: list[Tier]) -> list[OpenLoopRecord]:
    request = run.request_spec()
    wanted = [
        _window(run, tier, _label(tier), number) for tier in tiers for number in range(WINDOWS)
    ]
    if rules.warmup_s:
        wanted.insert(0, _window(run, tiers[0], WARMUP, 0))
    plan = OpenLoopPlan(targets=[run.target("submission")], request=request, windows=wanted)
    return run.open_loop(plan, seconds=sum(w.duration_s + request.timeout_s for w in wanted))


def _window(run: Run, tier: Tier, label: str, number: int) -> OpenLoopWindow:
    return OpenLoopWindow(
        target="submission",
        label=label,
        rate_rps=tier.published_rps,
        duration_s=WINDOW_S,
        seed=run.seed_for("alone", label, number),
    )


def _label(tier: Tier) -> str:
    return f"tier-{tier.utilisation:.0%}"


def _met(rules: LoadRules, tier: Tier, records: list[OpenLoopRecord]) -> TierMeasurement:
    return met(rules, tier, tier.published_rps, [r for r in records if r.label == _label(tier)])
