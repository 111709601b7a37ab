"""A check of the bill has a bill to look at, in every evaluation of either profile."""

from collections.abc import Iterator, Sequence

from assay.domain.checks.metered import STORM
from assay.domain.rubric import Criterion
from assay.domain.timeline import Draw, IncidentSpec
from assay.evaluation.incidents.traffic import DEPENDENCY
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.draws import draw_tables, group_of
from assay.toolkit.lint.rule import essential

COST, RETRIES, TOLD = "metered_cost", "retry_spend", "cost_told"


def _check(draft: Draft) -> Iterator[Found]:
    for index, criterion in enumerate(draft.challenge.criterion):
        if criterion.check not in (COST, RETRIES, TOLD):
            continue
        for told in _problems(draft, criterion):
            yield draft.at(("criterion", index), f"criterion {criterion.id!r}: {told}")


def _problems(draft: Draft, criterion: Criterion) -> Iterator[str]:
    metered = [one for one in draft.challenge.dependency if one.meter]
    if not metered:
        yield "no dependency is metered; say meter = true where the money goes"
    elif criterion.check == TOLD and not any(one.told for one in metered):
        yield "no metered dependency has a table `told`, so nobody is asked; add it"
    elif criterion.check == RETRIES:
        for name, table in draw_tables(draft):
            if not _has_storm(draft, table):
                yield (
                    f"a timeline of incidents.{name} need not have an incident with mode "
                    f"{STORM!r}, so retries may never be seen; draw more of its group than it has "
                    f"other incidents"
                )


def _has_storm(draft: Draft, table: Sequence[Draw]) -> bool:
    """Whether every drawn timeline has a storm: more are drawn of a group than others are in it."""
    names = {one.name for one in draft.challenge.dependency if one.meter}
    for draw in table:
        group = group_of(draft, draw.group)
        others = [one for one in group if not _is_storm(one, names)]
        if draw.count > len(others) and len(others) < len(group):
            return True
    return False


def _is_storm(one: IncidentSpec, names: set[str]) -> bool:
    told = one.settings
    return one.injector == DEPENDENCY and told.get("mode") == STORM and told.get("name") in names


RULE = essential("metered-check", "A check of the bill has a bill to look at.", _check)
