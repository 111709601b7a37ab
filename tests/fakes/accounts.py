"""The cast: Alice (owner), Bob (her reviewer), Vera (her viewer), Charlie (another company),
Dana (candidate of Alice's company). And rows that others hang on.
"""

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from assay.auth.accounts import add_member, create_organisation, create_user
from assay.auth.principal import Candidate, Member
from assay.db.session import Database
from assay.db.tables import Assessment, Evaluation, Submission
from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.domain.permissions import Role
from assay.kit.ids import new_id, sha256_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who is there, and in which companies."""

    organisation_id: str
    other_organisation_id: str
    alice: Member
    bob: Member
    vera: Member
    charlie: Member
    dana: Candidate


def cast(database: Database) -> Cast:
    """Store them all. Nobody has a password: hashing takes time."""
    with database.write() as session:
        ours = create_organisation(session, "Alice's company", NOW).id
        theirs = create_organisation(session, "Charlie's company", NOW).id
        return Cast(
            organisation_id=ours,
            other_organisation_id=theirs,
            alice=_member(session, "alice", ours, Role.OWNER),
            bob=_member(session, "bob", ours, Role.REVIEWER),
            vera=_member(session, "vera", ours, Role.VIEWER),
            charlie=_member(session, "charlie", theirs, Role.OWNER),
            dana=Candidate(an_assessment(session, ours).id),
        )


def an_assessment(
    session: Session, organisation_id: str, *, state: AssessmentState = AssessmentState.INVITED
) -> Assessment:
    """A sitting of Dana's, stored."""
    made = Assessment(
        id=new_id("asm"),
        organisation_id=organisation_id,
        challenge="credit-scoring",
        challenge_version="1.0",
        challenge_sha256="0" * 64,
        variant=1,
        candidate_name="Dana",
        candidate_email="dana@example.com",
        state=state,
        time_box_s=3600,
        practice_runs_max=5,
        invitation_sha256=sha256_of(new_id("inv")),
        practice_seed=1,
        sealed_seed=2**62,
        invited_at=NOW,
        invitation_ends_at=NOW + timedelta(days=14),
    )
    session.add(made)
    session.flush()
    return made


def an_evaluation(
    session: Session, assessment: Assessment, *, state: EvaluationState = EvaluationState.QUEUED
) -> Evaluation:
    """An evaluation of a push of its own, stored."""
    submission = Submission(
        id=new_id("sub"),
        assessment_id=assessment.id,
        number=next(_numbers),
        commit_sha="a" * 40,
        tree_sha="b" * 40,
        pushed_at=NOW,
    )
    session.add(submission)
    session.flush()
    made = Evaluation(
        id=new_id("evl"),
        submission_id=submission.id,
        assessment_id=assessment.id,
        organisation_id=assessment.organisation_id,
        lane=Lane.PRACTICE,
        seed=1,
        state=state,
        turn=1,
        attempt=1,
        queued_at=NOW,
    )
    session.add(made)
    session.flush()
    return made


def _member(session: Session, name: str, organisation_id: str, role: Role) -> Member:
    user = create_user(session, f"{name}@example.com", name.capitalize(), NOW)
    add_member(session, user.id, organisation_id, role, NOW)
    return Member(user.id, organisation_id, role)
