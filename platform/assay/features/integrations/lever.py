"""Lever: its webhook says that an opportunity changed stage, we invite, and leave notes.

Lever has no contract for assessments. A tag of the opportunity names the position: "assay:" and
its id. An opportunity without such a tag is none of our business.
"""

import hashlib
import hmac
import json
import re

from pydantic import BaseModel, Field, ValidationError

from assay.db.tables import Endpoint
from assay.domain.errors import PlatformFault
from assay.domain.hiring import EventKind
from assay.features.integrations.greenhouse import is_empty
from assay.features.integrations.heard import Heard, Told
from assay.features.integrations.keys import basic, inward_key, outward_key
from assay.features.integrations.letters import Letter, Occasion
from assay.features.integrations.messages import EventData, ResultPart
from assay.features.integrations.ports import Courier, Parcel, Unreachable
from assay.features.integrations.wording import remarks, span

API = "https://api.lever.co/v1"
STAGE_CHANGED = "candidateStageChange"
TAG = re.compile(r"assay:(pos_[0-9a-z]{16})", re.IGNORECASE)
OPPORTUNITY = r"^[0-9A-Za-z-]{1,64}$"
AGAIN = "Lever sends what was refused once more"


class LeverChangeIn(Heard):
    """Whose stage changed."""

    opportunityId: str = Field(pattern=OPPORTUNITY)


class LeverHookIn(Heard):
    """What Lever's webhook says. The signature covers token and time, not the rest."""

    event: str = Field(max_length=100)
    triggeredAt: int = Field(ge=0, lt=2**53, strict=True)
    token: str = Field(max_length=200)
    signature: str = Field(max_length=200)
    data: LeverChangeIn


class LeverHeardOut(BaseModel):
    """What came of it."""

    invited: bool = Field(description="False: the event asks for nothing, or it was asked before.")


class Opportunity(Heard):
    """A candidate, for one opening."""

    id: str = Field(pattern=OPPORTUNITY)
    name: Told = Field("", max_length=200)
    emails: list[Told] = Field(default_factory=list, max_length=50)
    tags: list[str] = Field(default_factory=list, max_length=500)

    @property
    def position_id(self) -> str:
        """The position that a tag names; "" if none does."""
        found = (TAG.fullmatch(tag.strip()) for tag in self.tags)
        return next((match.group(1).lower() for match in found if match), "")


class _Envelope(Heard):
    data: Opportunity


def is_genuine(endpoint: Endpoint, hook: LeverHookIn) -> bool:
    """Whether Lever sent it."""
    signed = f"{hook.token}{hook.triggeredAt}".encode()
    own = hmac.new(inward_key(endpoint).encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(own.encode(), hook.signature.lower().encode())


def opportunity(courier: Courier, endpoint: Endpoint, opportunity_id: str) -> Opportunity:
    """Ask Lever who it is about.

    Raises:
        PlatformFault: Lever does not say. Answered so, Lever tells us again later.
    """
    headers = {"authorization": basic(outward_key(endpoint))}
    url = f"{endpoint.url}/opportunities/{opportunity_id}"
    try:
        reply = courier.send(Parcel("GET", url, headers=headers))
    except Unreachable as error:
        raise PlatformFault(f"Lever could not be asked: {error}", remedy=AGAIN) from error
    if not reply.is_taken:
        raise PlatformFault(f"Lever answered {reply.status} to our question", remedy=AGAIN)
    try:
        return _Envelope.model_validate_json(reply.body).data
    except ValidationError as error:
        raise PlatformFault("Lever's answer cannot be read", remedy=AGAIN) from error


def notes_url(endpoint: Endpoint, opportunity_id: str) -> str:
    """Where notes about an opportunity go."""
    return f"{endpoint.url}/opportunities/{opportunity_id}/notes"


def write(occasion: Occasion) -> Letter | None:
    """A note about an event; None if it is not worth one."""
    order = occasion.order
    note = _note(occasion.message.type, occasion.message.data)
    if order is None or not note:
        return None
    return Letter("POST", order.answer_url, json.dumps({"value": note}))


def _note(kind: EventKind, data: EventData) -> str:
    sitting, result = data.assessment, data.result
    if sitting is None:
        return ""
    match kind:
        case EventKind.JUDGED if result:
            return f"Assay: {_result(result)} {data.url}"
        case EventKind.FINISHED if is_empty(sitting):
            return f"Assay: the assessment ended without a push. {data.url}"
        case EventKind.STARTED:
            return f"Assay: the candidate has started. {data.url}"
        case EventKind.EXPIRED:
            return f"Assay: the invitation was not used in time. {data.url}"
        case EventKind.REVOKED:
            return f"Assay: the assessment was withdrawn. {data.url}"
        case _:
            return ""


def _result(result: ResultPart) -> str:
    """The score with its interval, and what has to be said beside it."""
    said = remarks(result)
    if result.weighted is not None:
        interval = span(result)
        beside = f" (95 % interval {interval})" if interval else ""
        said = [f"{result.weighted:.1f} of 100{beside}.", *said]
    return " ".join(said)
