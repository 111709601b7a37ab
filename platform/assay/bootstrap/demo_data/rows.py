"""One recorded candidate as rows: the sitting, its pushes and evaluations, and what was said."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.auth.accounts import create_user
from assay.bootstrap.demo_data.dataset import Package, RecordedEvaluation, RecordedPush
from assay.bootstrap.demo_data.note import MARK
from assay.bootstrap.demo_data.roster import (
    DemoCandidate,
    DemoDecision,
    DemoReview,
    Roster,
)
from assay.db.artifacts import BUNDLE, put_artifact
from assay.db.standing import renew
from assay.db.tables import (
    Assessment,
    Decision,
    Evaluation,
    EvaluationStage,
    Review,
    Submission,
    User,
)
from assay.domain.evidence import RESULT_FILE
from assay.domain.lifecycle import AssessmentState
from assay.features.submissions.evaluator import Judgement
from assay.kit.ids import new_id, new_token, sha256_of

REVIEWERS = "demo-reviewer.localhost"
"""Host of the addresses of demo reviewers: nothing can be sent there."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where demo candidates go, and when."""

    organisation_id: str
    position_id: str
    roster: Roster
    now: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One candidate about to be written.

    Attributes:
        number: Place in the position, from 1.
        judgements: Evaluation -> what its evidence is worth today.
        bundles: Push -> the repository as it was then.
    """

    package: Package
    number: int
    judgements: Mapping[str, Judgement]
    bundles: Mapping[str, bytes]

    @property
    def assessment_id(self) -> str:
        """Whose rows these are."""
        return self.package.sitting.assessment_id


def write_case(session: Session, case: Case, place: Place) -> None:
    """Write all of one candidate who is not there yet."""
    slug = case.package.sitting.slug
    candidate = next(one for one in place.roster.candidate if one.slug == slug)
    session.add(_assessment(case, candidate, place))
    session.flush()
    for push in case.package.sitting.pushes:
        _write_push(session, case, push, place)
    for review in candidate.review:
        session.add(_review(session, case, review, place))
    if candidate.decision:
        session.add(_decision(session, case, candidate.decision, place))
    session.flush()
    renew(session, case.assessment_id)
    by, details = Actor("system", place.organisation_id), {"position": place.position_id}
    record(
        session, Tag.DEMO_LOADED, by=by, subject=case.assessment_id, now=place.now, details=details
    )


def _assessment(case: Case, candidate: DemoCandidate, place: Place) -> Assessment:
    """Nobody has the token of its invitation, and its repository has none."""
    return Assessment(
        id=case.assessment_id,
        organisation_id=place.organisation_id,
        position_id=place.position_id,
        number=case.number,
        candidate_name=candidate.marked_name,
        candidate_email=candidate.email,
        state=AssessmentState.FINISHED,
        invitation_sha256=sha256_of(new_token("asi")),
        **case.package.sitting.model_dump(exclude={"slug", "assessment_id", "pushes"}),
    )


def _write_push(session: Session, case: Case, push: RecordedPush, place: Place) -> None:
    facts = push.model_dump(exclude={"evaluations"})
    session.add(Submission(assessment_id=case.assessment_id, **facts))
    session.flush()
    put_artifact(session, push.id, BUNDLE, case.bundles[push.id], place.now)
    for one in push.evaluations:
        session.add(_evaluation(case, push, one, place))
        session.flush()
        _write_course(session, case, one, place)


def _evaluation(
    case: Case, push: RecordedPush, one: RecordedEvaluation, place: Place
) -> Evaluation:
    """With the score that the evidence is worth today, in place of that which was recorded."""
    facts = one.model_dump(exclude={"stages", "files"})
    judgement = case.judgements.get(one.id)
    if judgement:
        facts |= {"score": judgement.score, "complete": judgement.complete}
    return Evaluation(
        submission_id=push.id,
        assessment_id=case.assessment_id,
        organisation_id=place.organisation_id,
        **facts,
    )


def _write_course(session: Session, case: Case, one: RecordedEvaluation, place: Place) -> None:
    """Its stages, what was kept of it, and the result as it is judged today."""
    for stage in one.stages:
        session.add(EvaluationStage(evaluation_id=one.id, **stage.model_dump()))
    files = {name: case.package.files[f"{one.id}/{name}"] for name in one.files}
    files.pop(RESULT_FILE, None)
    judgement = case.judgements.get(one.id)
    for name, content in (files | dict(judgement.files if judgement else {})).items():
        put_artifact(session, one.id, name, content, place.now)


def _review(session: Session, case: Case, said: DemoReview, place: Place) -> Review:
    lines = {
        line: {"score": score, "note": said.notes.get(line, "")}
        for line, score in said.lines.items()
    }
    return Review(
        id=new_id("rev"),
        assessment_id=case.assessment_id,
        user_id=_reviewer(session, said.by, place.now),
        lines=json.dumps(lines),
        summary=said.summary,
        created_at=place.now,
        handed_in_at=place.now,
    )


def _decision(session: Session, case: Case, said: DemoDecision, place: Place) -> Decision:
    return Decision(
        assessment_id=case.assessment_id,
        verdict=said.verdict,
        reason=said.reason,
        user_id=_reviewer(session, said.by, place.now),
        at=place.now,
    )


def _reviewer(session: Session, name: str, now: datetime) -> str:
    """Id of an account nobody can sign in with, and to which nothing is sent."""
    email = f"{'.'.join(name.lower().split())}@{REVIEWERS}"
    known = session.exec(select(User.id).where(User.email == email)).first()
    if known:
        return known
    made = create_user(session, email, f"{name} {MARK}", now)
    made.disabled_at = now
    session.flush()
    return made.id
