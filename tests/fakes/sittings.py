"""Sittings of Dana's in a real database, as the services make them, with nothing else real."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlmodel import Session
from tests.fakes.accounts import Cast, cast
from tests.fakes.databases import fresh_database
from tests.fakes.jobs import FakeJobs
from tests.fakes.rubric import make_challenge

from assay.db.session import Database
from assay.db.tables import Assessment, Evaluation
from assay.domain.challenge import TimeBox
from assay.features.assessments import service as assessments
from assay.features.assessments import starting
from assay.features.assessments.orders import GitAccess, Invitation, InvitationOrder, offer_of
from assay.features.submissions import service as submissions
from assay.features.submissions.pushes import Push, Recorded
from assay.features.submissions.recovery import recover, unserved
from assay.kit.ids import new_id
from assay.toolkit.package import ChallengePackage

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PUBLIC_URL = "https://assay.example.org"


@dataclass
class FakeRepositories:
    """The `RepositoryMaker`: remembers what is there."""

    there: dict[str, tuple[str, int]] = field(default_factory=dict)

    def make(self, assessment_id: str, challenge: str, variant: int) -> None:
        self.there.setdefault(assessment_id, (challenge, variant))

    def delete(self, assessment_id: str) -> None:
        self.there.pop(assessment_id, None)


@dataclass
class House:
    """An installation without web and workers.

    Attributes:
        time: What the clock says; tests move it.
    """

    database: Database
    cast: Cast
    package: ChallengePackage
    jobs: FakeJobs = field(default_factory=FakeJobs)
    repositories: FakeRepositories = field(default_factory=FakeRepositories)
    time: datetime = START

    @property
    def challenges(self) -> Mapping[str, ChallengePackage]:
        return {self.package.challenge.id: self.package}

    def now(self) -> datetime:
        return self.time

    def later(self, **by: float) -> None:
        self.time += timedelta(**by)

    @contextmanager
    def write(self) -> Iterator[Session]:
        with self.database.write() as session:
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        with self.database.read() as session:
            yield session

    def order(self, organisation_id: str = "", **changes: object) -> InvitationOrder:
        made = InvitationOrder(
            organisation_id=organisation_id or self.cast.organisation_id,
            offer=offer_of(self.package),
            candidate_email="dana@example.com",
            candidate_name="Dana",
            public_url=PUBLIC_URL,
            unproven=True,
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    def invite(self, organisation_id: str = "") -> Invitation:
        with self.write() as session:
            return assessments.invite(session, self.order(organisation_id), self.time)

    def start(self, assessment_id: str) -> GitAccess:
        return starting.start(self.database, assessment_id, self.repositories, self.now)

    def started(self, organisation_id: str = "") -> str:
        """Id of an assessment that runs."""
        invitation = self.invite(organisation_id)
        self.start(invitation.assessment_id)
        return invitation.assessment_id

    def push(self, assessment_id: str, commit: str = "") -> Recorded:
        with self.write() as session:
            pushed = a_push(assessment_id, commit or new_id("sha"))
            return submissions.record_push(session, self.jobs, pushed, self.time)

    def finish(self, assessment_id: str) -> None:
        with self.write() as session:
            assessments.finish(session, self.jobs, assessment_id, self.time)

    def recover(self) -> int:
        with self.read() as session:
            lost = unserved(session, self.jobs)
        with self.write() as session:
            return sum(recover(session, self.jobs, one, self.time) for one in lost)

    def assessment(self, assessment_id: str) -> Assessment:
        with self.read() as session:
            found = session.get(Assessment, assessment_id)
            assert found
            return found

    def evaluation(self, evaluation_id: str | None) -> Evaluation:
        with self.read() as session:
            found = session.get(Evaluation, evaluation_id)
            assert found
            return found


def a_push(assessment_id: str, commit: str) -> Push:
    return Push(
        assessment_id=assessment_id,
        new_sha=commit,
        tree_sha="b" * 40,
        subject="Load the model once",
        pack_bytes=1234,
        bundle=b"a bundle of " + commit.encode(),
    )


def a_house(
    directory: Path,
    *,
    practice_runs: int = 3,
    hours: float = 72,
    database: Database | None = None,
) -> House:
    """One in which Alice, Bob and Charlie live. Dispose of its database at the end."""
    database = database or fresh_database(directory)
    box = TimeBox(expected_hours=4, limit_hours=hours, practice_runs=practice_runs)
    challenge = make_challenge().model_copy(update={"time_box": box})
    return House(database, cast(database), ChallengePackage(challenge, directory, "c" * 64))
