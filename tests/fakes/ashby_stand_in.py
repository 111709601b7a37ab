"""Ashby, as its guide for assessment partners describes it.

It lists, starts and cancels with the key we gave it, and takes updates with the key it gave us:
each of a known assessment, later than the one before, and of the documented form.
"""

import base64
from typing import Any
from uuid import UUID

from fastapi.testclient import TestClient
from tests.fakes.webhook_stand_in import Answer, Asked, StandIn

BASE = "/api/v1/ashby"
KEY = "ashby-api-key"
BLOB = {"identifier", "label", "type", "value"}
TYPES = {"numeric_score", "numeric_duration_minutes", "url", "string", "boolean_success"}


class Ashby(StandIn):
    """One customer of Ashby's. `our_key`: what our organisation gave them."""

    def __init__(self, ours: TestClient, our_key: str) -> None:
        super().__init__()
        self.ours, self.our_key = ours, our_key
        self.updates: dict[str, list[Any]] = {}

    def listed(self) -> Any:
        return self._call("assessment.list", {})

    def start(self, type_id: str, application: str = "app-1", **changes: Any) -> Any:
        order = {
            "assessment_type_id": type_id,
            "candidate": {
                "ashby_id": "can-1",
                "email": "hpotter@hogwarts.example",
                "first_name": "Harry",
                "last_name": "Potter",
            },
            "application": {"ashby_id": application, "status": "Active"},
            "job": {"ashby_id": "job-1", "name": "ML engineer"},
        }
        answer = self._call("assessment.start", order | changes)
        if answer.status_code == 200:
            self.updates.setdefault(str(UUID(answer.json()["assessment_id"])), [])
        return answer

    def cancel(self, assessment_id: str) -> Any:
        return self._call("assessment.cancel", {"assessment_id": assessment_id})

    def answer(self, asked: Asked) -> Answer:
        if asked.path != "/assessment.update" or asked.method != "POST":
            return Answer(404)
        if asked.user != KEY:
            return Answer(401)
        if asked.headers["accept"] != "application/json; version=1":
            return Answer(406)
        update = asked.json
        wrong = self._wrong_in(update)
        if wrong:
            return Answer(422, {"success": False, "errors": wrong})
        self.updates[update["assessment_id"]].append(update)
        return Answer(200, {"success": True})

    def _wrong_in(self, update: Any) -> list[str]:
        known = self.updates.get(update["assessment_id"])
        if known is None:
            return ["assessment not found"]
        wrong = []
        if known and update["timestamp"] <= known[-1]["timestamp"]:
            wrong.append("timestamps must grow")
        if "assessment_status" not in update and "cancelled_reason" not in update:
            wrong.append("assessment_status is required")
        if "assessment_result" in update and "assessment_profile_url" not in update:
            wrong.append("assessment_profile_url is required")
        blobs = [value for value in update.values() if isinstance(value, dict)]
        return wrong + [f"no blob: {one}" for one in blobs if not _is_blob(one)]

    def _call(self, name: str, body: Any) -> Any:
        encoded = base64.b64encode(f"{self.our_key}:".encode()).decode()
        headers = {"authorization": f"Basic {encoded}"}
        return self.ours.post(f"{BASE}/{name}", json=body, headers=headers)


def _is_blob(value: dict[str, Any]) -> bool:
    return set(value) >= BLOB and value["type"] in TYPES
