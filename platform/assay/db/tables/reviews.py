"""What people say about a submission. Beside the machine's score, never inside it."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from assay.db.base import Row
from assay.db.types import UtcDateTime, word_of
from assay.domain.hiring import Verdict


class Review(Row, table=True):
    """One reviewer's opinion of one candidate; a draft until it is handed in."""

    __tablename__ = "review"
    __table_args__ = (UniqueConstraint("assessment_id", "user_id"),)

    id: str = Field(primary_key=True)
    assessment_id: str = Field(foreign_key="assessment.id", index=True)
    user_id: str = Field(foreign_key="user_account.id", index=True)
    lines: str = Field(default="{}", description="JSON: line -> {score 1..4, note}.")
    summary: str = Field(default="", max_length=4000)
    created_at: datetime = Field(sa_type=UtcDateTime)
    handed_in_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    names_seen_at: datetime | None = Field(
        default=None,
        sa_type=UtcDateTime,
        description="From when on the reviewer knew the name while not handed in. None: never.",
    )


class Override(Row, table=True):
    """A person says that a line earns something else. Added, never changed; the last one counts."""

    __tablename__ = "score_override"

    id: int | None = Field(default=None, primary_key=True)
    assessment_id: str = Field(foreign_key="assessment.id", index=True)
    evaluation_id: str = Field(foreign_key="evaluation.id", index=True)
    criterion: str = Field(max_length=60)
    was: float | None = Field(description="Fraction 0..1 before; None: unmeasured.")
    now: float | None = Field(description="Fraction 0..1 from now on; None: as measured again.")
    reason: str = Field(max_length=2000)
    user_id: str = Field(foreign_key="user_account.id")
    at: datetime = Field(sa_type=UtcDateTime)


class Decision(Row, table=True):
    """What the company decided, and why. Added, never changed; the last one counts."""

    __tablename__ = "decision"

    id: int | None = Field(default=None, primary_key=True)
    assessment_id: str = Field(foreign_key="assessment.id", index=True)
    verdict: Verdict = Field(sa_type=word_of(Verdict))
    reason: str = Field(max_length=4000)
    user_id: str | None = Field(default=None, foreign_key="user_account.id")
    at: datetime = Field(sa_type=UtcDateTime)


class ShareLink(Row, table=True):
    """Lets somebody without an account read one scorecard, for a while."""

    __tablename__ = "share_link"

    id: str = Field(primary_key=True)
    assessment_id: str = Field(foreign_key="assessment.id", index=True)
    token_sha256: str = Field(unique=True, max_length=64)
    anonymous: bool = Field(description="Without the candidate's name.")
    created_by: str = Field(foreign_key="user_account.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime, description="Last time.")
