"""Every point of a band can be earned, and can be missed."""

from collections.abc import Iterator

from assay.domain.rubric import Criterion
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential
from assay.toolkit.lint.traits import TRAITS, Trait


def _check(draft: Draft) -> Iterator[Found]:
    for index, criterion in enumerate(draft.challenge.criterion):
        trait = TRAITS.get(criterion.check)
        for end in _ends_outside(criterion, trait) if trait else ():
            yield draft.at(
                ("criterion", index, "band"),
                f"criterion {criterion.id!r} has {end} {getattr(criterion.band, end):g}, and check "
                f"{criterion.check!r} is never {_bounds(trait)}; move it inside",
            )


def _ends_outside(criterion: Criterion, trait: Trait) -> list[str]:
    ends = {"floor": criterion.band.floor, "target": criterion.band.target}
    return [name for name, value in ends.items() if not trait.least <= value <= trait.most]


def _bounds(trait: Trait | None) -> str:
    return f"below {trait.least:g} or above {trait.most:g}" if trait else ""


RULE = essential("unreachable-band", "A band lies within what its check can be.", _check)
