"""A challenge on disk: read it whole, refuse it whole, and say everything that is wrong."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from assay.domain.challenge import Challenge
from assay.domain.checks import CHECKS
from assay.domain.errors import BadInput
from assay.toolkit.files import LEFTOVERS, SPEC, digest, files_of, known_challenges, patch_path
from assay.toolkit.lint.essential import essential_problems
from assay.toolkit.reading import read_draft

__all__ = [
    "LEFTOVERS",
    "SPEC",
    "ChallengePackage",
    "digest",
    "files_of",
    "known_challenges",
    "load_challenge",
]


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
    def rows(self) -> Path | None:
        """The traffic pool, None where it is generated."""
        rows = self.challenge.contract.rows
        return self.root / rows if rows else None

    @property
    def holdout(self) -> Path | None:
        """Held-out labelled rows, if the challenge has a file of them."""
        quality = self.challenge.quality
        return self.root / quality.holdout if quality and quality.holdout else None

    @property
    def wheelhouse(self) -> Path:
        """Requirements file of the packages a build can install."""
        return self.root / self.challenge.build.wheelhouse

    def patch(self, slot: str, fault: str) -> Path:
        """Where the patch of a planted fault is."""
        return patch_path(self.root, slot, fault)


def load_challenge(
    directory: Path, *, checks: Collection[str] = frozenset(CHECKS)
) -> ChallengePackage:
    """Load a challenge package.

    What is refused are the findings of the linter's essential rules.

    Args:
        directory: The package, as the user named it.
        checks: Names of the checks a criterion may use.

    Raises:
        BadInput: with every problem found, each with file, line and what to do.
    """
    draft = read_draft(directory, checks=checks)
    problems = essential_problems(draft)
    if problems:
        raise BadInput(*problems)
    return ChallengePackage(draft.challenge, directory, digest(directory))
