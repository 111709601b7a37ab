"""Records of rows that were made. Facts only."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RowsRecord:
    """Some rows of a set, in their order; a large set is several records."""

    set: str
    rows: list[dict[str, Any]]
    kind: str = "rows"


@dataclass(frozen=True, slots=True)
class GeneratedRecord:
    """How the making ended; written last.

    Attributes:
        problem: "" if every set is complete, else why not, in the words of the module.
        seconds: Wall-clock time of the process.
    """

    problem: str
    seconds: float
    kind: str = "generated"
