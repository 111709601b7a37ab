"""Values that one row has alone are named where leaks are judged, and are personal."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential

CHECK = "canaries"


def _check(draft: Draft) -> Iterator[Found]:
    contract = draft.challenge.contract
    for index, criterion in enumerate(draft.challenge.criterion):
        if criterion.check == CHECK and not contract.canaries:
            yield draft.at(
                ("criterion", index, "check"),
                f"criterion {criterion.id!r} looks for values of other requests, and none are "
                f"named; add contract.canaries",
            )
    for index, field in enumerate(contract.canaries):
        place = ("contract", "canaries", index)
        if field in contract.canaries[:index]:
            yield draft.at(place, f"{field!r} is named twice; remove one")
        elif field == contract.score.unique:
            yield draft.at(
                place,
                f"{field!r} is new in every request (contract.score.unique), so nobody owns it; "
                f"name a field that stays",
            )


RULE = essential("canaries", "Leaks are looked for where a criterion judges them.", _check)
