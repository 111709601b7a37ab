"""Runs of the harness: where they stand, what they did, what they said."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from assay.db.base import Row
from assay.db.types import UtcDateTime, word_of
from assay.domain.lifecycle import EvaluationState, Lane


class Evaluation(Row, table=True):
    """One run of the harness on one submission.

    `attempt` counts the starts, the first is 1; an evaluation tried again keeps its row.
    `turn` orders the queue, the smallest first. Evidence, result and report are artifacts of the
    id; `score` and `message` repeat what lists show. Of the results of one assessment the one
    adopted last counts, and as long as none is adopted the sealed one (`db.results`).
    Of one that was `judged_from` another's evidence, worker, start and turn are those of the other:
    who asks where and when it was measured gets the truth, and it takes nobody's turn.
    """

    __tablename__ = "evaluation"
    __table_args__ = (
        Index("ix_evaluation_queue", "state", "turn", "started_at"),
        Index("ix_evaluation_flow", "organisation_id", "lane", "turn"),
        Index("ix_evaluation_count", "lane", "state"),
    )

    id: str = Field(primary_key=True)
    submission_id: str = Field(foreign_key="submission.id", index=True)
    assessment_id: str = Field(foreign_key="assessment.id", index=True)
    organisation_id: str = Field(foreign_key="organisation.id")
    lane: Lane = Field(sa_type=word_of(Lane))
    seed: int = Field(sa_type=BigInteger)
    state: EvaluationState = Field(sa_type=word_of(EvaluationState))
    turn: int = Field(sa_type=BigInteger)
    attempt: int = 0
    stage: str = Field(default="", max_length=40, description="The running one.")
    message: str = Field(default="", description="Why it ended as it did, in words.")
    score: float | None = Field(default=None, description="0..100, None if incomplete.")
    complete: bool = Field(default=False, description="Every line was measured.")
    worker_id: str | None = Field(default=None, max_length=100)
    challenge_version: str | None = Field(
        default=None, max_length=50, description="Of a regrade; None: the assessment's own."
    )
    challenge_sha256: str | None = Field(default=None, max_length=64)
    judged_from: str | None = Field(
        default=None,
        max_length=40,
        description="Of a regrade for which nothing was measured: the one whose evidence it is.",
    )
    queued_at: datetime = Field(sa_type=UtcDateTime)
    adopted_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="When a person said that it counts."
    )
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class EvaluationStage(Row, table=True):
    """One finished stage, and all that is needed to go on after it."""

    __tablename__ = "evaluation_stage"
    __table_args__ = (UniqueConstraint("evaluation_id", "attempt", "stage"),)

    id: int | None = Field(default=None, primary_key=True)
    evaluation_id: str = Field(foreign_key="evaluation.id", index=True)
    attempt: int
    stage: str = Field(max_length=40)
    status: str = Field(max_length=40)
    message: str = ""
    seconds: float
    ended_at: datetime = Field(sa_type=UtcDateTime)


class EvaluationEvent(Row, table=True):
    """One line that somebody watching sees. The ids grow."""

    __tablename__ = "evaluation_event"

    id: int | None = Field(default=None, primary_key=True)
    evaluation_id: str = Field(foreign_key="evaluation.id", index=True)
    attempt: int
    at: datetime = Field(sa_type=UtcDateTime)
    stage: str = Field(max_length=40)
    state: str = Field(max_length=10, description="start, step, log or end.")
    detail: str = Field(default="", max_length=2000)
    elapsed_s: float = 0.0
    expected_s: float = 0.0
    done: int = 0
    total: int = 0
