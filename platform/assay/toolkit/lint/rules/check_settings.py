"""A check is given the settings it knows, with values it can use."""

from collections.abc import Iterator

from assay.domain.rubric import Criterion
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential
from assay.toolkit.lint.traits import NAMES, TRAITS, Trait


def _check(draft: Draft) -> Iterator[Found]:
    for index, criterion in enumerate(draft.challenge.criterion):
        trait = TRAITS.get(criterion.check)
        if trait is None:
            continue
        for told in _problems(criterion, trait):
            place = ("criterion", index, "settings")
            yield draft.at(place, f"criterion {criterion.id!r}: {told}")


def _problems(criterion: Criterion, trait: Trait) -> Iterator[str]:
    known = ", ".join(trait.settings) or "none"
    for name, value in criterion.settings.items():
        setting = trait.settings.get(name)
        if setting is None:
            yield f"check {criterion.check!r} has no setting {name!r}; it has: {known}"
        elif setting is not NAMES and not setting.fits(value):  # names: rule incident-names
            yield f"settings.{name} is {value!r}; write {setting.hint}"
    for name, setting in trait.settings.items():
        if setting.required and name not in criterion.settings:
            yield f"check {criterion.check!r} needs settings.{name}; write {setting.hint}"


RULE = essential("check-settings", "Checks are given settings they know and can use.", _check)
