"""What a proof runs, and what came of each run."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from assay.domain.challenge import Challenge, StageName
from assay.domain.evidence import Host, StageOutcome
from assay.domain.scorecard import CriterionLine, Scorecard
from assay.domain.scoring import earned, gate_factor
from assay.toolkit.expectation import Expectation

Kind = Literal["reference", "starter", "mutant", "pair", "answer", "empty"]
"""`pair`: two planted faults at once; `empty`: a commit without a single file."""
EMPTY = "empty"
REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One evaluation of a proof.

    Attributes:
        name: "reference", "starter 3", "null_is_500", "a + b", "rejected/hardcoded", "empty".
        recipe: What `write_tree` takes; "" for the empty submission.
        stages: Those that run, in order.
        variant: Which starter.
        again: 0, or the number of a repeat of the same evaluation.
    """

    kind: Kind
    name: str
    recipe: str
    stages: tuple[StageName, ...]
    variant: int = 0
    again: int = 0

    @property
    def reached(self) -> tuple[StageName, ...]:
        """The stages that take time: without a Dockerfile the build is the last."""
        before = ("checkout", "build")
        return tuple(s for s in self.stages if s in before) if self.kind == "empty" else self.stages

    @property
    def shown(self) -> str:
        """The name as a person reads it."""
        return f"{self.name}, once more ({self.again + 1})" if self.again else self.name


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one evaluation gave.

    Attributes:
        key: Digest of everything the run depends on; names the stored evidence.
        card: Judged by the rubric as it is now; None if it could not be measured.
        stages: How each ended.
        host: Where it ran.
        flags: Kinds of flags raised for a human.
        fault: Why it could not be measured; always ours.
        ready_s: Time from its start until the service was ready; None if it never was.
        built: Whether its image was built for this run, and not there from another.
        images: Role -> digest of what the surroundings were made of.
    """

    key: str
    card: Scorecard | None = None
    stages: tuple[StageOutcome, ...] = ()
    host: Host | None = None
    flags: tuple[str, ...] = ()
    fault: str = ""
    ready_s: float | None = None
    built: bool = True
    images: Mapping[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """Time of all stages together, without waiting for other evaluations."""
        return sum(stage.seconds for stage in self.stages)

    @property
    def lines(self) -> dict[str, CriterionLine]:
        """Criterion or gate -> its line; empty if nothing was measured."""
        card = self.card
        return {line.id: line for line in (*card.gates, *card.criteria)} if card else {}

    @property
    def done(self) -> frozenset[StageName]:
        """Stages that ran to their end."""
        return frozenset(stage.stage for stage in self.stages if stage.status == "done")

    @property
    def total(self) -> Fraction | None:
        """The score if all of it was measured, else None."""
        return self.card.total if self.card and self.card.status == "complete" else None

    @property
    def bounds(self) -> tuple[Fraction, Fraction] | None:
        """The score, 0..100, if what was not measured were worth nothing, and all its points.

        Both are the total if all was measured; None if nothing, or not every gate, was.
        """
        card = self.card
        if card is None or card.total is None:
            return None
        factor, least = gate_factor(card.gates), earned(card.criteria)
        unmeasured = sum(line.max for line in card.criteria if line.points is None)
        return factor * least, factor * (least + unmeasured)


@dataclass(frozen=True, slots=True)
class Results:
    """All runs of a proof.

    Attributes:
        expectations: Known answer -> what it must score.
        runs: In the order of the plan.
        full: Whether every run measured every stage.
    """

    challenge: Challenge
    expectations: Mapping[str, Expectation]
    runs: Mapping[Wanted, Outcome]
    full: bool = True
    left_out: Sequence[str] = field(default_factory=tuple)

    def of(self, kind: Kind, *, repeats: bool = False) -> Iterator[tuple[Wanted, Outcome]]:
        """The runs of a kind, without repeats unless they are asked for."""
        return (
            (wanted, outcome)
            for wanted, outcome in self.runs.items()
            if wanted.kind == kind and (repeats or not wanted.again)
        )

    @property
    def reference(self) -> Outcome:
        """The run everything is compared with; one without a card if there is none."""
        return next((outcome for _, outcome in self.of("reference")), Outcome(key=""))

    def repeats_of(self, name: str) -> tuple[Outcome, ...]:
        """Every run of the same thing."""
        return tuple(outcome for wanted, outcome in self.runs.items() if wanted.name == name)
