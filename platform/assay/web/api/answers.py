"""From rows and views to what the API answers, and how its refusals are described."""

from typing import Any

from assay.db.tables import ApiKey
from assay.domain.veil import Veil
from assay.features.assessments.orders import Offer
from assay.features.submissions.views import EvaluationView, EventView, SubmissionView
from assay.web.api.schemas import (
    AssessmentOut,
    ChallengeOut,
    EvaluationOut,
    EventOut,
    KeyOut,
    Refusal,
    SubmissionOut,
)
from assay.web.blinding import Face
from assay.web.listing import Row
from assay.web.refusals import TITLES

ALWAYS = (400, 401, 403, 422, 429)
"""Any call may be refused like that."""


def refusals(*further: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of an operation, for the OpenAPI document."""
    statuses = sorted({*ALWAYS, *further})
    return {status: {"model": Refusal, "description": TITLES[status]} for status in statuses}


def challenge(offer: Offer) -> ChallengeOut:
    """A challenge."""
    return ChallengeOut(
        slug=offer.slug,
        version=offer.version,
        title=offer.title,
        expected_hours=offer.expected_hours,
        time_box_s=offer.time_box_s,
        practice_runs=offer.practice_runs,
        variants=offer.variants,
        published=not offer.unpublished,
    )


def assessment(row: Row, face: Face) -> AssessmentOut:
    """An assessment, its candidate as who asks may see them."""
    one = row.assessment
    return AssessmentOut(
        id=one.id,
        challenge=one.challenge,
        challenge_version=one.challenge_version,
        variant=one.variant,
        candidate_name=face.name,
        candidate_email=face.email,
        state=one.state,
        practice_runs_max=one.practice_runs_max,
        invited_at=one.invited_at,
        invitation_ends_at=one.invitation_ends_at,
        started_at=one.started_at,
        deadline_at=one.deadline_at,
        finished_at=one.finished_at,
        released_at=one.released_at,
        deletion_asked_at=one.deletion_asked_at,
        pushes=row.pushes,
        sealed_state=row.sealed_state,
        score=row.score,
    )


def evaluation(view: EvaluationView, files: list[str], veil: Veil) -> EvaluationOut:
    """An evaluation. `veil` takes the person out of what it says."""
    return EvaluationOut(
        id=view.id,
        lane=view.lane,
        state=view.state,
        stage=view.stage,
        position=view.position,
        attempt=view.attempt,
        score=view.score,
        complete=view.complete,
        message=veil(view.message),
        challenge_version=view.challenge_version,
        adopted_at=view.adopted_at,
        judged_from=view.judged_from,
        queued_at=view.queued_at,
        started_at=view.started_at,
        ended_at=view.ended_at,
        files=files,
    )


def submission(view: SubmissionView, files: dict[str, list[str]], veil: Veil) -> SubmissionOut:
    """A push. `files`: evaluation id -> what it left."""
    return SubmissionOut(
        id=view.id,
        number=view.number,
        commit_sha=view.commit_sha,
        subject=veil(view.subject),
        pushed_at=view.pushed_at,
        evaluations=[evaluation(one, files.get(one.id, []), veil) for one in view.evaluations],
    )


def event(view: EventView, veil: Veil) -> EventOut:
    """An event."""
    return EventOut(
        id=view.id,
        attempt=view.attempt,
        at=view.at,
        stage=view.stage,
        state=view.state,
        detail=veil(view.detail),
        done=view.done,
        total=view.total,
    )


def key(row: ApiKey) -> KeyOut:
    """A key, without its secret: we do not have it."""
    return KeyOut(
        id=row.id,
        name=row.name,
        role=row.role,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
