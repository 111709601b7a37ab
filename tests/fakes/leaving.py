"""Somebody who leaves traces everywhere: by name, address, code, and what was said of them.

A real installation with real repositories, real git over HTTP and real mails as files; only what an
evaluation measures is made up. `Traces` looks for what is left.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select
from tests.fakes.evaluators import Studio, attempt, judge_fast
from tests.fakes.evidence import make_evidence
from tests.fakes.git_site import Clone, serving

from assay.audit.ledger import Actor
from assay.auth.accounts import add_member, create_user
from assay.bootstrap.demo import sit
from assay.bootstrap.installation import Installation, opened
from assay.bootstrap.inviting import Wish
from assay.bootstrap.settings import read_settings
from assay.db.tables import (
    Artifact,
    Assessment,
    AtsOrder,
    CandidateGroup,
    Delivery,
    Endpoint,
    Evaluation,
    Organisation,
    OutgoingEvent,
    Override,
    Position,
    Review,
    SavedView,
    Submission,
)
from assay.db.tables import Decision as DecisionRow
from assay.domain.hiring import EndpointKind, EventKind, ReleasePolicy, Verdict
from assay.domain.lifecycle import ENDED
from assay.domain.permissions import Role
from assay.features.assessments import service as assessments
from assay.features.documents import letters, sharing
from assay.features.submissions.work import DatabaseWork, Equipment
from assay.kit.clock import utc_now
from assay.kit.ids import new_id
from assay.web.serving import application

NAME, EMAIL = "Zephyrine Quux-Unmistakable", "zephyrine.quux@unmistakable.example"
MARK = "unmistakable-marker-7f3a9c"
"""In the code, in the message of the commit, in what the service printed, in what was written."""
NEEDLES = ("Zephyrine", "zephyrine", "Unmistakable", "unmistakable")
"""Parts of the above, as they may be written anywhere."""
FINGERPRINT = slice(8, 40)
"""Of a compressed file: bytes that nothing else has."""


@dataclass
class Leaver:
    """The candidate, their sitting, and the company's people."""

    installation: Installation
    assessment_id: str
    clone: Clone
    user_id: str
    organisation_id: str
    position_id: str = ""
    fingerprints: dict[str, bytes] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        return Actor(f"user:{self.user_id}", self.organisation_id)

    def push(self, number: int) -> None:
        """Code that bears the mark, by the real client."""
        files = {"app.py": f"# {MARK} {number}, by {NAME} <{EMAIL}>\n", "Dockerfile": "FROM x\n"}
        self.clone.commit(files, f"{MARK} {number} by {NAME}")
        done = self.clone.push("-o", "nowait", "origin", "main")
        assert done.returncode == 0, done.stderr

    def evaluate(self) -> None:
        """Whatever waits is evaluated; what the service prints bears the mark."""
        studio = Studio(evidence=self._evidence())
        studio.said["build"] = 3
        work = DatabaseWork(
            Equipment(
                database=self.installation.database,
                jobs=self.installation.queue,
                challenges=self.installation.challenges,
                new_evaluator=studio.new,
                judge=judge_fast,
                public_url=self.installation.settings.public_url,
                worker_id="worker-1",
                now=utc_now,
            )
        )
        for evaluation_id in self._waiting():
            asyncio.run(attempt(work, evaluation_id, 1))

    def finish(self) -> None:
        with self.installation.database.write() as session:
            assessments.finish(session, self.installation.queue, self.assessment_id, utc_now())

    def be_talked_about(self) -> None:
        """Reviews, decisions, links, letters, groups, other systems: every table has a row."""
        now = utc_now()
        with self.installation.database.write() as session:
            row = session.get_one(Assessment, self.assessment_id)
            assessments.release(session, row.id, "http://assay.test", now, actor=self.actor)
            order = sharing.ShareOrder(row.id, 14, False, self.user_id, self.actor)
            sharing.share(session, order, now)
            draft = letters.drafted(session, row, "Doubling", "full")
            sending = letters.Sending(draft, "http://assay.test", self.actor)
            letters.send(session, row, sending, now)
            evaluation = session.exec(
                select(Evaluation).where(Evaluation.assessment_id == row.id)
            ).first()
            assert evaluation
            session.add_all(self._said(row.id, evaluation.id, now))
            session.flush()
            self._told(session, row.id, now)

    def take_fingerprints(self) -> None:
        """What their files look like in the database, where they are compressed."""
        with self.installation.database.read() as session:
            owners = [
                *session.exec(select(Submission.id)),
                *session.exec(select(Evaluation.id)),
                self.assessment_id,
            ]
            found = session.exec(select(Artifact).where(col(Artifact.owner_id).in_(owners)))
            for one in found:
                if len(one.content) > FINGERPRINT.stop:
                    self.fingerprints[f"{one.owner_id}/{one.name}"] = one.content[FINGERPRINT]

    def _evidence(self) -> bytes:
        log = f"INFO {MARK}: {NAME} logged in as {EMAIL}"
        return make_evidence(service_log=log).model_dump_json().encode()

    def _waiting(self) -> list[str]:
        with self.installation.database.read() as session:
            wanted = select(Evaluation.id).where(
                Evaluation.assessment_id == self.assessment_id,
                col(Evaluation.state).not_in(ENDED),
            )
            return list(session.exec(wanted))

    def _said(self, assessment_id: str, evaluation_id: str, now: datetime) -> list[object]:
        told = f"{NAME} did well ({MARK})"
        return [
            Review(
                id=new_id("rev"), assessment_id=assessment_id, user_id=self.user_id, summary=told,
                lines=json.dumps({"design": {"score": 3, "note": told}}), created_at=now,
                handed_in_at=now,
            ),
            Override(
                assessment_id=assessment_id, evaluation_id=evaluation_id, criterion="parity",
                was=0.5, now=1.0, reason=told, user_id=self.user_id, at=now,
            ),
            DecisionRow(
                assessment_id=assessment_id, verdict=Verdict.ADVANCE, reason=told,
                user_id=self.user_id, at=now,
            ),
            CandidateGroup(assessment_id=assessment_id, dimension=MARK, value="zephyrine"),
            SavedView(
                id=new_id("vie"), user_id=self.user_id, position_id=self.position_id,
                name="my search", query=f"q={EMAIL.replace('@', '%40')}", created_at=now,
            ),
        ]  # fmt: skip

    def _told(self, session: Session, assessment_id: str, now: datetime) -> None:
        endpoint = Endpoint(
            id=new_id("end"), organisation_id=self.organisation_id, kind=EndpointKind.SIGNED,
            name="a listener", url="https://listener.example", secret="s", created_at=now,  # noqa: S106
        )  # fmt: skip
        happened = OutgoingEvent(
            organisation_id=self.organisation_id, assessment_id=assessment_id,
            kind=EventKind.RELEASED, at=now, handed_on_at=now,
        )  # fmt: skip
        session.add_all([endpoint, happened])
        session.flush()
        session.add_all(
            [
                Delivery(
                    id=new_id("del"), endpoint_id=endpoint.id, event_id=happened.id,
                    assessment_id=assessment_id, url="https://listener.example",
                    body=json.dumps({"name": NAME, "mail": EMAIL}), created_at=now,
                ),
                AtsOrder(
                    id=new_id("ats"), endpoint_id=endpoint.id, assessment_id=assessment_id,
                    request_key=MARK, profile_url=f"https://ats.example/{MARK}", created_at=now,
                ),
            ]
        )  # fmt: skip


