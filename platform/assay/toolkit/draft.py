"""A parsed challenge on its way to being accepted, and where in its file everything stands."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from assay.domain.challenge import Challenge
from assay.domain.errors import Problem
from assay.kit.tomlfile import Location, TomlFile


@dataclass(frozen=True, slots=True)
class Draft:
    """A parsed challenge on its way to being accepted.

    Attributes:
        checks: Names a criterion may use.
    """

    challenge: Challenge
    root: Path
    toml: TomlFile
    checks: Collection[str]

    def at(self, location: Location, message: str) -> Problem:
        """A problem at a place of challenge.toml."""
        return Problem(message, str(self.root / "challenge.toml"), self.toml.line_of(location))


Rule = Callable[[Draft], Iterable[Problem]]
