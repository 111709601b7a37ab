"""Criteria name groups and injectors of the catalogue."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential
from assay.toolkit.lint.traits import TRAITS


def _check(draft: Draft) -> Iterator[Found]:
    known = {
        "groups": {one.group for one in draft.challenge.incident},
        "injectors": {one.injector for one in draft.challenge.incident},
    }
    for index, criterion in enumerate(draft.challenge.criterion):
        trait = TRAITS.get(criterion.check)
        for setting, names in known.items():
            if trait and setting in trait.settings:
                yield from _unknown(draft, index, setting, names)


def _unknown(draft: Draft, index: int, setting: str, known: set[str]) -> Iterator[Found]:
    criterion = draft.challenge.criterion[index]
    named = criterion.settings.get(setting, [])
    unknown = [one for one in named if one not in known] if isinstance(named, list) else [named]
    if unknown:
        yield draft.at(
            ("criterion", index, "settings"),
            f"criterion {criterion.id!r} has settings.{setting} with "
            f"{', '.join(map(repr, unknown))}; write a list of: {', '.join(sorted(known))}",
        )


RULE = essential("incident-names", "Groups and injectors that criteria name exist.", _check)
