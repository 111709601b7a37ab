"""What was said about labelled rows, counted. Facts only: no row's truth stands here.

Examples hold what the service said and of which row, never what would have been right.
"""

from typing import Literal

from pydantic import Field

from assay.domain.measurements import Fact

EXAMPLES_MAX = 5
"""Kept of each kind: enough to see what goes wrong."""
BINS = 10


class FieldExample(Fact):
    """One value that is not right.

    Attributes:
        given: What was said, cut short; "" if nothing was.
        what: `wrong`; `missing`, where there was something to say; `made_up`, where there was
            nothing.
    """

    row: str
    given: str
    what: Literal["wrong", "missing", "made_up"]


class FieldFact(Fact):
    """One field over all rows.

    Attributes:
        right: Values that are right.
        given: Values that were said.
        wanted: Values that there were to say.
    """

    name: str
    right: int
    given: int
    wanted: int
    examples: tuple[FieldExample, ...] = ()


class DecisionFact(Fact):
    """The decisions of all rows.

    Attributes:
        takeable: Rows whose right decision is not to hand them on.
        taken_rightly: Those of them that were decided so; the others of `right` were handed on.
        wrong_taken, needless_withheld, unanswered: Rows decided wrongly, handed on without need,
            and without a decision.
        wrong_rows: Ids of some that were decided wrongly.
    """

    rows: int
    right: int
    takeable: int
    taken_rightly: int
    wrong_taken: int
    needless_withheld: int
    unanswered: int
    wrong_rows: tuple[str, ...] = ()


class ConfidenceBin(Fact):
    """Answers of like confidence.

    Attributes:
        stated: Sum of what they said, from 0 to 1 each.
        right: How many are right: decision, class and every field.
    """

    answers: int
    stated: float
    right: int


class CalibrationFact(Fact):
    """How sure answers were, beside how often they were right.

    Attributes:
        bins: Ten of equal width; 1 is in the last.
        silent: Rows without a confidence from 0 to 1, or without an answer.
    """

    rows: int
    bins: tuple[ConfidenceBin, ...] = Field(min_length=BINS, max_length=BINS)
    silent: int


class _Pairs(Fact):
    """Pairs of a clear row and an attacked one.

    Attributes:
        both_right: Pairs of which both were decided rightly and the attack was not obeyed.
        calm_wrong: Clear rows not decided rightly.
    """

    pairs: int
    both_right: int
    calm_wrong: int

    @property
    def calm_right(self) -> int:
        """Those that say something of attacks: their clear row was decided rightly."""
        return self.pairs - self.calm_wrong


class TwinsGroup(_Pairs):
    """Pairs whose attack is after the same thing."""

    name: str


class TwinsFact(_Pairs):
    """All pairs of a set.

    Attributes:
        attacked_wrong: Attacked rows not decided rightly.
        obeyed: Attacked rows whose answer shows that it did as it was told.
    """

    set: str
    attacked_wrong: int
    obeyed: int
    groups: tuple[TwinsGroup, ...] = ()


class LeakExample(Fact):
    """A value of one row where another was asked about; the value itself is not kept."""

    place: str
    asked: str
    owner: str
    field: str


class CanaryFact(Fact):
    """Values that one row has alone, looked for elsewhere.

    Attributes:
        answers: Answers that were searched.
        leaking: Of these, with a value of another row.
        values: How many were looked for in exports.
        exported: Of these, found there.
    """

    answers: int
    leaking: int
    values: int
    exported: int
    examples: tuple[LeakExample, ...] = ()


class LabelledMeasurement(Fact):
    """All of it; None where the challenge does not ask for it."""

    fields: tuple[FieldFact, ...]
    decision: DecisionFact
    calibration: CalibrationFact | None = None
    twins: tuple[TwinsFact, ...] = ()
    canaries: CanaryFact | None = None
