"""capacity: submission and reference saturated at the same time on the same core (a duet).

Sharing one core, both meet the same frequency, the same neighbours and the same second, so
the ratio repeats to about 1 % where either figure alone drifts by 5 to 30 %. Only correct
answers count: a fast wrong answer is worth nothing.
"""

import math
from dataclasses import dataclass

import numpy as np

from assay.domain.challenge import CapacityRules
from assay.domain.errors import PlatformFault
from assay.domain.measurements import CapacityMeasurement, Estimate
from assay.domain.meters import DUET
from assay.domain.prices import PRICE_SHEETS, cost_per_million
from assay.domain.statistics import median_ratio
from assay.evaluation import noise
from assay.evaluation.asking_again import ask_again
from assay.evaluation.ports import Role, UsageWindow
from assay.evaluation.run import Run
from assay.evaluation.stretches import Stretch
from assay_probe.plan import SaturationPlan, SaturationWindow
from assay_probe.records import SaturationRecord

GIB = 1024.0


@dataclass(frozen=True, slots=True)
class Second:
    """One second of the duet, both sides."""

    reference_correct: int
    submission_correct: int
    reference: UsageWindow | None
    submission: UsageWindow | None
    void: bool


@dataclass(frozen=True, slots=True)
class Duet:
    """One whole duet window."""

    reference: SaturationRecord
    submission: SaturationRecord
    seconds: tuple[Second, ...]

    @property
    def sound(self) -> tuple[Second, ...]:
        """Seconds that others on the host did not spoil."""
        return tuple(s for s in self.seconds if not s.void)


def capacity(run: Run) -> None:
    """Run the duet, repeating it while the host spoils too much of it."""
    rules = run.material.challenge.capacity
    if rules is None:
        raise PlatformFault("the challenge has a capacity stage but no [capacity] table")
    needed = math.ceil(noise.KEPT_SHARE_MIN * rules.duet_s)
    for attempt in range(noise.ROUNDS):
        duet = _duet(run, rules, attempt)
        if len(duet.sound) >= needed:
            run.facts["capacity"] = _measured(run, rules, duet)
            run.stretches.append(_stretch(duet))
            ask_again(run, "after_load")
            return
    raise PlatformFault(
        f"this host is too noisy to judge capacity: {len(duet.sound)} of {len(duet.seconds)} "
        f"seconds of the duet were sound",
        remedy="stop what else runs on this machine, or give it another core, and run again",
    )


def _stretch(duet: Duet) -> Stretch:
    """The whole duet, spoilt seconds too: a bill does not depend on who else used the core."""
    both = (duet.reference, duet.submission)
    return Stretch(
        label=DUET,
        since_s=min(one.started_s for one in both),
        until_s=max(one.ended_s for one in both),
        asked={_role_of(one): sum(one.outcomes.values()) for one in both},
        right={_role_of(one): sum(one.correct_per_second) for one in both},
    )


def _role_of(record: SaturationRecord) -> Role:
    """Whose record it is."""
    return "reference" if record.target == "reference" else "submission"


def _duet(run: Run, rules: CapacityRules, attempt: int) -> Duet:
    run.say("submission and reference saturated on one core")
    names: list[Role] = ["reference", "submission"]
    plan = SaturationPlan(
        targets=[run.target(name) for name in names],
        request=run.request_spec(),
        windows=[
            SaturationWindow(
                targets=list(names),
                label="duet",
                concurrency=rules.concurrency,
                duration_s=rules.duet_s,
                warmup_s=rules.warmup_s,
                seed=run.seed_for("duet", attempt),
            )
        ],
    )
    seconds = rules.duet_s + rules.warmup_s + run.request_spec().timeout_s
    records = run.probe(plan, seconds=seconds)
    found = {r.target: r for r in records if isinstance(r, SaturationRecord)}
    if set(found) != {"reference", "submission"}:
        raise PlatformFault("the probe did not record both sides of the duet")
    submission = found["submission"]
    run.note_served(sum(submission.outcomes.values()), submission.started_s, submission.ended_s)
    return Duet(found["reference"], submission, _seconds(run, found))


def _seconds(run: Run, found: dict[str, SaturationRecord]) -> tuple[Second, ...]:
    reference, submission = found["reference"], found["submission"]
    pairs = zip(reference.correct_per_second, submission.correct_per_second, strict=True)
    return tuple(
        _second(run, reference.started_s + index, ours, theirs)
        for index, (ours, theirs) in enumerate(pairs)
    )


