"""What pages, the API and terminals show of submissions. Plain values, made by `reading.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from assay.domain.lifecycle import ENDED, EvaluationState, Lane
from assay.domain.mends import Mend


@dataclass(frozen=True, slots=True)
class EvaluationView:
    """Where one evaluation stands.

    Attributes:
        stage: The running one; "" if none runs.
        position: In the queue, 1 is next; None if it does not wait.
        score: 0..100; None if there is none.
        complete: Whether every line was measured.
        message: Why it ended as it did, in words.
        attempt: Its last start, 1 is the first; 0 if it never began.
        challenge_version: Of a regrade; None: that of the assessment.
        adopted_at: When a person said that this is the result that counts.
        judged_from: Of a regrade for which nothing was measured: whose evidence it judges.
    """

    id: str
    lane: Lane
    state: EvaluationState
    stage: str
    position: int | None
    score: float | None
    complete: bool
    message: str
    attempt: int
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    challenge_version: str | None = None
    adopted_at: datetime | None = None
    judged_from: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more happens unless a person does something."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """One accepted push and the evaluations of it, the oldest first."""

    id: str
    number: int
    commit_sha: str
    subject: str
    pushed_at: datetime
    evaluations: Sequence[EvaluationView]


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of what an evaluation did.

    Attributes:
        id: Grows; ask for what follows it.
        state: "start", "step", "log" or "end".
        done, total: Progress inside the stage, 0 of 0 if unknown.
    """

    id: int
    attempt: int
    at: datetime
    stage: str
    state: str
    detail: str
    elapsed_s: float
    expected_s: float
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class StageView:
    """How one stage ended."""

    attempt: int
    stage: str
    status: str
    message: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Live:
    """An evaluation as it is now, with what happened since the caller last asked.

    Attributes:
        stages: What ended so far in the newest attempt; of one that was judged from another's
            evidence, the stages of the other.
        events: After the one the caller named, at most `EVENTS_AT_ONCE`.
        last_event_id: To ask with next time.
    """

    evaluation: EvaluationView
    stages: Sequence[StageView]
    events: Sequence[EventView]
    last_event_id: int


@dataclass(frozen=True, slots=True)
class AreaFeedback:
    """What one area earned. `change` is against the previous push, None if there is none."""

    id: str
    title: str
    points: float
    max: int
    change: float | None


@dataclass(frozen=True, slots=True)
class CriterionFeedback:
    """One line of the rubric, as far as the tier shows it.

    Attributes:
        points: None if it was not measured.
        change: Points against the previous push, None if there is nothing to compare.
        evidence: What was seen.
        advice: What would have earned the rest.
    """

    id: str
    area: str
    title: str
    points: float | None
    max: int
    value: float | None
    unit: str
    change: float | None
    evidence: str
    advice: str


@dataclass(frozen=True, slots=True)
class Previous:
    """The push this one is compared with."""

    evaluation_id: str
    number: int
    score: float | None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a candidate learns from one evaluation.

    Attributes:
        total: 0..100; None if there is no score.
        change: Of the total against `previous`.
        criteria: Empty if the tier does not show them.
        mend: The three most valuable things, the best first.
    """

    evaluation_id: str
    status: str
    total: float | None
    interval: tuple[float, float] | None
    change: float | None
    previous: Previous | None
    areas: Sequence[AreaFeedback]
    criteria: Sequence[CriterionFeedback]
    gates: Sequence[CriterionFeedback]
    mend: Sequence[Mend]
