"""Health as programs read it: the same from the command line and from the API."""

from typing import Literal, assert_never

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.health import (
    AllAlike,
    Correlation,
    Discrimination,
    Health,
    ItemHealth,
    Part,
    Spread,
    TooFew,
)


class Out(BaseModel):
    """Base of every table."""

    model_config = ConfigDict(frozen=True)


class PartOut(Out):
    """So many of so many."""

    count: int
    of: int


class SpreadOut(Out):
    """Values observed. All null: too few to say."""

    count: int = Field(description="How many it is made from.")
    needed: int | None = Field(description="How many it would take, where there are too few.")
    least: float | None = None
    quartile_low: float | None = None
    median: float | None = None
    quartile_high: float | None = None
    most: float | None = None


class DiscriminationOut(Out):
    """Corrected item-total correlation with its 95 % interval."""

    count: int = Field(description="Whole results it is made from.")
    needed: int | None = Field(description="How many it would take, where there are too few.")
    all_alike: bool = Field(description="Everybody got the same, so there is none.")
    value: float | None = None
    low: float | None = None
    high: float | None = None


class ItemOut(Out):
    """How one criterion fares. Gates have `max` 0."""

    id: str
    title: str
    max: int
    unmeasured: int = Field(description="Results in which it was not measured.")
    fractions: SpreadOut = Field(description="Of its points that were earned.")
    nothing: PartOut = Field(description="How many earned nothing of it.")
    everything: PartOut = Field(description="How many earned all of it.")
    pays: Literal["never", "always", "sometimes", "unknown"]
    discrimination: DiscriminationOut
    suspect: bool = Field(description="Never or always pays, or hardly discriminates.")


class StageOut(Out):
    """How long one stage takes."""

    stage: str
    seconds: SpreadOut


class HealthOut(Out):
    """How one version of a challenge fares with those who sat it. Nobody is named."""

    challenge: str
    version: str
    invited: dict[str, int] = Field(description="Version -> how many were invited to it.")
    started: PartOut = Field(description="Of the invitations that are decided.")
    handed_in: PartOut = Field(description="Of the sittings that are over.")
    judged: int = Field(description="Results that the rest is made from, one per assessment.")
    working_h: SpreadOut = Field(description="Hours from Start to the last push.")
    totals: SpreadOut = Field(description="Of 100.")
    histogram: list[int] = Field(description="Totals by ten points, 0 to 9 first.")
    criteria: list[ItemOut]
    stages: list[StageOut]


def health_out(
    found: Health, *, challenge: str, version: str, invited: dict[str, int]
) -> HealthOut:
    """All of it for programs."""
    return HealthOut(
        challenge=challenge,
        version=version,
        invited=invited,
        started=_part(found.started),
        handed_in=_part(found.handed_in),
        judged=found.judged,
        working_h=_spread(found.working_h),
        totals=_spread(found.totals),
        histogram=list(found.histogram),
        criteria=[_item(item) for item in found.items],
        stages=[StageOut(stage=one.stage, seconds=_spread(one.seconds)) for one in found.stages],
    )


def _part(part: Part) -> PartOut:
    return PartOut(count=part.count, of=part.of)


def _spread(found: Spread | TooFew) -> SpreadOut:
    if isinstance(found, TooFew):
        return SpreadOut(count=found.count, needed=found.needed)
    return SpreadOut(
        count=found.count,
        needed=None,
        least=found.least,
        quartile_low=found.quartile_low,
        median=found.median,
        quartile_high=found.quartile_high,
        most=found.most,
    )


def _discrimination(found: Discrimination) -> DiscriminationOut:
    match found:
        case TooFew(count, needed):
            return DiscriminationOut(count=count, needed=needed, all_alike=False)
        case AllAlike(count):
            return DiscriminationOut(count=count, needed=None, all_alike=True)
        case Correlation(count, value, low, high):
            return DiscriminationOut(
                count=count, needed=None, all_alike=False, value=value, low=low, high=high
            )
        case _:
            assert_never(found)


def _item(item: ItemHealth) -> ItemOut:
    return ItemOut(
        id=item.id,
        title=item.title,
        max=item.max,
        unmeasured=item.unmeasured,
        fractions=_spread(item.fractions),
        nothing=_part(item.nothing),
        everything=_part(item.everything),
        pays=item.pays,
        discrimination=_discrimination(item.discrimination),
        suspect=item.is_suspect,
    )
