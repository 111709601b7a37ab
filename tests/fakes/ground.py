"""Alice's company with one of everything, so that every route of the application has a subject."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.fakes.asking import LONG_ENOUGH
from tests.fakes.web import Site

from assay.auth.keys import KeyOrder, create_key
from assay.auth.members import Newcomer, join
from assay.db.artifacts import put_artifact
from assay.db.states import move_evaluation
from assay.db.tables import (
    Assessment,
    Delivery,
    Endpoint,
    Evaluation,
    OutgoingEvent,
    Position,
    Review,
    SavedView,
    ShareLink,
)
from assay.domain.hiring import EndpointKind, EventKind, ReleasePolicy
from assay.domain.lifecycle import EvaluationState
from assay.domain.permissions import Role
from assay.features.scorecards.changes import Work
from assay.features.scorecards.likenesses import PRINTS_FILE, prints_in, prints_json
from assay.features.scorecards.studies import NOTHING
from assay.kit.ids import new_id, new_token, sha256_of

STATES: Mapping[str, str] = {
    r"/candidate/letter$": "lettered",
    r"/candidate/start$": "invited",
    r"/candidate/": "practised",
    r"/(extend|revoke|remind)$": "practised",
    r"/cancel$": "waiting",
    r"/retry$": "faulted",
    r"/(adopt|comparison)$": "regraded",
    r"/review(/names)?$": "sealed",
}
"""End of a path -> where the sitting stands for it; the first that fits, else "reviewed": the
sealed result stands, and nobody has to be blind any more."""

TYPED: Mapping[str, Any] = {
    "challenge": "credit-scoring",
    "email": "erin@example.com",
    "candidate_email": "erin@example.com",
    "name": "Erin",
    "title": "Engineer",
    "people": "Erin, erin@example.com",
    "hours": 1,
    "days": 7,
    "sure": "on",
    "reason": LONG_ENOUGH,
    "verdict": "advance",
    "confirmed": "on",
    "criterion": "latency_p95",
    "share": "25",
    "fraction": 0.25,
    "subject": "What was measured",
    "release": ReleasePolicy.BY_HAND.value,
    "kind": EndpointKind.SIGNED.value,
    "url": "https://hooks.example.com/assay",
    "password": "x",
}
"""Name of a field -> what is typed there."""
TYPED_HERE: Mapping[str, Mapping[str, Any]] = {
    r"/review$": {
        "score-design": "3", "score-documentation": "3", "score-trade_offs": "3",
        "score-readiness": "3", "summary": "Fine.",
    },
    r"/groups$": {"text": "mail,dimension,value\ndana@example.com,gender,woman\n"},
    r"/letter(/send)?$": {"text": f"Dear Dana,\n\n{LONG_ENOUGH}.\n"},
}  # fmt: skip
"""End of a path -> fields that only this form has, or that mean something else in it."""

CHANGEABLE = ("{assessment_id}", "{evaluation_id}", "{position_id}", "/candidate")
"""In a path: what is done there may change a sitting."""


@dataclass
class Ground:
    """Makes subjects for requests.

    Attributes:
        kept: State -> assessment, evaluation and position of one that nobody changes.
    """

    site: Site
    kept: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def subject(self, path: str, *, anew: bool = True) -> dict[str, Any]:
        """What a request to this path can name, and what it can send.

        `anew`: in a state that nobody has changed. Else one may be taken that only was looked at.
        """
        state = next((s for ending, s in STATES.items() if re.search(ending, path)), "reviewed")
        anew = anew and any(word in path for word in CHANGEABLE)
        if not anew and state not in self.kept:
            self.kept[state] = self._sitting(state)
        sitting = self._sitting(state) if anew else self.kept[state]
        assessment_id, evaluation_id, position_id = sitting
        here = next((typed for end, typed in TYPED_HERE.items() if re.search(end, path)), {})
        ids = [assessment_id]
        return {
            **TYPED,
            **here,
            "assessment_id": assessment_id,
            "evaluation_id": evaluation_id,
            "position_id": position_id,
            "challenge_id": "credit-scoring",
            "name": "latency-over-time" if "/plots/" in path else "report.html",
            "key_id": "key_" + "0" * 16,
            "token": "asx_" + "0" * 40,
            "ids": ids,
            "assessment_ids": ids,
            "typed_here": here,
            **self._belongings(path, *sitting),
        }

    def _sitting(self, state: str) -> tuple[str, str, str]:
        """An assessment, the evaluation it is about, and the position it is of."""
        site, position_id = self.site, self.position()
        if state == "invited":
            assessment_id = site.house.invite().assessment_id
            self._seat(assessment_id, position_id)
            return assessment_id, "evl_" + "0" * 16, position_id
        assessment_id = site.house.started()
        self._seat(assessment_id, position_id)
        evaluation_id = site.pushed(assessment_id)
        match state:
            case "practised":
                site.judge(evaluation_id)
            case "faulted":
                self._fail(evaluation_id)
            case "regraded":
                evaluation_id = site.regraded(assessment_id)
            case "sealed" | "reviewed" | "lettered":
                evaluation_id = site.sealed(assessment_id)
                site.judge(evaluation_id)
        if state == "reviewed":
            self._reviews(assessment_id)
        if state == "lettered":
            self._write_to(assessment_id)
        return assessment_id, evaluation_id, position_id

    def _write_to(self, assessment_id: str) -> None:
        """Alice has sent the letter."""
        alice, letter = self.site.of(self.site.house.cast.alice), TYPED_HERE[r"/letter(/send)?$"]
        path = f"/hiring/assessments/{assessment_id}/letter/send"
        assert alice.post(path, data={"subject": "What was measured", **letter}).status_code == 303

    def _studied(self, evaluation_id: str) -> str:
        """The submission of an evaluation, with fingerprints to compare it by."""
        prints = prints_json(prints_in(Work(NOTHING, {}, {})))
        with self.site.house.write() as session:
            submission_id = session.get_one(Evaluation, evaluation_id).submission_id
            put_artifact(session, submission_id, PRINTS_FILE, prints, self.site.house.time)
        return submission_id

    def _seat(self, assessment_id: str, position_id: str) -> None:
        with self.site.house.write() as session:
            row = session.get_one(Assessment, assessment_id)
            row.position_id, row.number = position_id, 1

    def _fail(self, evaluation_id: str) -> None:
        self.site.begin(evaluation_id)
        was, then = EvaluationState.RUNNING, EvaluationState.PLATFORM_FAULT
        with self.site.house.write() as session:
            move_evaluation(session, evaluation_id, was=was, then=then)

    def _reviews(self, assessment_id: str) -> None:
        """Alice and Bob have both handed in."""
        cast, now = self.site.house.cast, self.site.house.time
        for one in (cast.alice, cast.bob):
            self._add(
                Review(
                    id=new_id("rev"),
                    assessment_id=assessment_id,
                    user_id=one.user_id,
                    summary="Fine",
                    created_at=now,
                    handed_in_at=now,
                )
            )

    def position(self) -> str:
        """Id of a new one of Alice's company."""
        position_id = new_id("pos")
        self._add(
            Position(
                id=position_id,
                organisation_id=self.site.house.cast.organisation_id,
                title="Engineer",
                challenge="credit-scoring",
                release=ReleasePolicy.BY_HAND,
                created_at=self.site.house.time,
            )
        )
        return position_id

    def _belongings(
        self, path: str, assessment_id: str, evaluation_id: str, position_id: str
    ) -> dict[str, Any]:
        """What this path names besides, made for it."""
        found: dict[str, Any] = {}
        if "{view_id}" in path:
            found["view_id"] = self._view(position_id)
        if path.startswith("/hiring/team"):
            found |= self._team()
        if "{link_id}" in path or path.startswith("/shared"):
            found["link_id"], found["token"] = self._link(assessment_id)
        if "{endpoint_id}" in path or "{delivery_id}" in path:
            found["endpoint_id"], found["delivery_id"] = self._endpoint(assessment_id)
        if "{submission_id}" in path:
            found["submission_id"] = self._studied(evaluation_id)
        if path.endswith("/compare"):
            beside, _, _ = self._sitting("reviewed")
            self._seat(beside, position_id)
            found["ids"] = [assessment_id, beside]
        return found

    def _team(self) -> dict[str, str]:
        """Somebody new on Alice's team, a key of her company, and the address of nobody yet."""
        house = self.site.house
        ours, alice = house.cast.organisation_id, house.cast.alice
        order = KeyOrder(ours, "tests", Role.VIEWER, created_by=alice.user_id)
        wish = Newcomer(f"{new_id('usr')}@example.com", "Eve", Role.REVIEWER)
        with house.write() as session:
            return {
                "user_id": join(session, ours, wish, house.time).id,
                "key_id": create_key(session, order, house.time).id,
                "email": f"{new_id('usr')}@example.com",
            }

    def _view(self, position_id: str) -> str:
        house = self.site.house
        return self._add(
            SavedView(
                id=new_id("vew"),
                user_id=house.cast.alice.user_id,
                position_id=position_id,
                name="Mine",
                query="",
                created_at=house.time,
            )
        )

    def _link(self, assessment_id: str) -> tuple[str, str]:
        """Id of a link to the scorecard, and the token that opens it."""
        house, token = self.site.house, new_token("shr")
        link = ShareLink(
            id=new_id("shl"),
            assessment_id=assessment_id,
            token_sha256=sha256_of(token),
            anonymous=False,
            created_by=house.cast.alice.user_id,
            created_at=house.time,
            expires_at=house.time + timedelta(days=7),
        )
        return self._add(link), token

    def _endpoint(self, assessment_id: str) -> tuple[str, str]:
        """Ids of one, and of something on its way there."""
        house = self.site.house
        endpoint = Endpoint(
            id=new_id("end"),
            organisation_id=house.cast.organisation_id,
            kind=EndpointKind.SIGNED,
            name="Ours",
            url="https://hooks.example.com/assay",
            secret="whsec_" + "A" * 32,
            created_at=house.time,
        )
        event = OutgoingEvent(
            organisation_id=house.cast.organisation_id,
            assessment_id=assessment_id,
            kind=EventKind.JUDGED,
            at=house.time,
        )
        with house.write() as session:
            session.add_all([endpoint, event])
            session.flush()
            assert event.id
        delivery = Delivery(
            id=new_id("dlv"),
            endpoint_id=endpoint.id,
            event_id=event.id,
            assessment_id=assessment_id,
            url=endpoint.url,
            created_at=house.time,
        )
        return endpoint.id, self._add(delivery)

    def _add(self, row: Any) -> str:
        """Store a row; its id."""
        with self.site.house.write() as session:
            session.add(row)
        made: str = row.id
        return made
