"""Files that are named are there, and in the package."""

from collections.abc import Iterator

from assay.domain.challenge import Challenge
from assay.kit.tomlfile import Location
from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import BRIEF
from assay.toolkit.lint.rule import essential


def _check(draft: Draft) -> Iterator[Found]:
    for location, name in _named_files(draft.challenge):
        path = draft.root / name
        if not path.is_file():
            yield draft.at(location, f"there is no file {name!r}; write it, or correct the path")
        elif not path.resolve().is_relative_to(draft.root.resolve()):
            yield draft.at(location, f"{name!r} is outside the package; move the file into it")


def _named_files(challenge: Challenge) -> Iterator[tuple[Location, str]]:
    yield (), BRIEF
    yield (), "reference/Dockerfile"
    yield ("build", "wheelhouse"), challenge.build.wheelhouse
    yield ("contract", "tests"), challenge.contract.tests
    if challenge.contract.rows:
        yield ("contract", "rows"), challenge.contract.rows
    for index, dependency in enumerate(challenge.dependency):
        yield ("dependency", index, "data"), f"harness/{dependency.data}"
    if challenge.quality and challenge.quality.holdout:
        yield ("quality", "holdout"), challenge.quality.holdout
    if challenge.incidents and challenge.incidents.rows:
        yield ("incidents", "rows"), challenge.incidents.rows


RULE = essential("missing-file", "Every file that is named is in the package.", _check)
