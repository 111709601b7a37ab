"""Points grow towards what is better."""

from collections.abc import Iterator

from assay.domain.rubric import Band
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential
from assay.toolkit.lint.traits import TRAITS, Better


def _check(draft: Draft) -> Iterator[Found]:
    for index, criterion in enumerate(draft.challenge.criterion):
        trait = TRAITS.get(criterion.check)
        if trait is None or _direction(criterion.band) == trait.better:
            continue
        side = "below" if trait.better == "more" else "above"
        band = criterion.band
        yield draft.at(
            ("criterion", index, "band"),
            f"criterion {criterion.id!r} pays everything at {band.target:g} and nothing at "
            f"{band.floor:g}, but {trait.better} is better for check {criterion.check!r}; floor "
            f"belongs {side} target: swap them",
        )


def _direction(band: Band) -> Better:
    return "more" if band.target > band.floor else "less"


RULE = essential("swapped-band", "A band pays more for what is better.", _check)
