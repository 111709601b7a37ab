"""A house with its web application, and browsers that are already signed in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session, select
from tests.fakes.evidence import make_evidence, make_poor_evidence
from tests.fakes.sittings import PUBLIC_URL, House, a_house

from assay.auth.keys import KeyOrder, create_key
from assay.auth.limits import RateLimits
from assay.auth.oidc import OidcClient
from assay.auth.principal import Member
from assay.auth.sessions import admit, sign_in
from assay.bootstrap.judging import judge_evidence
from assay.db.artifacts import put_artifact
from assay.db.standing import renew
from assay.db.states import move_evaluation
from assay.db.tables import Evaluation, EvaluationEvent, EvaluationStage
from assay.domain.evidence import EVIDENCE_FILE, Evidence
from assay.domain.lifecycle import EvaluationState, Lane
from assay.domain.permissions import Role
from assay.evaluation.plan import stages_of
from assay.features.challenges.regrade import Edition, Wish, regrade
from assay.features.submissions.evaluator import Judgement
from assay.toolkit.package import ChallengePackage
from assay.web.app import create_app
from assay.web.platform import Check, Platform

SIGNS = "of this test, and long enough for it"
BRIEF = """# Credit scoring: take it to production

## The story

A bank lends money. <script>alert(1)</script>

| what | limit |
|---|--:|
| memory | 1024 MiB |

### Limits

See [the contract](https://example.org/contract).

## The story

Again.
"""


@cache
def judged(evidence: str) -> Judgement:
    """What the evidence is worth. The same for the same, and drawing its charts takes time."""
    return judge_evidence(evidence.encode())


def words(html: str) -> str:
    """What a reader sees of the main part of a page, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.partition("<main")[2])).split())


