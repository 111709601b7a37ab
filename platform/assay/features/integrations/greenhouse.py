"""Greenhouse's assessment-partner API: we host it, Greenhouse calls; once done we call back.

The contract is Greenhouse's own documentation. It promises to add properties and never to change
or remove any, so what we do not know is let pass. It knows no repeat of an order and no
signature: an order is known by test and application, and its address is looked at.
"""

import hashlib
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.hiring import EventKind
from assay.domain.lifecycle import AssessmentState
from assay.features.integrations.heard import Heard, Told
from assay.features.integrations.letters import Letter, Occasion
from assay.features.integrations.messages import AssessmentPart, ResultPart
from assay.features.integrations.wording import remarks, span

HOSTS = ("*.greenhouse.io",)
"""Where Greenhouse awaits results."""
COMPLETE = "complete"
"""The one word of `partner_status` that Greenhouse knows; any other means: not yet."""
TEXT_MAX = 2000


class CandidateIn(Heard):
    """Whom to invite."""

    first_name: Told = Field(max_length=200)
    last_name: Told = Field(max_length=200)
    preferred_name: Told | None = Field(None, max_length=200)
    email: Told = Field(max_length=320)
    greenhouse_profile_url: Told = Field(min_length=1, max_length=TEXT_MAX)
    resume_url: str | None = Field(None, max_length=TEXT_MAX)
    phone_number: str | None = Field(None, max_length=200)

    @property
    def name(self) -> str:
        """As one would greet them."""
        return " ".join(f"{self.preferred_name or self.first_name} {self.last_name}".split())


class SendTestIn(Heard):
    """An order."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "partner_test_id": "pos_4k2v9qx0w7tz3m8a",
                    "candidate": {
                        "first_name": "Dana",
                        "last_name": "Diaz",
                        "preferred_name": None,
                        "email": "dana@example.org",
                        "greenhouse_profile_url": "https://app.greenhouse.io/people/1?application_id=2",
                    },
                    "url": "https://app.greenhouse.io/integrations/testing_partners/take_home_tests/1",
                }
            ]
        }
    )

    partner_test_id: Told = Field(min_length=1, max_length=100)
    candidate: CandidateIn
    sent_by: Told | None = Field(None, max_length=320)
    url: Told = Field(min_length=1, max_length=TEXT_MAX)


class ResponseErrorIn(Heard):
    """What was wrong with an answer of ours."""

    api_call: str = Field(max_length=200)
    errors: list[str] = Field(max_length=100)
    partner_test_id: str | None = Field(None, max_length=TEXT_MAX)
    partner_test_name: str | None = Field(None, max_length=TEXT_MAX)
    partner_interview_id: str | None = Field(None, max_length=TEXT_MAX)
    candidate_email: str | None = Field(None, max_length=TEXT_MAX)


class TakeHomeOut(BaseModel):
    """A position that can be invited to."""

    partner_test_id: str
    partner_test_name: str


class InterviewOut(BaseModel):
    """An order that was taken, or had been."""

    partner_interview_id: str


class StatusOut(BaseModel):
    """Where an order stands."""

    partner_status: str = Field(description='"complete" when the result is there.')
    partner_profile_url: str
    partner_score: float | None = Field(
        description="0..100 by the weights of the position; null until the last push is judged."
    )
    metadata: dict[str, str | int | float | bool] = Field(description="For people to read.")


class HeardOut(BaseModel):
    """A report that was taken."""

    status: int = 200


def request_key(order: SendTestIn) -> str:
    """What makes two orders the same: test and application, else test and profile."""
    profile = order.candidate.greenhouse_profile_url
    try:
        named = parse_qs(urlsplit(profile).query).get("application_id", [""])[0]
    except ValueError:
        named = ""
    if not named or len(named) > 60:
        named = "sha256-" + hashlib.sha256(profile.encode()).hexdigest()
    return f"{order.partner_test_id}:{named}"


def status(sitting: AssessmentPart, result: ResultPart | None, url: str) -> StatusOut:
    """Where an order stands. `url`: page of the assessment."""
    facts: dict[str, str | int | float | bool | None] = {
        "Position": sitting.position.title if sitting.position else None,
        "Challenge": f"{sitting.challenge} {sitting.challenge_version}",
        "Pushes": sitting.pushes,
        "Invited At": _moment(sitting.invited_at),
        "Started At": _moment(sitting.started_at),
        "Completed At": _moment(sitting.finished_at),
        "95 % Interval": (span(result) if result else "") or None,
        "Notes": _notes(sitting, result),
    }
    return StatusOut(
        partner_status=_word(sitting, result),
        partner_profile_url=url,
        partner_score=result.weighted if result else None,
        metadata={name: value for name, value in facts.items() if value is not None},
    )


def is_over(sitting: AssessmentPart, result: ResultPart | None) -> bool:
    """Whether nothing more will come: judged with a score, or ended with nothing to judge."""
    if result:
        return result.score is not None
    return is_empty(sitting)


def is_empty(sitting: AssessmentPart) -> bool:
    """Whether it ended without a push."""
    return sitting.state is AssessmentState.FINISHED and not sitting.pushes


def write(occasion: Occasion) -> Letter | None:
    """The call that makes Greenhouse ask for the status: without a body, once nothing is open."""
    data, order = occasion.message.data, occasion.order
    if order is None or data.assessment is None:
        return None
    match occasion.message.type:
        case EventKind.JUDGED:
            is_due = is_over(data.assessment, data.result)
        case EventKind.FINISHED:  # a result, once there is one, has an event of its own
            is_due = is_empty(data.assessment)
        case _:
            is_due = False
    return Letter("PATCH", order.answer_url) if is_due else None


def _word(sitting: AssessmentPart, result: ResultPart | None) -> str:
    if is_over(sitting, result):
        return COMPLETE
    if sitting.state is AssessmentState.FINISHED:
        return "needs_attention" if result else "being_measured"
    return sitting.state.value


def _notes(sitting: AssessmentPart, result: ResultPart | None) -> str | None:
    if is_empty(sitting):
        return "Ended without a push: there is nothing to measure."
    return (" ".join(remarks(result)) or None) if result else None


def _moment(at: datetime | None) -> str | None:
    return f"{at:%d %b %Y, %H:%M} UTC" if at else None
