"""A position with candidates who have results, as lists and figures need them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session
from tests.fakes.sittings import House

from assay.db.tables import Assessment, Decision, Evaluation, Position, Submission, Worker
from assay.domain.hiring import ReleasePolicy, Verdict
from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.kit.ids import new_id, sha256_of


@dataclass(frozen=True, slots=True)
class Somebody:
    """One candidate with a result."""

    email: str
    score: float
    variant: int = 0
    host: str = "host-a"
    begun_at: datetime | None = None
    verdict: Verdict | None = None
    version: str = "1.0.0"
    complete: bool = True


def a_position(house: House, organisation_id: str = "", **changes: object) -> str:
    """A position; its id."""
    facts: dict[str, object] = {
        "id": new_id("pos"),
        "organisation_id": organisation_id or house.cast.organisation_id,
        "title": "ML engineer",
        "challenge": "credit-scoring",
        "release": ReleasePolicy.BY_HAND,
        "created_at": house.time,
    }
    with house.write() as session:
        row = Position(**{**facts, **changes})
        session.add(row)
        return row.id


def seated(house: House, assessment_id: str, position_id: str, number: int = 1) -> None:
    """Let an assessment belong to a position."""
    with house.write() as session:
        row = session.get_one(Assessment, assessment_id)
        row.position_id, row.number = position_id, number


def peopled(house: House, position_id: str, people: Sequence[Somebody]) -> list[str]:
    """Candidates of a position whose results stand; the ids of their assessments."""
    with house.write() as session:
        for host in {one.host for one in people}:
            _worker(session, house, host)
        session.flush()
        return [_candidate(session, house, position_id, n, o) for n, o in enumerate(people, 1)]


def _worker(session: Session, house: House, host: str) -> None:
    if session.get(Worker, f"worker of {host}") is None:
        at = house.time
        made = Worker(id=f"worker of {host}", host=host, slots=1, started_at=at, seen_at=at)
        session.add(made)


def _candidate(session: Session, house: House, position_id: str, number: int, one: Somebody) -> str:
    position = session.get_one(Position, position_id)
    sitting = Assessment(
        id=new_id("asm"), organisation_id=position.organisation_id, position_id=position_id,
        number=number, challenge=position.challenge, challenge_version="1.0.0",
        challenge_sha256="c" * 64, variant=one.variant, candidate_name=one.email.partition("@")[0],
        candidate_email=one.email, state=AssessmentState.FINISHED, time_box_s=3600,
        practice_runs_max=5, invitation_sha256=sha256_of(new_id("inv")), practice_seed=1,
        sealed_seed=2, invited_at=house.time, invitation_ends_at=house.time,
        started_at=house.time, finished_at=house.time,
    )  # fmt: skip
    push = Submission(
        id=new_id("sub"), assessment_id=sitting.id, number=1, commit_sha="a" * 40,
        tree_sha="b" * 40, pushed_at=house.time,
    )  # fmt: skip
    result = Evaluation(
        id=new_id("evl"), submission_id=push.id, assessment_id=sitting.id,
        organisation_id=position.organisation_id, lane=Lane.SEALED, seed=2,
        state=EvaluationState.JUDGED, turn=number, attempt=1, score=one.score,
        complete=one.complete, challenge_version=one.version,
        worker_id=f"worker of {one.host}", queued_at=house.time,
        started_at=one.begun_at or house.time, ended_at=house.time,
    )  # fmt: skip
    for row in (sitting, push, result):
        session.add(row)
        session.flush()
    sitting.result_id, sitting.score, sitting.weighted = result.id, one.score, one.score
    sitting.result_version = one.version if one.complete else ""
    if one.verdict:
        session.add(
            Decision(
                assessment_id=sitting.id, verdict=one.verdict, reason="as it is", at=house.time
            )
        )
    return sitting.id