@dataclass
class Site:
    """An installation with pages."""

    house: House
    app: FastAPI
    platform: Platform

    def browser(self) -> TestClient:
        """Of nobody yet. Follows no redirect."""
        return TestClient(self.app, base_url=PUBLIC_URL, follow_redirects=False)

    def of(self, member: Member) -> TestClient:
        """A browser in which a member is signed in."""
        with self.house.write() as session:
            token = sign_in(session, member.user_id, self.house.time)
        return self._with("team", token)

    def of_candidate(self, assessment_id: str) -> TestClient:
        """A browser that has opened the invitation."""
        with self.house.write() as session:
            token = admit(session, assessment_id, self.house.time)
        return self._with("candidate", token)

    def key(self, role: Role = Role.OWNER) -> str:
        """An API key of Alice's company."""
        cast = self.house.cast
        order = KeyOrder(cast.organisation_id, "tests", role, created_by=cast.alice.user_id)
        with self.house.write() as session:
            return create_key(session, order, self.house.time).token

    def calls(self, role: Role = Role.OWNER) -> TestClient:
        """A program with a key."""
        client = self.browser()
        client.headers["authorization"] = f"Bearer {self.key(role)}"
        return client

    def pushed(self, assessment_id: str, commit: str = "") -> str:
        """A push; returns the id of its practice evaluation."""
        recorded = self.house.push(assessment_id, commit)
        assert recorded.evaluation_id
        return recorded.evaluation_id

    def begin(self, evaluation_id: str, stage: str = "build") -> None:
        """A worker has taken it, and is in this stage; those before are done."""
        with self.house.write() as session:
            was, then = EvaluationState.QUEUED, EvaluationState.RUNNING
            row = move_evaluation(session, evaluation_id, was=was, then=then)
            row.attempt, row.stage, row.started_at = 1, stage, self.house.time
            plan = stages_of(self.house.package.challenge)
            for name in plan[: plan.index(stage)]:  # type: ignore[arg-type]
                self._stage(session, evaluation_id, name)
            self._tell(session, evaluation_id, stage, "start")

    def tell(
        self, evaluation_id: str, detail: str, stage: str = "build", state: str = "log"
    ) -> int:
        """The evaluation says something; returns the id of the event."""
        with self.house.write() as session:
            return self._tell(session, evaluation_id, stage, state, detail)

    def judge(self, evaluation_id: str, evidence: Evidence | None = None) -> None:
        """It ends, with what this evidence is worth."""
        facts = evidence or make_evidence()
        judgement = judged(facts.model_dump_json())
        with self.house.write() as session:
            if session.get_one(Evaluation, evaluation_id).state is EvaluationState.QUEUED:
                move_evaluation(
                    session, evaluation_id, was=EvaluationState.QUEUED, then=EvaluationState.RUNNING
                )
            row = move_evaluation(
                session, evaluation_id, was=EvaluationState.RUNNING, then=EvaluationState.JUDGED
            )
            row.score, row.complete, row.stage = judgement.score, judgement.complete, ""
            row.attempt, row.message, row.ended_at = 1, judgement.headline, self.house.time
            known = {one.stage for one in self._stages(session, evaluation_id)}
            for name in stages_of(self.house.package.challenge):
                if name not in known:
                    self._stage(session, evaluation_id, name)
            left = {**judgement.files, EVIDENCE_FILE: facts.model_dump_json().encode()}
            for name, content in left.items():
                put_artifact(session, evaluation_id, name, content, self.house.time)
            renew(session, row.assessment_id)

    def offer(self, challenges: Mapping[str, ChallengePackage]) -> None:
        """Offer other challenges from now on."""
        self.platform = replace(self.platform, challenges=challenges)
        self.app.state.platform = self.platform

    def forget_tries(self) -> None:
        """As if nobody had tried anything yet."""
        self.platform = replace(self.platform, limits=RateLimits())
        self.app.state.platform = self.platform

    def tell_less(self, tier: str, protected: Sequence[str] = ()) -> None:
        """The challenge chooses what a practice run tells, and what may not be changed."""
        package = self.house.package
        rules = {"feedback": tier, "protected": protected}
        practice = package.challenge.practice.model_copy(update=rules)
        challenge = package.challenge.model_copy(update={"practice": practice})
        self.offer({challenge.id: replace(package, challenge=challenge)})

    def judge_poor(self, evaluation_id: str) -> None:
        """It ends, and the service was poor."""
        self.judge(evaluation_id, make_poor_evidence())

    def sealed(self, assessment_id: str) -> str:
        """Finish; returns the id of the sealed evaluation."""
        self.house.finish(assessment_id)
        return self.sealed_one(assessment_id)

    def sealed_one(self, assessment_id: str) -> str:
        """The id of the sealed evaluation."""
        with self.house.read() as session:
            rows = self._of(session, assessment_id)
        return next(row.id for row in rows if row.lane is Lane.SEALED)

    def regraded(self, assessment_id: str, evidence: Evidence | None = None) -> str:
        """The sealed evaluation is judged, and so is a regrade of it; returns the id of that."""
        self.judge(self.sealed(assessment_id))
        wish = Wish(Edition(self.house.package.challenge.id, "1.1.0", "d" * 64, "0.2.0"))
        with self.house.write() as session:
            row = regrade(session, self.house.jobs, assessment_id, wish, self.house.time)
        self.judge(row.id, evidence)
        return row.id

    def _with(self, cookie: str, token: str) -> TestClient:
        client = self.browser()
        client.cookies.set(f"__Host-assay_{cookie}", token)
        return client

    def _of(self, session: Session, assessment_id: str) -> list[Evaluation]:
        wanted = select(Evaluation).where(Evaluation.assessment_id == assessment_id)
        return list(session.exec(wanted))

    def _stages(self, session: Session, evaluation_id: str) -> list[EvaluationStage]:
        wanted = select(EvaluationStage).where(EvaluationStage.evaluation_id == evaluation_id)
        return list(session.exec(wanted))

    def _stage(self, session: Session, evaluation_id: str, name: str) -> None:
        session.add(
            EvaluationStage(
                evaluation_id=evaluation_id,
                attempt=1,
                stage=name,
                status="done",
                seconds=3.2,
                ended_at=self.house.time,
            )
        )

    def _tell(
        self, session: Session, evaluation_id: str, stage: str, state: str, detail: str = ""
    ) -> int:
        event = EvaluationEvent(
            evaluation_id=evaluation_id,
            attempt=1,
            at=self.house.time,
            stage=stage,
            state=state,
            detail=detail,
            expected_s=60,
        )
        session.add(event)
        session.flush()
        assert event.id
        return event.id


@dataclass
class Extras:
    """What a site may have beyond the ordinary."""

    oidc: OidcClient | None = None
    checks: Mapping[str, Check] = field(default_factory=dict)
    public_url: str = PUBLIC_URL
    allow_unproven: bool = True


def a_site(directory: Path, extras: Extras | None = None, **of_house: Any) -> Site:
    """One with pages. Dispose of its database at the end."""
    wanted = extras or Extras()
    (directory / "BRIEF.md").write_text(BRIEF)
    house = a_house(directory, **of_house)
    platform = Platform(
        database=house.database,
        challenges=house.challenges,
        repositories=house.repositories,
        jobs=house.jobs,
        public_url=wanted.public_url,
        secret_key=SIGNS,
        now=house.now,
        oidc=wanted.oidc,
        checks=wanted.checks,
        allow_unproven=wanted.allow_unproven,
    )
    return Site(house, create_app(platform), platform)
