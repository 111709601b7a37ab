"""Ashby's assessments: Ashby lists, starts and cancels; we tell it how an assessment goes on.

What Ashby sends to partners is known from its guide and from public implementations, not from a
schema of its own: what we do not know is let pass, and what we need is asked for by name.
"""

import json
from typing import Any

from pydantic import BaseModel, Field

from assay.domain.hiring import EventKind
from assay.features.integrations.greenhouse import is_empty
from assay.features.integrations.heard import Heard, Told
from assay.features.integrations.letters import Letter, Occasion
from assay.features.integrations.messages import EventData, ResultPart
from assay.features.integrations.wording import remarks, span

API = "https://api.ashbyhq.com"
ACCEPT = "application/json; version=1"
STATUSES = {EventKind.STARTED: "Started", EventKind.FINISHED: "Being measured"}
CANCELLED = {
    EventKind.EXPIRED: "The invitation was not used in time.",
    EventKind.REVOKED: "The assessment was withdrawn.",
}


class AshbyCandidateIn(Heard):
    """Whom to invite."""

    ashby_id: Told = Field(min_length=1, max_length=80)
    email: Told = Field(max_length=320)
    first_name: Told | None = Field(None, max_length=200)
    last_name: Told | None = Field(None, max_length=200)

    @property
    def name(self) -> str:
        """As one would greet them."""
        return " ".join(f"{self.first_name or ''} {self.last_name or ''}".split())


class AshbyApplicationIn(Heard):
    """Which application of theirs."""

    ashby_id: Told = Field(min_length=1, max_length=80)


class AshbyStartIn(Heard):
    """An order."""

    assessment_type_id: Told = Field(min_length=1, max_length=100)
    candidate: AshbyCandidateIn
    application: AshbyApplicationIn

    @property
    def request_key(self) -> str:
        """What makes two orders the same."""
        return f"{self.assessment_type_id}:{self.application.ashby_id}"


class AshbyCancelIn(Heard):
    """An order that is taken back."""

    assessment_id: Told = Field(min_length=1, max_length=100)


class AshbyTestOut(BaseModel):
    """A position that can be invited to."""

    assessment_type_id: str
    name: str
    description: str


class AshbyTestsOut(BaseModel):
    """All of them."""

    assessments: list[AshbyTestOut]


class AshbyOrderOut(BaseModel):
    """An order that was taken, or had been."""

    assessment_id: str = Field(description="A UUID.")


def write(occasion: Occasion) -> Letter | None:
    """The update about an event; None if Ashby needs no telling."""
    order, data = occasion.order, occasion.message.data
    told = _told(occasion.message.type, data) if data.assessment else None
    if order is None or told is None:
        return None
    stamped = {
        "assessment_id": order.id,
        "timestamp": int(occasion.message.timestamp.timestamp() * 1000),
        **told,
    }
    return Letter("POST", order.answer_url, json.dumps(stamped))


def _told(kind: EventKind, data: EventData) -> dict[str, Any] | None:
    if kind in CANCELLED:
        return _cancelled(CANCELLED[kind])
    if kind is EventKind.FINISHED and data.assessment and is_empty(data.assessment):
        return _cancelled("The assessment ended without a push.")
    if kind is EventKind.JUDGED and data.result:
        return _judged(data, data.result)
    return {"assessment_status": _status(STATUSES[kind])} if kind in STATUSES else None


def _judged(data: EventData, result: ResultPart) -> dict[str, Any]:
    page = _blob("profile_url", "Scorecard", "url", data.url)
    beside = _beside(result)
    told = {"assessment_profile_url": page} | ({"metadata": beside} if beside else {})
    if result.weighted is None:
        return {"assessment_status": _status("Needs attention"), **told}
    score = _blob("score", "Score of 100", "numeric_score", round(result.weighted, 1))
    return {"assessment_status": _status("Complete"), **told, "assessment_result": score}


def _beside(result: ResultPart) -> list[dict[str, Any]]:
    interval, said = span(result), " ".join(remarks(result))
    found = [_blob("interval", "95 % interval", "string", interval)] if interval else []
    return found + ([_blob("remarks", "Remarks", "string", said)] if said else [])


def _cancelled(reason: str) -> dict[str, Any]:
    return {"cancelled_reason": _blob("cancelled_reason", "Why", "string", reason)}


def _status(word: str) -> dict[str, Any]:
    return _blob("status", "Status", "string", word)


def _blob(identifier: str, label: str, kind: str, value: str | float) -> dict[str, Any]:
    return {"identifier": identifier, "label": label, "type": kind, "value": value}
