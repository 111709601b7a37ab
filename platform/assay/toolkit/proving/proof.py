"""The proof of a challenge, as it is stored, shown and committed. Facts and verdicts, no rules."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.evidence import Host
from assay.toolkit.proving.plan import Scope
from assay.toolkit.proving.runs import Kind

PROOF_SCHEMA: Literal[1] = 1
Verdict = Literal["green", "red", "incomplete"]
"""`red`: something does not hold; `incomplete`: nothing is broken, but not all could be seen."""


class Shown(BaseModel):
    """Base of every part."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CheckResult(Shown):
    """One thing that must hold, and what speaks against it."""

    id: str = Field(description="Name of the check; docs/proving.md explains it.")
    title: str = Field(description="What must hold, in a sentence.")
    problems: tuple[str, ...] = Field((), description="What does not hold.")
    unseen: tuple[str, ...] = Field((), description="What could not be looked at.")
    notes: tuple[str, ...] = Field((), description="What the author should know; no verdict.")

    @property
    def verdict(self) -> Verdict:
        """Of this check alone."""
        return "red" if self.problems else "incomplete" if self.unseen else "green"


class RunLine(Shown):
    """One evaluation of the proof."""

    name: str = Field(description="What was evaluated.")
    kind: Kind = Field(description="What it is to the challenge.")
    again: int = Field(0, description="Number of the repeat; 0 for the first.")
    key: str = Field(description="Digest of all it depends on; names the stored evidence.")
    total: float | None = Field(description="Score, 0..100; null if not all was measured.")
    bounds: tuple[float, float] | None = Field(
        None,
        description="Least and highest score that a run can have of which not all was measured, "
        "though every stage was asked for; else null.",
    )
    points: dict[str, float | None] = Field(
        description="Criterion -> points; null if it was not measured."
    )
    stages_s: dict[str, float] = Field(description="Stage that ran -> seconds it took.")
    seconds: float = Field(description="Their sum.")
    flags: tuple[str, ...] = Field((), description="Flags raised for a human.")
    expected: tuple[float, float] | None = Field(None, description="Least and highest total.")
    fault: str = Field("", description="Why it could not be measured; ours.")

    @property
    def score(self) -> str:
        """The score as it is written: `99.8`, `47.0 to 50.0` within bounds, or nothing."""
        found = (self.total, self.total) if self.bounds is None else self.bounds
        said = [f"{one:.1f}" for one in found if one is not None]
        return " to ".join(dict.fromkeys(said))


CellVerdict = Literal["", "shown", "silent", "leak", "unseen"]
"""`shown`: named and costs it; `silent`: named and does not; `leak`: not named, and costs it."""


class Cell(Shown):
    """What a planted fault does to one criterion."""

    lost: float | None = Field(description="Points lost against the reference.")
    verdict: CellVerdict = Field(description="Whether that is as declared.")


class MatrixRow(Shown):
    """One planted fault."""

    fault: str = Field(description="Its id.")
    slot: str = Field(description="Its slot.")
    costs: tuple[str, ...] = Field(description="Criteria it names.")
    measured_by: str = Field(description="The stage that shows it.")
    total: float | None = Field(description="Score of the reference with this fault alone.")
    cells: dict[str, Cell] = Field(description="Criterion or gate -> what it does to it.")

    @property
    def score(self) -> str:
        """The score as it is written; nothing if not all was measured."""
        return "" if self.total is None else f"{self.total:.1f}"


class CriterionLine(Shown):
    """A criterion, and how finely it can be told."""

    id: str = Field(description="As in the rubric.")
    title: str = Field(description="As in the rubric.")
    area: str = Field(description="As in the rubric.")
    max: int = Field(description="Points; 0 for a gate.")
    noise: float = Field(description="A smaller loss is none, in points.")
    deviation_reference: float | None = Field(description="Standard deviation, in points.")
    deviation_starter: float | None = Field(description="Standard deviation, in points.")
    detectable: float | None = Field(
        description="Smallest loss that a single run of a mutant shows in 4 of 5 proofs."
    )


class Margin(Shown):
    """A verdict that would change if a band moved by a quarter of its width."""

    run: str = Field(description="Of which answer.")
    criterion: str = Field(description="Which criterion.")
    value: float = Field(description="What was observed, in its unit.")
    fraction: float = Field(description="What it earns.")
    harder: float | None = Field(description="What it would earn of a harder band; null if none.")
    easier: float | None = Field(description="What it would earn of an easier band; null if none.")


class Variants(Shown):
    """How alike the starters are."""

    count: int = Field(description="How many there are.")
    tried: tuple[int, ...] = Field(description="Numbers of those that were evaluated.")
    at_stake: tuple[float, float] = Field(
        description="Least and most points that the faults of a variant cost, by what they say."
    )
    scores: tuple[float, float] | None = Field(description="Lowest and highest score of a starter.")


class Stamp(Shown):
    """What the proof is a proof of, and how it was made."""

    challenge_sha256: str = Field(description="Digest of the package.")
    files: dict[str, str] = Field(description="File of the package -> its SHA-256, 16 digits.")
    assay: str = Field(description="Version of the harness.")
    harness_sha256: str = Field(description="Digest of what of the harness measures.")
    judge_sha256: str = Field(
        "", description="Digest of what of it judges what was measured; empty in early proofs."
    )
    scoring: str = Field(description="Version of the scoring.")
    seed: int = Field(description="Of every evaluation.")
    profile: str = Field(description="Of the timelines.")
    jobs: int = Field(description="Allowed at once by the command that put it together.")
    host: Host | None = Field(description="Where the reference ran.")
    made_at: str = Field(description="When it was put together, UTC.")


class Proof(Shown):
    """`proof.json`."""

    schema_version: Literal[1] = PROOF_SCHEMA
    challenge: str = Field(description="Slug.")
    version: str = Field(description="Of the challenge.")
    title: str = Field(description="Of the challenge.")
    scope: Scope = Field(description="Only a full proof can be published.")
    verdict: Verdict = Field(description="The worst of the checks.")
    checks: tuple[CheckResult, ...] = Field(description="What must hold.")
    runs: tuple[RunLine, ...] = Field(description="Every evaluation, in the order of the plan.")
    criteria: tuple[CriterionLine, ...] = Field(description="The rubric; gates first.")
    matrix: tuple[MatrixRow, ...] = Field(description="Planted faults that were evaluated alone.")
    margins: tuple[Margin, ...] = Field(description="Verdicts near the edge of a band.")
    variants: Variants = Field(description="How alike the starters are.")
    evaluations_s: float = Field(description="Time of all evaluations, one after another.")
    left_out: tuple[str, ...] = Field((), description="Runs a quick proof had no time for.")
    stamp: Stamp = Field(description="What it is a proof of.")


def worst(verdicts: tuple[Verdict, ...]) -> Verdict:
    """Of several."""
    order: tuple[Verdict, ...] = ("red", "incomplete", "green")
    return next(one for one in order if one in verdicts or one == "green")
