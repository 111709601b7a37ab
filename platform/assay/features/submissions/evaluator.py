"""The port through which a worker's job drives one evaluation in a process of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from assay.evaluation.ports import ProgressEvent

OnEvent = Callable[[ProgressEvent], None]


@dataclass(frozen=True, slots=True)
class EvaluationJob:
    """Everything an evaluation is made from.

    Attributes:
        challenge: Slug.
        bundle: `git bundle` of the commit.
        commit_sha: Which commit of it.
        checkpoint: What the stages before left; None at the beginning.
        stages: All that are asked for, in order, including those that ended before.
    """

    evaluation_id: str
    attempt: int
    challenge: str
    challenge_sha256: str
    bundle: bytes
    commit_sha: str
    seed: int
    stages: tuple[str, ...]
    checkpoint: bytes | None


@dataclass(frozen=True, slots=True)
class StageReport:
    """How a stage ended.

    Attributes:
        status: As `assay.domain.evidence.StageOutcome` has it.
        checkpoint: All that is needed to go on after this stage in another process.
    """

    stage: str
    status: str
    message: str
    seconds: float
    checkpoint: bytes


@dataclass(frozen=True, slots=True)
class Measured:
    """What an evaluation leaves: `evidence.json`, and files beside it by name."""

    evidence: bytes
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What evidence is worth.

    Attributes:
        score: 0..100, one decimal; None if it cannot be given.
        complete: Whether every line was measured.
        headline: In a few words.
        files: `result.json` and `report.html`.
    """

    score: float | None
    complete: bool
    headline: str
    files: Mapping[str, bytes]


Judge = Callable[[bytes], Judgement]
"""Judges `evidence.json`. Pure: the same evidence always gives the same judgement."""


class Evaluator(Protocol):
    """One evaluation under way. Whatever happens, after `kill` nothing of it is left."""

    async def start(self, job: EvaluationJob) -> None:
        """Start the process, with cores of its own.

        Raises:
            PlatformFault: it could not be started.
        """

    async def run_stage(self, stage: str, on_event: OnEvent) -> StageReport:
        """Run the next stage. A stage that the submission ends is a report, not an error.

        Raises:
            PlatformFault: the process died or cannot be understood.
        """

    async def evidence(self) -> Measured:
        """The evidence of all stages so far.

        Raises:
            PlatformFault: the process died or cannot be understood.
        """

    async def kill(self) -> None:
        """End the process and remove what it made, within a second. Idempotent."""


NewEvaluator = Callable[[], Evaluator]
