"""Incidents whose rows are made have somebody who makes them."""

from collections.abc import Iterator

from assay.domain.errors import BadInput
from assay.domain.timeline import IncidentSpec
from assay.evaluation.incidents.generated import GENERATED, settings_of
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    sets: dict[str, str] = {}
    kit = draft.challenge.practice.kit
    for index, one in enumerate(draft.challenge.incident):
        if one.injector != GENERATED:
            continue
        place = ("incident", index, "settings")
        for told in _problems(draft, one, sets):
            yield draft.at(place, told)
        if kit and one.id in kit.incidents:
            yield draft.at(
                ("practice", "kit", "incidents"),
                f"incident {one.id!r} cannot be shown at home, where nobody makes its rows; leave "
                f"it out of the kit",
            )


def _problems(draft: Draft, one: IncidentSpec, sets: dict[str, str]) -> Iterator[str]:
    """What is wrong; `sets` tells whose set a name is, and learns this one's."""
    generator = draft.challenge.generator
    if generator is None:
        yield f"incident {one.id!r}: nobody makes its rows; add [generator]"
        return
    try:
        told = settings_of(one)
    except BadInput as refusal:
        yield from (problem.message for problem in refusal.problems)
        return
    if told.set in generator.sets:
        yield (
            f"incident {one.id!r}: set {told.set!r} is one of [generator] sets, whose rows are "
            f"sent without any incident; give it a set of its own"
        )
    owner = sets.setdefault(told.set, one.id)
    if owner != one.id:
        yield f"incident {one.id!r}: set {told.set!r} is that of {owner!r}; give it one of its own"
    if told.times > 1 and not draft.challenge.contract.score.unique:
        yield (
            f"incident {one.id!r}: rows that come again need new ids; name their field in "
            f"[contract.score] unique"
        )


RULE = essential("generated-traffic", "Rows of incidents that are made can be made.", _check)
