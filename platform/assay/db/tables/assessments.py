"""One candidate's sitting of one challenge."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from assay.db.base import Row
from assay.db.types import UtcDateTime, word_of
from assay.domain.lifecycle import AssessmentState


class Assessment(Row, table=True):
    """A sitting.

    The repository is named after the id. Both tokens are kept as SHA-256 only: the invitation's
    opens the candidate's pages, the git token the repository. What lists show of the result that
    counts (`result_id` to `flags`) is written by `db.standing` alone.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        Index("ix_assessment_list", "organisation_id", "invited_at", "id"),
        Index("ix_assessment_pipeline", "position_id", "state", "invited_at"),
        Index("ix_assessment_pool", "organisation_id", "challenge", "result_version", "score"),
    )

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id")
    position_id: str | None = Field(
        default=None, max_length=40, description="None: invited to a challenge without a position."
    )
    number: int = Field(
        default=0, description='Among those of the position, from 1: "Candidate 7" to reviewers.'
    )
    challenge: str = Field(max_length=200, description="Slug of the challenge.")
    challenge_version: str = Field(max_length=50)
    challenge_sha256: str = Field(max_length=64)
    variant: int
    candidate_name: str = Field(default="", max_length=200)
    candidate_email: str = Field(max_length=320)
    state: AssessmentState = Field(sa_type=word_of(AssessmentState), index=True)
    time_box_s: int = Field(description="From Start to the deadline.")
    practice_runs_max: int
    invitation_sha256: str = Field(unique=True, max_length=64)
    git_token_sha256: str | None = Field(default=None, max_length=64)
    practice_seed: int = Field(sa_type=BigInteger)
    sealed_seed: int = Field(sa_type=BigInteger)
    invited_by: str | None = Field(default=None, foreign_key="user_account.id")
    invited_at: datetime = Field(sa_type=UtcDateTime)
    invitation_ends_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deadline_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deletion_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deletion_warned_at: datetime | None = Field(
        default=None,
        sa_type=UtcDateTime,
        description="When its owners were told that it will be deleted as the position says.",
    )
    result_id: str | None = Field(
        default=None, max_length=40, description="Evaluation that counts, once it is judged."
    )
    result_version: str = Field(
        default="", max_length=50, description="Of the challenge it is judged by; empty if partial."
    )
    score: float | None = Field(default=None, description="Of that evaluation, 0..100.")
    weighted: float | None = Field(
        default=None, description="By the weights of the position; the score if it has none."
    )
    weighted_low: float | None = Field(default=None, description="95 % interval of `weighted`.")
    weighted_high: float | None = Field(default=None)
    flags: int | None = Field(default=None, description="For a person to look at; None: unknown.")
