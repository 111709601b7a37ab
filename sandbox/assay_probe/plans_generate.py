"""The plan of making rows, and how labelled answers are read. Written by the platform."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class LabelledSpec:
    """How an answer that is an object is compared with the truth of its row. Paths are dotted.

    Attributes:
        fields: Where the object of the fields stands.
        compare: Field -> "number", "text" or "folded".
        class_field: Where the class stands, "" for none.
        tolerance: Of numbers.
        decision: Where the decision stands.
        withheld: The decision that hands the question on.
        confidence: Where it says how sure it is, "" for nowhere.
        number: Where the number stands that goes with what is decided, unless it is handed on; ""
            for nowhere.
        number_tolerance: Of it.
    """

    fields: str
    compare: dict[str, Any]
    class_field: str
    tolerance: float
    decision: str
    withheld: str
    confidence: str = ""
    number: str = ""
    number_tolerance: float = 0.0


@dataclass(frozen=True, slots=True)
class RowSet:
    """So many rows of a set."""

    name: str
    count: int
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GeneratePlan:
    """Make rows with a module of the challenge, in a process of its own.

    Attributes:
        harness: Directory of the hidden files.
        module: Folder or file in it, "claimgen" or "rows.py".
        seed: Of everything that is drawn.
        deadline_s: For all sets together.
        memory_mib: Address space of the process.
        output_bytes: Of all rows together as JSON.
        body_bytes: Of one body as JSON.
    """

    harness: str
    module: str
    seed: int
    sets: list[RowSet]
    deadline_s: float
    memory_mib: int
    output_bytes: int
    body_bytes: int
    kind: str = "generate"
