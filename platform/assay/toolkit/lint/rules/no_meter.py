"""What is metered, given keys or asked for its price has a meter, and what costs is metered."""

from collections.abc import Iterator

from assay.domain.challenge import Dependency
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.modes import METERED
from assay.toolkit.lint.rule import essential

COST = "cost"


def _check(draft: Draft) -> Iterator[Found]:
    for index, one in enumerate(draft.challenge.dependency):
        for field, told in _problems(one):
            yield draft.at(("dependency", index, field), f"dependency {one.name!r}: {told}")
    if any(one.meter for one in draft.challenge.dependency):
        return
    for index, incident in enumerate(draft.challenge.incident):
        if COST in incident.accepts:
            yield draft.at(
                ("incident", index, "accepts"),
                f"incident {incident.id!r} accepts 'cost' and no dependency is metered; say "
                f"meter = true where the money goes, or accept something else",
            )


def _problems(one: Dependency) -> Iterator[tuple[str, str]]:
    if one.behaviour in METERED:
        if one.told and not one.meter:
            yield "told", "told needs a bill to be held against; say meter = true"
        return
    kinds = ", ".join(METERED)
    if one.meter:
        yield "meter", f"behaviour {one.behaviour!r} has no meter; use one of: {kinds}"
    if one.key_environment:
        yield "key_environment", f"behaviour {one.behaviour!r} knows no keys; use one of: {kinds}"
    if one.told:
        yield "told", f"behaviour {one.behaviour!r} costs nothing; use one of: {kinds}"


RULE = essential("no-meter", "What is metered has a meter, and what costs is metered.", _check)
