"""What happened, as every format of ours tells it: the payload of signed webhooks.

`docs/schemas/event.schema.json` is made of these models. Fields are added, never changed.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.hiring import EventKind, Verdict
from assay.domain.lifecycle import AssessmentState


class Part(BaseModel):
    """Base of what is told."""

    model_config = ConfigDict(frozen=True)


class PositionPart(Part):
    """What is hired for."""

    id: str
    title: str


class AssessmentPart(Part):
    """One candidate's sitting, without the candidate."""

    state: AssessmentState
    number: int | None = Field(description="Among those of the position; null without one.")
    challenge: str = Field(description="Slug of the challenge.")
    challenge_version: str
    position: PositionPart | None = Field(description="Null: invited without a position.")
    pushes: int = Field(description="How many there were.")
    invited_at: datetime
    started_at: datetime | None
    deadline_at: datetime | None
    finished_at: datetime | None
    released_at: datetime | None = Field(description="When the candidate could see the result.")


class ResultPart(Part):
    """The result that counts, as it was measured."""

    score: float | None = Field(
        description="0..100 to one decimal, by the challenge's own weights; null if what decides "
        "it was not measured."
    )
    weighted: float | None = Field(
        description="The same by the weights of the position, as its page ranks candidates; "
        "without such weights the same as `score`."
    )
    interval: tuple[float, float] | None = Field(description="95 % interval of `weighted`.")
    complete: bool = Field(description="Every line was measured; others are left out of the score.")
    overridden: int = Field(
        description="Lines about which people decided otherwise; no figure above changes by it."
    )
    with_overrides: float | None = Field(
        description="`weighted` with what people decided; null if they decided nothing otherwise."
    )
    judged_at: datetime | None


class DecisionPart(Part):
    """What the company decided last. Its reason stays here."""

    verdict: Verdict
    at: datetime


class CandidatePart(Part):
    """Who it is. Told only to endpoints that are set to be told."""

    name: str
    email: str


class EventData(Part):
    """What it happened to, as it stood when this was written."""

    assessment_id: str = Field(description='"" of a test.')
    url: str = Field(description="Its page, for members who are signed in.")
    assessment: AssessmentPart | None = Field(description="Null once it is deleted, and of a test.")
    result: ResultPart | None = Field(description="Null until the last push is judged.")
    decision: DecisionPart | None = Field(description="Null until there is one.")
    candidate: CandidatePart | None = Field(description="Null unless the endpoint is to be told.")


class EventMessage(Part):
    """One event. Its id is in the header `webhook-id`, the same in every try."""

    type: EventKind
    timestamp: datetime = Field(description="When it happened.")
    data: EventData
