"""A challenge on disk: read it whole, refuse it whole, and say everything that is wrong."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from assay.domain.challenge import Challenge
from assay.domain.checks import CHECKS
from assay.domain.errors import BadInput, Problem
from assay.kit.tomlfile import TomlError, TomlFile, read_toml
from assay.toolkit import package_rules
from assay.toolkit.spec_problems import problems_of

SPEC = "challenge.toml"

LEFTOVERS = frozenset(
    {
        "__pycache__",
        ".git",
        ".hypothesis",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".venv",
        "node_modules",
    }
)
"""Names of what tools leave behind; never part of a package, its digest or a tree."""


@dataclass(frozen=True, slots=True)
class ChallengePackage:
    """A challenge that was loaded and found consistent.

    Attributes:
        challenge: What `challenge.toml` says.
        root: The package's directory.
        digest: SHA-256 over the paths and contents of all its files.
    """

    challenge: Challenge
    root: Path
    digest: str

    @property
    def reference(self) -> Path:
        """The healthy service."""
        return self.root / "reference"

    @property
    def harness(self) -> Path:
        """Hidden tests and data."""
        return self.root / "harness"

    @property
    def answers(self) -> Path:
        """Known answers; need not exist."""
        return self.root / "answers"

    @property
    def rows(self) -> Path:
        """The traffic pool."""
        return self.root / self.challenge.contract.rows

    @property
    def holdout(self) -> Path | None:
        """Held-out labelled rows, if the challenge has any."""
        quality = self.challenge.quality
        return self.root / quality.holdout if quality else None

    @property
    def wheelhouse(self) -> Path:
        """Requirements file of the packages a build can install."""
        return self.root / self.challenge.build.wheelhouse

    def patch(self, slot: str, fault: str) -> Path:
        """Where the patch of a planted fault is."""
        return package_rules.patch_path(self.root, slot, fault)


def load_challenge(
    directory: Path, *, checks: Collection[str] = frozenset(CHECKS)
) -> ChallengePackage:
    """Load a challenge package.

    Args:
        directory: The package, as the user named it.
        checks: Names of the checks a criterion may use.

    Raises:
        BadInput: with every problem found, each with file, line and what to do.
    """
    toml = _read(directory)
    challenge = _parse(directory, toml)
    problems = package_rules.problems(challenge, directory, toml, checks)
    if problems:
        raise BadInput(*problems)
    return ChallengePackage(challenge, directory, digest(directory))


def digest(directory: Path) -> str:
    """SHA-256 over every file of a directory: its path, its executable bit, its content."""
    total = hashlib.sha256()
    for path in files_of(directory):
        mode = "x" if path.stat().st_mode & 0o100 else "-"
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{content} {mode} {path.relative_to(directory).as_posix()}\n".encode())
    return total.hexdigest()


def files_of(directory: Path) -> Iterator[Path]:
    """Every file below a directory in a fixed order, without what tools leave behind."""
    for path in sorted(directory.rglob("*")):
        within = path.relative_to(directory).parts
        if path.is_file() and not LEFTOVERS.intersection(within) and path.suffix != ".pyc":
            yield path


def known_challenges(directory: Path) -> list[str]:
    """Names of the challenge packages in a directory."""
    return sorted(spec.parent.name for spec in directory.glob(f"*/{SPEC}"))


def _read(directory: Path) -> TomlFile:
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


def _parse(directory: Path, toml: TomlFile) -> Challenge:
    try:
        return Challenge.model_validate(toml.data)
    except ValidationError as error:
        raise BadInput(*problems_of(error, Challenge, toml, str(directory / SPEC))) from error


def _not_a_challenge(directory: Path) -> Problem:
    """There is no challenge here: say which ones there are."""
    what = f"there is no {SPEC} in it" if directory.is_dir() else "there is no such directory"
    near = {place: known_challenges(place) for place in (directory.parent, Path("challenges"))}
    there = sorted({str(place / name) for place, names in near.items() for name in names})
    known = f"the challenges here are: {', '.join(there)}" if there else "name a challenge package"
    return Problem(f"not a challenge, {what}; {known}", str(directory))
