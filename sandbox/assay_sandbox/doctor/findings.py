"""What a check found. A finding that is not `ok` always says what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad a finding is: `fail` stops graded evaluations, `warn` makes them less certain."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of one check.

    Attributes:
        level: How bad it is.
        found: What is there, with figures and units.
        remedy: What to do; empty only where the level is `ok`.
    """

    level: Level
    found: str
    remedy: str = ""

    def __post_init__(self) -> None:
        if self.level is not Level.OK and not self.remedy:
            raise ValueError(f"a finding of level {self.level} needs a remedy: {self.found}")


def ok(found: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.OK, found)


def warn(found: str, remedy: str) -> Finding:
    """Evaluations run, with less isolation or less certainty."""
    return Finding(Level.WARN, found, remedy)


def fail(found: str, remedy: str) -> Finding:
    """Graded evaluations cannot run."""
    return Finding(Level.FAIL, found, remedy)
