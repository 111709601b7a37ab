"""The probe is given harness/ and nothing else."""

from collections.abc import Iterator

from assay.kit.tomlfile import Location
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    challenge = draft.challenge
    hidden: list[tuple[Location, str]] = [
        (("contract", "tests"), challenge.contract.tests),
        (("contract", "rows"), challenge.contract.rows),
    ]
    if challenge.incidents:
        hidden.append((("incidents", "rows"), challenge.incidents.rows))
    for location, name in hidden:
        if name and not name.startswith("harness/"):
            yield draft.at(
                location,
                f"{name!r} is not under harness/, which is all the probe is given; move it there",
            )


RULE = essential("hidden-outside-harness", "Hidden tests and rows are under harness/.", _check)
