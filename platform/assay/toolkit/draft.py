"""A parsed challenge on its way to being accepted, and where in its file everything stands."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from assay.domain.challenge import Challenge, Fault
from assay.domain.errors import Problem
from assay.kit.tomlfile import Location, TomlFile
from assay.toolkit.files import BRIEF, SPEC, patch_path


@dataclass(frozen=True, slots=True)
class Found(Problem):
    """What a rule found at one place.

    Attributes:
        subject: The table it is about, as silences name it: `criterion.recovery`.
    """

    subject: str = ""


@dataclass(frozen=True, eq=False)
class Draft:
    """A parsed challenge on its way to being accepted.

    Attributes:
        checks: Names a criterion may use.
    """

    challenge: Challenge
    root: Path
    toml: TomlFile
    checks: Collection[str]

    @property
    def reference(self) -> Path:
        """The healthy service."""
        return self.root / "reference"

    @property
    def harness(self) -> Path:
        """Hidden tests and data."""
        return self.root / "harness"

    @cached_property
    def brief(self) -> str | None:
        """What candidates are told; None if it is missing, which `missing-file` reports.

        Read once, for all the rules that look at it.
        """
        path = self.root / BRIEF
        return path.read_text(errors="replace") if path.is_file() else None

    def at(self, location: Location, message: str) -> Found:
        """Something at a place of challenge.toml."""
        line = self.toml.line_of(location)
        return Found(message, str(self.root / SPEC), line, _subject(self.toml.data, location))

    def on(self, path: Path | str, message: str, *, line: int = 0, subject: str = "") -> Found:
        """Something in a file of the package; a relative path is one within it."""
        return Found(message, str(self.root / path), line, subject)

    def name_of(self, path: Path) -> str:
        """Path of a file within the package."""
        return path.relative_to(self.root).as_posix()

    def planted(self) -> Iterator[tuple[Location, str, Fault, Path]]:
        """Every fault: its place in challenge.toml, its slot, itself, its patch."""
        for s, slot in enumerate(self.challenge.slot):
            for f, fault in enumerate(slot.fault):
                patch = patch_path(self.root, slot.id, fault.id)
                yield ("slot", s, "fault", f), slot.id, fault, patch


Rule = Callable[[Draft], Iterable[Problem]]
"""Everything that breaks it, in any order. Looks at files, changes none."""


def _subject(data: Any, location: Location) -> str:  # noqa: ANN401 - TOML is any
    """The innermost named table around a place, or its dotted path: `load.objective_ms`."""
    subject = ".".join(part for part in location if isinstance(part, str))
    table = ""
    for part in location:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return subject
        name = (data.get("id") or data.get("name")) if isinstance(data, dict) else None
        if isinstance(part, int) and name:
            subject = f"{table}.{name}"
        table = part if isinstance(part, str) else table
    return subject