@contextmanager
def a_leaver(home: Path, challenges: Path, database_url: str) -> Iterator[Leaver]:
    """Who has started, and cloned, on an installation in that directory."""
    settings = read_settings(
        {
            "ASSAY_HOME": str(home),
            "ASSAY_CHALLENGES": str(challenges),
            "ASSAY_DATABASE_URL": database_url,
            "ASSAY_ALLOW_UNPROVEN": "yes",
        }
    )
    with opened(settings) as installation, serving(application(installation)) as site:
        sitting = sit(installation, Wish(EMAIL, "doubling", NAME))
        url = site.url(sitting.assessment_id, sitting.token)
        clone = Clone.of(url, home.parent / "candidates-own-machine")
        clone.environment |= {"GIT_AUTHOR_NAME": NAME, "GIT_AUTHOR_EMAIL": EMAIL}
        made = Leaver(installation, sitting.assessment_id, clone, *_company(installation))
        _seat(made)
        yield made


def _company(installation: Installation) -> tuple[str, str]:
    now = utc_now()
    with installation.database.write() as session:
        organisation_id = session.exec(select(Organisation.id)).first()
        assert organisation_id
        user = create_user(session, "alice@company.example", "Alice", now)
        add_member(session, user.id, organisation_id, Role.OWNER, now)
        return user.id, organisation_id


def _seat(leaver: Leaver) -> None:
    """Let the sitting belong to a position."""
    leaver.position_id = new_id("pos")
    with leaver.installation.database.write() as session:
        session.add(
            Position(
                id=leaver.position_id, organisation_id=leaver.organisation_id, title="Engineer",
                challenge="doubling", release=ReleasePolicy.BY_HAND, keep_days=30,
                created_at=utc_now(),
            )
        )  # fmt: skip
        session.flush()
        row = session.get_one(Assessment, leaver.assessment_id)
        row.position_id, row.number = leaver.position_id, 1


def traces(place: Path, needles: dict[str, bytes]) -> list[str]:
    """Which of the needles are in files below a directory, or in their names."""
    found = []
    for path in sorted(place.rglob("*")):
        content = path.read_bytes() if path.is_file() else b""
        haystack = str(path.relative_to(place)).encode() + b"\0" + content
        found += [f"{path}: {name}" for name, needle in needles.items() if needle in haystack]
    return found
