"""What the API takes and gives. No table is a schema: a column can change without a client."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.domain.permissions import Role
from assay.features.assessments.orders import VALID_DAYS, VALID_DAYS_MAX
from assay.web.dependencies import ID_PATTERN

EXAMPLE_ID = "asm_4k2v9qx0w7tz3m8a"
SLUG = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
ONE_LINE = r"^[^\x00-\x1f\x7f-\x9f]*$"
"""No control characters: what is one line is one line."""

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Slug = Annotated[str, StringConstraints(pattern=SLUG, max_length=60)]
OneLine = Annotated[str, StringConstraints(pattern=ONE_LINE, max_length=200)]
Email = Annotated[
    str,
    StringConstraints(pattern=r"^[^\s@,;<>\"\x00-\x1f]+@[^\s@,;<>\"\x00-\x1f]+$", max_length=320),
]
Name = Annotated[
    str, StringConstraints(pattern=r"^[^\x00-\x20\x7f-\xa0][^\x00-\x1f\x7f-\x9f]*$", max_length=200)
]
Reason = Annotated[str, StringConstraints(pattern=ONE_LINE, min_length=1, max_length=2000)]


class Given(BaseModel):
    """Base of what is sent: unknown fields are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Taken(BaseModel):
    """Base of what is answered."""

    model_config = ConfigDict(frozen=True)


class Trouble(Taken):
    """What went wrong."""

    code: str = Field(description="A word for programs.", examples=["not_found"])
    message: str = Field(description="What was wrong and what to do, for people.")
    problems: list[str] = Field(description="Each single thing wrong, where there are several.")


class Refusal(Taken):
    """The answer to what cannot be done."""

    error: Trouble


class ChallengeOut(Taken):
    """A challenge that can be invited to."""

    slug: str = Field(examples=["credit-scoring"])
    version: str = Field(examples=["1.0.0"])
    title: str
    expected_hours: float = Field(description="Honest estimate of focused work.")
    time_box_s: int = Field(description="From Start to the deadline.")
    practice_runs: int
    variants: int = Field(description="How many different starters there are.")
    published: bool = Field(description="Whether it was proven to be fair, as it is now.")


class InviteIn(Given):
    """Whom to invite to what."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "challenge": "credit-scoring",
                    "candidate_email": "dana@example.org",
                    "candidate_name": "Dana",
                }
            ]
        }
    )

    challenge: Slug
    candidate_email: Email
    candidate_name: OneLine = ""
    variant: int | None = Field(None, ge=0, le=10**6, strict=True, description="Null draws one.")
    valid_days: int = Field(
        VALID_DAYS, ge=1, le=VALID_DAYS_MAX, strict=True, description="How long it can be accepted."
    )


class InvitedOut(Taken):
    """The invitation. The address is told this once."""

    assessment_id: str = Field(examples=[EXAMPLE_ID])
    invitation_url: str = Field(description="Lets in whoever has it. Mailed to the candidate.")


class AssessmentOut(Taken):
    """One candidate's sitting of one challenge."""

    id: str = Field(examples=[EXAMPLE_ID])
    challenge: str
    challenge_version: str
    variant: int
    candidate_name: str = Field(description='"" as long as who asks has to review it blindly.')
    candidate_email: str = Field(description="The same.")
    state: AssessmentState
    practice_runs_max: int
    invited_at: datetime
    invitation_ends_at: datetime
    started_at: datetime | None
    deadline_at: datetime | None
    finished_at: datetime | None
    released_at: datetime | None
    deletion_asked_at: datetime | None
    pushes: int
    sealed_state: EvaluationState | None = Field(
        description="Of the evaluation that counts; null before the end."
    )
    score: float | None = Field(description="0..100 of the evaluation that counts.")


class AssessmentsOut(Taken):
    """A page of assessments, the newest first."""

    assessments: list[AssessmentOut]
    after: str = Field(description='Send it as `after` for the next page; "" at the end.')


class EvaluationOut(Taken):
    """One run of the harness on one push."""

    id: str = Field(examples=["evl_4k2v9qx0w7tz3m8a"])
    lane: Lane
    state: EvaluationState
    stage: str = Field(description='The running one; "" if none runs.')
    position: int | None = Field(description="In the queue, 1 is next.")
    attempt: int
    score: float | None
    complete: bool = Field(description="Every line was measured.")
    message: str
    challenge_version: str | None = Field(description="Of a regrade; null: that of the assessment.")
    adopted_at: datetime | None = Field(
        description="When a person let it count. Of several, the last one counts."
    )
    judged_from: str | None = Field(
        description="Of a regrade for which nothing was measured: whose evidence it judges."
    )
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    files: list[str] = Field(description="What it left; see `getEvaluationFile`.")


class SubmissionOut(Taken):
    """One push with its evaluations."""

    id: str
    number: int
    commit_sha: str
    subject: str
    pushed_at: datetime
    evaluations: list[EvaluationOut]


class SubmissionsOut(Taken):
    """The pushes of an assessment, the newest first; at most the last 200."""

    submissions: list[SubmissionOut]


class EventOut(Taken):
    """One thing an evaluation told."""

    id: int
    attempt: int
    at: datetime
    stage: str
    state: str = Field(description="`start`, `step`, `log` or `end`.")
    detail: str
    done: int
    total: int


class EventsOut(Taken):
    """What happened since."""

    events: list[EventOut]
    after: int = Field(description="Send it as `after` for what comes next.")
    ended: bool


class ExtendIn(Given):
    """How much more time, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"hours": 24, "reason": "the power was out"}]}
    )

    hours: float = Field(ge=0.1, le=2160, strict=True)
    reason: Reason


class RevokeIn(Given):
    """Why it is withdrawn."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "the position is filled"}]}
    )

    reason: Reason


class AdoptIn(Given):
    """Why this result shall count."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "the old contract test was wrong"}]}
    )

    reason: Reason


class KeyIn(Given):
    """A key to make."""

    name: Name = Field(description="What uses it, to know it by.", examples=["nightly export"])
    role: Role = Role.REVIEWER


class NewKeyOut(Taken):
    """A key that was made. The token is told this once."""

    id: str
    token: str


class KeyOut(Taken):
    """A key."""

    id: str
    name: str
    role: Role
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class KeysOut(Taken):
    """The keys of an organisation, the newest first."""

    keys: list[KeyOut]