def _second(run: Run, since_s: float, reference_correct: int, submission_correct: int) -> Second:
    reference = run.services["reference"].usage(since_s, since_s + 1)
    submission = run.services["submission"].usage(since_s, since_s + 1)
    found = noise.shares(submission, 1.0, len(run.world.host.service_cores))
    disturbed = found is not None and (
        found[0] > noise.FOREIGN_CPU_SHARE_MAX or found[1] > noise.STEAL_SHARE_MAX
    )
    void = disturbed or reference_correct == 0
    return Second(reference_correct, submission_correct, reference, submission, void)


def _measured(run: Run, rules: CapacityRules, duet: Duet) -> CapacityMeasurement:
    sound = duet.sound
    rng = np.random.default_rng(run.seed_for("bootstrap", "duet"))
    throughput = median_ratio([(s.reference_correct, s.submission_correct) for s in sound], rng)
    cpu = _cpu_ratio(sound, rng)
    reference_ms, submission_ms = _cpu_ms(sound, "reference"), _cpu_ms(sound, "submission")
    sheet = PRICE_SHEETS[rules.prices]
    published_s = rules.reference_cpu_ms / 1000
    return CapacityMeasurement(
        throughput_ratio=Estimate(
            value=throughput.value,
            low=throughput.low,
            high=throughput.high,
            method=f"median of {len(sound)} one-second pairs; bootstrap over pairs",
        ),
        reference_rps=_per_second(sound, "reference"),
        submission_rps=_per_second(sound, "submission"),
        cpu_ratio=cpu,
        reference_cpu_ms=reference_ms,
        submission_cpu_ms=submission_ms,
        submission_correct=sum(s.submission_correct for s in sound),
        outcomes=duet.submission.outcomes,
        cost_per_million=_cost(cpu, published_s, _memory_gib(sound, "submission"), sheet.name),
        reference_cost_per_million=_cost(
            _one(cpu), published_s, _memory_gib(sound, "reference"), sheet.name
        ),
        price_sheet=sheet.name,
        cpu_s=sum(s.submission.cpu_s for s in sound if s.submission) if cpu else None,
        memory_gib_s=_gib_seconds(sound),
        pairs=len(duet.seconds),
        void_pairs=len(duet.seconds) - len(sound),
    )


def _correct(second: Second, role: Role) -> int:
    return second.reference_correct if role == "reference" else second.submission_correct


def _usage(second: Second, role: Role) -> UsageWindow | None:
    return second.reference if role == "reference" else second.submission


def _per_second(seconds: tuple[Second, ...], role: Role) -> float:
    return sum(_correct(s, role) for s in seconds) / len(seconds)


def _cpu_ratio(seconds: tuple[Second, ...], rng: np.random.Generator) -> Estimate | None:
    """CPU-seconds per correct answer, submission over reference; infinite without any.

    A submission that has died has no counters: its second was paid for and answered nothing.
    """
    if not any(s.submission for s in seconds):
        return None
    pairs = [
        (s.reference.cpu_s / s.reference_correct, _each(s.submission, s.submission_correct))
        for s in seconds
        if s.reference
    ]
    if not pairs:
        return None
    ratio = median_ratio(pairs, rng)
    method = f"median of {len(pairs)} one-second pairs; bootstrap over pairs"
    return Estimate(value=ratio.value, low=ratio.low, high=ratio.high, method=method)


def _each(usage: UsageWindow | None, correct: int) -> float:
    return usage.cpu_s / correct if usage and correct else math.inf


def _cpu_ms(seconds: tuple[Second, ...], role: Role) -> float | None:
    used = [u.cpu_s for s in seconds if (u := _usage(s, role))]
    correct = sum(_correct(s, role) for s in seconds)
    return 1000 * sum(used) / correct if used and correct else None


def _memory_gib(seconds: tuple[Second, ...], role: Role) -> float:
    return max((u.memory_mib_max for s in seconds if (u := _usage(s, role))), default=0.0) / GIB


def _gib_seconds(seconds: tuple[Second, ...]) -> float | None:
    used = [s.submission.memory_mib_mean / GIB for s in seconds if s.submission]
    return sum(used) if used else None


def _one(cpu: Estimate | None) -> Estimate | None:
    """The reference's own ratio to itself, known only where CPU was counted at all."""
    return cpu and cpu.model_copy(update={"value": 1.0})


def _cost(cpu: Estimate | None, published_s: float, memory_gib: float, sheet: str) -> float | None:
    """Dollars per million correct answers from the published CPU time and the ratio."""
    if cpu is None:
        return None
    return cost_per_million(cpu.value * published_s, memory_gib, PRICE_SHEETS[sheet])
