"""What is read back of a `result.json` that was stored. It stays as it was judged then.

Every reader reads these tables, none judges anew. What is not needed here is passed over, so that
a result with more in it can be read as well; what is needed and missing is an error. `flags` came
later than the rest.
"""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict


class Stored(BaseModel):
    """Base of every table: values never change."""

    model_config = ConfigDict(frozen=True)


class StoredArea(Stored):
    """An area. `points` and `max` are of its measured criteria, `unmeasured` of the others."""

    id: str
    title: str
    points: float
    max: int
    unmeasured: int


class StoredGate(Stored):
    """A criterion that multiplies the whole. It is of no area, and has no points of its own.

    Attributes:
        fraction: Share earned, 0..1; None: not measured.
        evidence: What was seen, or why nothing was.
        advice: What would have earned the rest; "" if nothing is missing.
    """

    id: str
    title: str
    fraction: float | None
    evidence: str
    advice: str
    area: str = ""
    points: float | None = None
    max: int = 0
    value: float | None = None
    unit: str = ""


class StoredLine(StoredGate):
    """A criterion that adds points.

    Attributes:
        value: In `unit`; None where it is infinite or unknown.
        interval: 95 % interval of the value; an end without bound is None.
    """

    area: str
    points: float | None
    max: int
    value: float | None
    unit: str
    interval: tuple[float | None, float | None] | None


class StoredFinding(Stored):
    """A notable fact: a "strength", a "problem", or a "caution" about the measurement."""

    kind: str
    text: str


class StoredFlag(Stored):
    """Something a person should look at. It changed no point."""

    kind: str
    severity: str
    reason: str


class StoredResult(Stored):
    """One result.

    Attributes:
        status: "complete", "partial" or "void"; see `scorecard.Status`.
        total: 0..100; None if void.
        interval: 95 % interval of the total; None if void.
        versions: Name -> version of what judged and what was judged.
    """

    status: str
    total: float | None
    interval: tuple[float, float] | None
    areas: tuple[StoredArea, ...]
    criteria: tuple[StoredLine, ...]
    gates: tuple[StoredGate, ...]
    findings: tuple[StoredFinding, ...] = ()
    flags: tuple[StoredFlag, ...] = ()
    versions: dict[str, str]

    @property
    def lines(self) -> Sequence[StoredGate]:
        """Everything that earns points or multiplies them, gates first."""
        return (*self.gates, *self.criteria)

    def lines_of(self, area_id: str) -> Sequence[StoredLine]:
        """The criteria of an area."""
        return [line for line in self.criteria if line.area == area_id]
