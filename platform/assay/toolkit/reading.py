"""Reads `challenge.toml`: as TOML, as the format says, with every problem and its line."""

from collections.abc import Collection
from pathlib import Path

from pydantic import ValidationError

from assay.domain.challenge import FORMAT, Challenge
from assay.domain.checks import CHECKS
from assay.domain.errors import BadInput, Problem
from assay.kit.tomlfile import TomlError, TomlFile, read_toml
from assay.toolkit.draft import Draft
from assay.toolkit.files import SPEC, known_challenges
from assay.toolkit.spec_problems import problems_of


def read_draft(directory: Path, *, checks: Collection[str] = frozenset(CHECKS)) -> Draft:
    """Read a challenge without asking whether its parts fit together.

    Args:
        directory: The package, as the user named it.
        checks: Names of the checks a criterion may use.

    Raises:
        BadInput: there is none, it is no TOML, of another format, or fields are wrong; with
            every problem.
    """
    toml = _toml(directory)
    _refuse_other_formats(directory, toml)
    try:
        challenge = Challenge.model_validate(toml.data)
    except ValidationError as error:
        raise BadInput(*problems_of(error, Challenge, toml, str(directory / SPEC))) from error
    return Draft(challenge, directory, toml, checks)


def _toml(directory: Path) -> TomlFile:
    spec = directory / SPEC
    if not spec.is_file():
        raise BadInput(_not_a_challenge(directory))
    try:
        return read_toml(spec)
    except TomlError as error:
        remedy = "correct the TOML syntax"
        raise BadInput(Problem(f"{error.message}; {remedy}", str(spec), error.line)) from error
    except OSError as error:
        raise BadInput(Problem(f"cannot be read: {error.strerror}", str(spec))) from error


def _refuse_other_formats(directory: Path, toml: TomlFile) -> None:
    """Said alone: every other complaint about a file of another format would mislead."""
    found = toml.data.get("format")
    if type(found) is not int or found == FORMAT:
        return
    newer = f"this Assay reads format {FORMAT}; upgrade Assay, or use an older version of it"
    older = f"there has never been one below {FORMAT}; write format = {FORMAT}"
    raise BadInput(
        Problem(
            f"this is a challenge of format {found}, and {newer if found > FORMAT else older}",
            str(directory / SPEC),
            toml.line_of(("format",)),
        )
    )


def _not_a_challenge(directory: Path) -> Problem:
    """There is no challenge here: say which ones there are."""
    what = f"there is no {SPEC} in it" if directory.is_dir() else "there is no such directory"
    near = {place: known_challenges(place) for place in (directory.parent, Path("challenges"))}
    there = sorted({str(place / name) for place, names in near.items() for name in names})
    known = f"the challenges here are: {', '.join(there)}" if there else "name a challenge package"
    return Problem(f"not a challenge, {what}; {known}", str(directory))
