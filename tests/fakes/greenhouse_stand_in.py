"""Greenhouse, as its documentation of the assessment-partner API describes it.

It calls our four addresses with the key of the organisation, looks whether our answers are as
documented, and reports what is not by `response_error`. It awaits results at the address it gave
with an order, and asks for the status when it is called there.
"""

import base64
from dataclasses import dataclass
from typing import Any

from fastapi.testclient import TestClient
from tests.fakes.webhook_stand_in import Answer, Asked, StandIn

BASE = "/api/v1/greenhouse"
TESTS = "/integrations/testing_partners/take_home_tests"


@dataclass
class TakeHome:
    """A test that was sent to a candidate."""

    number: int
    interview_id: str = ""
    status: Any = None


class Greenhouse(StandIn):
    """One customer of Greenhouse's. `key`: what our organisation gave them."""

    def __init__(self, ours: TestClient, key: str) -> None:
        super().__init__()
        self.ours, self.key = ours, key
        self.sent: dict[int, TakeHome] = {}
        self.complaints: list[str] = []

    # --------------------------------------------------------------------- what it asks us for

    def list_tests(self) -> Any:
        answer = self._get("list_tests")
        if answer.status_code == 200:
            wrong = [
                f"test {number}: {name} is no string"
                for number, test in enumerate(answer.json())
                for name in ("partner_test_id", "partner_test_name")
                if not isinstance(test.get(name), str)
            ]
            self._complain("list_tests", wrong)
        return answer

    def send_test(self, test_id: str, application: int = 26234709, **changes: Any) -> Any:
        number = len(self.sent) + 1
        home = self.sent[number] = TakeHome(number)
        answer = self.ours.post(
            f"{BASE}/send_test",
            json=self.order(test_id, number, application) | changes,
            headers=self.headers(),
        )
        if answer.status_code == 200:
            home.interview_id = answer.json()["partner_interview_id"]
        return answer

    def test_status(self, interview_id: str) -> Any:
        answer = self._get("test_status", partner_interview_id=interview_id)
        if answer.status_code == 200:
            self._complain("test_status", wrong_in_status(answer.json()))
        return answer

    def order(self, test_id: str, number: int = 1, application: int = 26234709) -> dict[str, Any]:
        profile = f"https://app.greenhouse.io/people/17681532?application_id={application}"
        return {
            "partner_test_id": test_id,
            "candidate": {
                "first_name": "Harry",
                "last_name": "Potter",
                "preferred_name": None,
                "resume_url": "https://files.example.com/resume",
                "phone_number": "123-456-7890",
                "email": "hpotter@hogwarts.example",
                "greenhouse_profile_url": profile,
            },
            "sent_by": "bob@example.com",
            "url": f"{self.url}{TESTS}/{number}",
            "something_new": {"that": "came later"},
        }

    def headers(self, key: str | None = None) -> dict[str, str]:
        encoded = base64.b64encode(f"{self.key if key is None else key}:".encode()).decode()
        return {"authorization": f"Basic {encoded}"}

    # ------------------------------------------------------------------- what it is called for

    def answer(self, asked: Asked) -> Answer:
        if asked.user != self.key:
            return Answer(401, {"error": "this key is not known"})
        number = asked.path.rpartition("/")[2]
        home = self.sent.get(int(number)) if number.isdigit() else None
        if asked.method != "PATCH" or home is None:
            return Answer(404, {"error": "there is no such test"})
        home.status = self.test_status(home.interview_id).json()
        return Answer(200)

    def _get(self, call: str, **query: str) -> Any:
        return self.ours.get(f"{BASE}/{call}", params=query, headers=self.headers())

    def _complain(self, call: str, wrong: list[str]) -> None:
        if wrong:
            self.complaints += wrong
            report = {"api_call": call, "errors": wrong}
            self.ours.post(f"{BASE}/response_error", json=report, headers=self.headers())


def wrong_in_status(status: Any) -> list[str]:
    """What of the documented form is missing."""
    wrong = []
    if not isinstance(status.get("partner_status"), str):
        wrong.append("partner_status is no string")
    if status.get("partner_status") == "complete" and not status.get("partner_profile_url"):
        wrong.append("partner_status is 'complete' but partner_profile_url is missing")
    if not isinstance(status.get("partner_score"), int | float | None):
        wrong.append("partner_score is no number")
    flat = (status.get("metadata") or {}).values()
    if not all(isinstance(value, str | int | float | bool | None) for value in flat):
        wrong.append("metadata is not flat")
    return wrong
