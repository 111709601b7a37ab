"""Areas, checks, criteria, price sheets and behaviours are some that exist."""

from collections.abc import Collection, Iterator

from assay.domain.prices import PRICE_SHEETS
from assay.domain.questions.authored import unknown_criteria
from assay.kit.tomlfile import Location
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.modes import MODES
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    yield from _criteria(draft)
    criteria = [criterion.id for criterion in draft.challenge.criterion]
    for index, name in unknown_criteria(draft.challenge):
        what = f"question {draft.challenge.question[index].id!r} is about criterion {name!r}"
        yield _unknown(draft, ("question", index, "criterion"), what, criteria)
    for index, dependency in enumerate(draft.challenge.dependency):
        if dependency.behaviour not in MODES:
            what = f"dependency {dependency.name!r} has behaviour {dependency.behaviour!r}"
            yield _unknown(draft, ("dependency", index, "behaviour"), what, MODES)
    capacity = draft.challenge.capacity
    if capacity and capacity.prices not in PRICE_SHEETS:
        what = f"the price sheet is {capacity.prices!r}"
        yield _unknown(draft, ("capacity", "prices"), what, PRICE_SHEETS)


def _criteria(draft: Draft) -> Iterator[Found]:
    areas = [area.id for area in draft.challenge.area]
    for index, criterion in enumerate(draft.challenge.criterion):
        if criterion.area not in areas:
            what = f"criterion {criterion.id!r} is in area {criterion.area!r}"
            yield _unknown(draft, ("criterion", index, "area"), what, areas)
        if criterion.check not in draft.checks:
            what = f"criterion {criterion.id!r} uses check {criterion.check!r}"
            yield _unknown(draft, ("criterion", index, "check"), what, sorted(draft.checks))
    weights = draft.challenge.weights
    for index, name in enumerate(weights.fixed if weights else ()):
        if name not in areas:
            what = f"the weight of area {name!r} is fixed"
            yield _unknown(draft, ("weights", "fixed", index), what, areas)


def _unknown(draft: Draft, place: Location, what: str, known: Collection[str]) -> Found:
    return draft.at(place, f"{what}, which does not exist; use one of: {', '.join(known)}")


RULE = essential(
    "unknown-name", "Areas, checks, criteria, prices and behaviours named exist.", _check
)
