"""Lever, as its developer pages describe webhooks, opportunities and notes.

A webhook is signed over its token and time, and sent up to five times until it is answered 2xx.
"""

import hashlib
import hmac
from typing import Any

from fastapi.testclient import TestClient
from tests.fakes.webhook_stand_in import Answer, Asked, StandIn

KEY, SIGNATURE_TOKEN = "lever-api-key", "lever-signature-token"
TRIES = 5
ONE = "250d8f03-738a-4bba-a671-8a3d73477145"


class Lever(StandIn):
    """One customer of Lever's."""

    def __init__(self, ours: TestClient) -> None:
        super().__init__()
        self.ours = ours
        self.endpoint_id = ""
        self.opportunities: dict[str, dict[str, Any]] = {}
        self.notes: dict[str, list[str]] = {}

    def know(self, *tags: str, **changes: Any) -> None:
        """There is an opportunity with these tags."""
        facts = {"name": "Harry Potter", "emails": ["hpotter@hogwarts.example"], "tags": [*tags]}
        self.opportunities[ONE] = {"id": ONE, **facts, **changes}
        self.notes[ONE] = []

    def change_stage(self, **changes: Any) -> list[int]:
        """Tell of it until it is taken: the statuses that came."""
        statuses: list[int] = []
        while len(statuses) < TRIES and not (statuses and statuses[-1] < 300):
            statuses.append(self.tell(**changes).status_code)
        return statuses

    def tell(self, secret: str = SIGNATURE_TOKEN, **changes: Any) -> Any:
        token, at = "b2c0a1", 1_500_000_000_000
        signed = hmac.new(secret.encode(), f"{token}{at}".encode(), hashlib.sha256).hexdigest()
        hook = {
            "id": "hook-1",
            "event": "candidateStageChange",
            "triggeredAt": at,
            "token": token,
            "signature": signed,
            "data": {"opportunityId": ONE, "candidateId": ONE, "toStageId": "take-home"},
        }
        return self.ours.post(f"/api/v1/lever/{self.endpoint_id}", json=hook | changes)

    def answer(self, asked: Asked) -> Answer:
        if asked.user != KEY:
            return Answer(401, {"code": "Unauthorized"})
        _, where, opportunity_id, *rest = asked.path.split("/")
        found = self.opportunities.get(opportunity_id)
        if where != "opportunities" or found is None:
            return Answer(404, {"code": "ResourceNotFound"})
        if asked.method == "POST" and rest == ["notes"]:
            self.notes[opportunity_id].append(asked.json["value"])
            return Answer(201, {"data": {"id": "note-1"}})
        return Answer(200, {"data": found})
