"""When what happens: drawn from the catalogue and a seed, impossible timelines refused.

Instants are virtual minutes since the origin, which are real seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from assay.domain.errors import BadInput
from assay.domain.timeline import IncidentRules, IncidentSpec
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

    What begins too late for that is not judged, and a timeline that judges less says less.
    """
    for _ in range(ORDERS_MAX):
        rng.shuffle(chosen)
        busy_min = sum(spec.length_min for spec in chosen)
        gaps = _gaps(rules, busy_min, len(chosen), length_min, rng)
        planned = _placed(chosen, rules.warmup_min, gaps)
        if all(one.onset_min + one.spec.budget_min <= length_min for one in planned):
            break
    return planned


def _gaps(
    rules: IncidentRules, busy_min: float, incidents: int, length_min: float, rng: Random
) -> list[float]:
    """Quiet before each incident: the least gap and a random share of what is left over."""
    least_min = rules.warmup_min + busy_min + rules.gap_min * incidents
    spare_min = length_min - least_min
    if spare_min < 0:
        raise BadInput(
            f"the incidents need {least_min:g} virtual minutes and the profile has "
            f"{length_min:g}; draw fewer, or make them or the gaps shorter"
        )
    cuts = sorted(rng.uniform(0, spare_min) for _ in range(incidents))
    shares = [b - a for a, b in zip([0.0, *cuts], cuts, strict=False)]
    first, *rest = shares
    return [first, *(rules.gap_min + share for share in rest)]


def _placed(
    chosen: Sequence[IncidentSpec], from_min: float, gaps: Sequence[float]
) -> tuple[Planned, ...]:
    placed, at_min = [], from_min
    for spec, gap_min in zip(chosen, gaps, strict=True):
        onset_min = round(round((at_min + gap_min) / TICK_MIN) * TICK_MIN, 2)
        at_min = round(onset_min + spec.length_min, 2)
        placed.append(Planned(spec, onset_min, at_min))
    return tuple(placed)
