"""What a company hires for, and how its people like to look at the candidates."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from assay.db.base import Row
from assay.db.types import UtcDateTime, word_of
from assay.domain.hiring import ReleasePolicy


class Position(Row, table=True):
    """An open position: one challenge, and how its results are used."""

    __tablename__ = "position"

    id: str = Field(primary_key=True)
    organisation_id: str = Field(foreign_key="organisation.id", index=True)
    title: str = Field(max_length=200)
    challenge: str = Field(max_length=200, description="Slug of the challenge.")
    weights: str = Field(default="{}", description="JSON: area -> factor on its points.")
    time_box_s: int | None = Field(default=None, description="None: the challenge's own.")
    release: ReleasePolicy = Field(sa_type=word_of(ReleasePolicy))
    keep_days: int | None = Field(
        default=None, description="Personal data goes so long after the end. None: it stays."
    )
    created_by: str | None = Field(default=None, foreign_key="user_account.id")
    created_at: datetime = Field(sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SavedView(Row, table=True):
    """Filters and order of a pipeline, under a name."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("user_id", "position_id", "name"),)

    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="user_account.id")
    position_id: str = Field(foreign_key="position.id", index=True)
    name: str = Field(max_length=80)
    query: str = Field(max_length=1000, description="Query string of the page.")
    created_at: datetime = Field(sa_type=UtcDateTime)


class CandidateGroup(Row, table=True):
    """A group a company says a candidate belongs to, for adverse-impact ratios only."""

    __tablename__ = "candidate_group"

    assessment_id: str = Field(primary_key=True, foreign_key="assessment.id")
    dimension: str = Field(primary_key=True, max_length=60)
    value: str = Field(max_length=60)


class OutcomeCount(Row, table=True):
    """What stays of a deleted candidate: facts that name nobody."""

    __tablename__ = "outcome_count"

    id: int | None = Field(default=None, primary_key=True)
    organisation_id: str = Field(index=True, max_length=40)
    position_id: str | None = Field(default=None, index=True, max_length=40)
    challenge: str = Field(max_length=200)
    challenge_version: str = Field(max_length=50)
    variant: int
    state: str = Field(max_length=40)
    score: float | None = Field(default=None, description="0..100, to one decimal.")
    verdict: str = Field(default="", max_length=40)
    ended_month: str = Field(default="", max_length=7, description='As "2026-11".')
