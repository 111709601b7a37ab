"""When what happens: drawn from the catalogue and a seed, impossible timelines refused.

Instants are virtual minutes since the origin, which are real seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, NoReturn

from assay.domain.errors import BadInput
from assay.domain.timeline import RESET_MIN, IncidentRules, IncidentSpec
from assay.kit.chance import derived_seed

Profile = Literal["standard", "thorough"]
ORDERS_MAX = 200
"""Orders that are tried."""
TICK_MIN = 0.05
"""Onsets are multiples of this: fine enough to be unguessable, coarse enough to be read."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One incident with its place on the timeline."""

    spec: IncidentSpec
    onset_min: float
    end_min: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """Incidents in order, with quiet between them.

    Raises:
        ValueError: they overlap, begin before the warm-up has ended, end too late, leave too
            little quiet, or there is no decoy among them.
    """

    profile: Profile
    length_min: float
    warmup_min: float
    gap_min: float
    least_quiet: float
    planned: tuple[Planned, ...]

    def __post_init__(self) -> None:
        free_from = self.warmup_min
        for one in self.planned:
            if one.onset_min < free_from - TICK_MIN:
                raise ValueError(f"{one.spec.id} begins at {one.onset_min:g}, before {free_from:g}")
            free_from = one.end_min + self.gap_min
        if free_from > self.length_min + TICK_MIN:
            raise ValueError(
                f"the last incident ends less than {self.gap_min:g} min before the end"
            )
        if self.quiet_share < self.least_quiet:
            raise ValueError(
                f"only {self.quiet_share:.0%} is quiet, {self.least_quiet:.0%} is asked"
            )
        if not any(one.spec.kind == "decoy" for one in self.planned):
            raise ValueError("there is no decoy")

    @property
    def quiet_share(self) -> float:
        """Share of the time after the warm-up in which nothing is being done."""
        busy_min = sum(one.end_min - one.onset_min for one in self.planned)
        return 1 - busy_min / (self.length_min - self.warmup_min)


def draw_timeline(
    rules: IncidentRules, catalogue: Sequence[IncidentSpec], profile: Profile, seed: int
) -> Timeline:
    """The timeline of a seed: which incidents, in which order, when.

    Raises:
        BadInput: the catalogue has too few incidents of a group, or they do not fit.
    """
    rng = Random(derived_seed(seed, "timeline", profile))  # noqa: S311 - a draw, not a secret
    thorough = profile == "thorough"
    chosen = _chosen(rules, catalogue, rng, thorough=thorough)
    length_min = rules.thorough_min if thorough else rules.standard_min
    planned = _in_time(rules, chosen, length_min, rng)
    try:
        return Timeline(
            profile=profile,
            length_min=length_min,
            warmup_min=rules.warmup_min,
            gap_min=rules.gap_min,
            least_quiet=rules.quiet_share,
            planned=planned,
        )
    except ValueError as problem:
        raise BadInput(f"the incidents make no timeline: {problem}; change [incidents]") from None


def _chosen(
    rules: IncidentRules, catalogue: Sequence[IncidentSpec], rng: Random, *, thorough: bool
) -> list[IncidentSpec]:
    """Incidents of every group."""
    chosen: list[IncidentSpec] = []
    for draw in (thorough and rules.thorough_draw) or rules.draw:
        group = [spec for spec in catalogue if spec.group == draw.group]
        if len(group) < draw.count:
            raise BadInput(
                f"group {draw.group!r} has {len(group)} incidents and {draw.count} are drawn; "
                "add incidents or draw fewer"
            )
        chosen += rng.sample(group, draw.count)
    return chosen


def _in_time(
    rules: IncidentRules, chosen: list[IncidentSpec], length_min: float, rng: Random
) -> tuple[Planned, ...]:
    """A shuffled order with onsets; alerts have all their budget before the end if that can be.

    What begins too late for that is not judged, and a timeline that judges less says less. And
    if it can be, no two incidents that the same alerts tell of come so soon after each other
    that the alert of the first may rightly still be firing at the onset of the second.
    """
    for apart_min in (RESET_MIN, 0.0):
        for _ in range(ORDERS_MAX):
            rng.shuffle(chosen)
            gaps = _gaps(rules, chosen, length_min, apart_min, rng)
            planned = _placed(chosen, rules.warmup_min, gaps) if gaps else ()
            if planned and all(o.onset_min + o.spec.budget_min <= length_min for o in planned):
                return planned
    return planned or _refused(rules, chosen, length_min)


def _gaps(
    rules: IncidentRules,
    chosen: Sequence[IncidentSpec],
    length_min: float,
    apart_min: float,
    rng: Random,
) -> list[float]:
    """Quiet before each incident: the least there may be, and a random share of what is left over.

    Returns:
        [] if they do not fit in this order.
    """
    least = _least_gaps(rules, chosen, apart_min)
    busy_min = sum(spec.length_min for spec in chosen)
    spare_min = length_min - rules.warmup_min - busy_min - sum(least) - rules.gap_min
    if spare_min < 0:
        return []
    cuts = sorted(rng.uniform(0, spare_min) for _ in chosen)
    shares = [b - a for a, b in zip([0.0, *cuts], cuts, strict=False)]
    return [gap_min + share_min for gap_min, share_min in zip(least, shares, strict=True)]


def _least_gaps(
    rules: IncidentRules, chosen: Sequence[IncidentSpec], apart_min: float
) -> list[float]:
    """Before each incident: nothing before the first, and so much after the last one alike."""
    gaps: list[float] = []
    ended: list[tuple[IncidentSpec, float]] = []
    at_min = 0.0
    for spec in chosen:
        alike = [end_min for before, end_min in ended if set(before.accepts) & set(spec.accepts)]
        wait_min = max(alike, default=at_min - apart_min) + apart_min - at_min
        gaps.append(max(wait_min, rules.gap_min if ended else 0.0, 0.0))
        at_min += gaps[-1] + spec.length_min
        ended.append((spec, at_min))
    return gaps


def _refused(rules: IncidentRules, chosen: Sequence[IncidentSpec], length_min: float) -> NoReturn:
    busy_min = sum(spec.length_min for spec in chosen)
    least_min = rules.warmup_min + busy_min + rules.gap_min * len(chosen)
    raise BadInput(
        f"the incidents need {least_min:g} virtual minutes and the profile has "
        f"{length_min:g}; draw fewer, or make them or the gaps shorter"
    )


def _placed(
    chosen: Sequence[IncidentSpec], from_min: float, gaps: Sequence[float]
) -> tuple[Planned, ...]:
    placed, at_min = [], from_min
    for spec, gap_min in zip(chosen, gaps, strict=True):
        onset_min = round(round((at_min + gap_min) / TICK_MIN) * TICK_MIN, 2)
        at_min = round(onset_min + spec.length_min, 2)
        placed.append(Planned(spec, onset_min, at_min))
    return tuple(placed)
