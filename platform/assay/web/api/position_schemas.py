"""What the API takes and gives of positions and their candidates."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from assay.auth.accounts import normal_email
from assay.domain.hiring import ReleasePolicy, Stage, Verdict
from assay.features.assessments.orders import VALID_DAYS, VALID_DAYS_MAX
from assay.features.positions.people import ROWS_MAX, Person
from assay.features.positions.service import BOX_H_MAX, BOX_H_MIN, KEEP_DAYS_MAX, Terms
from assay.web.api.schemas import Email, Given, Id, Name, OneLine, Reason, Slug, Taken
from assay.web.pipelines import TICKED_MAX

EXAMPLE = "pos_4k2v9qx0w7tz3m8a"

Factor = Annotated[float, Field(gt=0, le=10, strict=True)]
Ids = Annotated[list[Id], Field(min_length=1, max_length=TICKED_MAX)]


class TermsIn(BaseModel):
    """What a position says; shared by opening and changing it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Name = Field(examples=["ML engineer, Berlin"])
    weights: dict[Annotated[str, Field(max_length=60)], Factor] = Field(
        default_factory=dict,
        max_length=50,
        description="Area -> factor on its points, within the challenge's limits; others have 1.",
    )
    time_box_h: float | None = Field(
        None, ge=BOX_H_MIN, le=BOX_H_MAX, strict=True, description="Null: the challenge's own."
    )
    release: ReleasePolicy = ReleasePolicy.BY_HAND
    keep_days: int | None = Field(
        None, ge=1, le=KEEP_DAYS_MAX, strict=True, description="Null: until somebody deletes it."
    )

    def terms(self) -> Terms:
        """The same, as the service takes them."""
        return Terms(
            title=self.title,
            factors=self.weights,
            time_box_h=self.time_box_h,
            release=self.release,
            keep_days=self.keep_days,
        )


class PositionIn(TermsIn):
    """A position to open."""

    challenge: Slug = Field(examples=["credit-scoring"])


class PositionOut(Taken):
    """A position."""

    id: str = Field(examples=[EXAMPLE])
    title: str
    challenge: str
    weights: dict[str, float] = Field(description="Area -> factor, where it is not 1.")
    time_box_s: int | None
    release: ReleasePolicy
    keep_days: int | None
    created_at: datetime
    closed_at: datetime | None
    stages: dict[Stage, int] = Field(description="Stage -> how many candidates are there.")


class PositionsOut(Taken):
    """The positions of an organisation, the open ones first."""

    positions: list[PositionOut]


class PersonIn(Given):
    """Somebody to invite."""

    email: Email
    name: OneLine = ""


class PeopleIn(Given):
    """Whom to invite, all or nobody: a list with a mistake in it invites nobody."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"candidates": [{"email": "dana@example.org", "name": "Dana"}]}]
        }
    )

    candidates: list[PersonIn] = Field(min_length=1, max_length=ROWS_MAX)
    valid_days: int = Field(VALID_DAYS, ge=1, le=VALID_DAYS_MAX, strict=True)

    def persons(self) -> list[Person]:
        """The same, as lists are read: every address as it is stored.

        Raises:
            BadInput: one of them is no address.
        """
        return [
            Person(line, normal_email(one.email), one.name)
            for line, one in enumerate(self.candidates, 1)
        ]


class InviteeOut(Taken):
    """Who was invited. The address is told this once."""

    email: str
    assessment_id: str
    invitation_url: str


class InviteesOut(Taken):
    """What became of the list."""

    invited: list[InviteeOut]
    known: list[str] = Field(description="Invited to the position before: nothing was sent.")


class ReviewerOut(Taken):
    """Who reviews a candidate."""

    user_id: str
    name: str
    handed_in_at: datetime | None


class CandidateOut(Taken):
    """A candidate in a pipeline."""

    assessment_id: str
    number: int = Field(description="Among those of the position, from 1.")
    name: str = Field(description="Empty while whoever asks must not know it.")
    email: str
    stage: Stage
    complete: bool | None = Field(description="Everything was measured; null without a result.")
    score: float | None = Field(
        description="0..100, the challenge's own; null without a result, and if a gate was not "
        "measured."
    )
    weighted: float | None = Field(description="The same by the weights of the position.")
    interval: tuple[float, float] | None = Field(description="95 % interval of `weighted`.")
    weighted_with_overrides: float | None = Field(
        description="The same as `weighted`, with what people decided instead of single lines; "
        "null if they did not, and while whoever asks must not know it."
    )
    percentile: float | None = Field(
        description="Of `score` among the other complete results of the organisation under the "
        "same version, those equal counted by half; null if they are fewer than six."
    )
    percentile_of: int = Field(description="How many others these are.")
    flags: int | None
    reviewers: list[ReviewerOut]
    decision: Verdict | None = Field(
        description="Null also while whoever asks must not know it: then `stage` says `decided`."
    )
    pushes: int
    invited_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    released_at: datetime | None
    last_activity_at: datetime


class CandidatesOut(Taken):
    """A page of candidates."""

    candidates: list[CandidateOut]
    after: str = Field(description='Send it as `after` for the next page; "" at the end.')


class TickedIn(Given):
    """To whom it is done."""

    assessment_ids: Ids


class ExtendManyIn(TickedIn):
    """Whom to give how much more time, and why."""

    hours: float = Field(ge=0.1, le=2160, strict=True)
    reason: Reason


class RevokeManyIn(TickedIn):
    """Whose invitation or sitting is withdrawn, and why."""

    reason: Reason


class RefusedOut(Taken):
    """To whom it could not be done, and why."""

    assessment_id: str
    why: str


class DoneOut(Taken):
    """What became of each."""

    done: list[str]
    refused: list[RefusedOut]
