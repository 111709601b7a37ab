"""A candidate's sitting from the invitation to the result.

Every function works in the caller's transaction and never commits. Whether the caller may is the
caller's to check; what is checked here is whether it makes sense now.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from assay.audit.ledger import SYSTEM, Actor, Detail, detail_of, record
from assay.audit.tags import Tag
from assay.auth.accounts import normal_email
from assay.db.results import counting_evaluation
from assay.db.states import locked, locked_if_any, locked_in_order, move_assessment
from assay.db.tables import Assessment, Position
from assay.domain.errors import BadInput, Conflict, Forbidden, NotFound
from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.evaluation.halves import practice_seed, sealed_seed
from assay.features.assessments import mail, repository, seats
from assay.features.assessments.orders import (
    GitAccess,
    Invitation,
    InvitationOrder,
)
from assay.jobs import queueing
from assay.jobs.engine import JobQueue
from assay.kit.ids import new_id, new_token, sha256_of
from assay.kit.text import one_line

SEED_BITS = 30
NAME_MAX = 200
GRACE = timedelta(seconds=60)
"""A push that git took before the deadline is recorded a moment later; so long the end waits."""
UNPROVEN = "unproven"
"""Detail of an invitation in the ledger: why its challenge was not published."""
REMIND_BEFORE = timedelta(hours=24)
REMIND_IF_LONGER = timedelta(hours=36)
"""A shorter sitting ends before anybody forgets it."""


# -------------------------------------------------------------------------------- the invitation


def invite(session: Session, order: InvitationOrder, now: datetime) -> Invitation:
    """Make an assessment and write the candidate.

    Raises:
        BadInput: that is no e-mail address, or the challenge has no such variant.
        NotFound: there is no such organisation, or it has no such position.
        Conflict: the challenge is not published, and nobody said to go on; or the position is
            closed, or for another challenge.
    """
    _refuse_unpublished(order)
    company = repository.organisation(session, order.organisation_id)
    order, number = seats.seated(session, order)
    token = new_token("asi")
    assessment = _assessment(order, token, now)
    assessment.number = number
    session.add(assessment)
    session.flush()
    invitation = Invitation(assessment.id, token)
    link = order.public_url.rstrip("/") + invitation.path
    letter = mail.invitation(order, company.name, link, assessment.invitation_ends_at)
    mail.send(session, assessment, "invitation", letter, now)
    facts: dict[str, Detail] = {"challenge": assessment.challenge}
    if order.position_id:
        facts["position"] = order.position_id
    if order.offer.unpublished:
        facts[UNPROVEN] = order.offer.unpublished
    _note(session, assessment, Tag.INVITED, order.actor, now, **facts)
    return invitation


def unproven(session: Session, assessment_id: str) -> str:
    """Why the challenge was not published when the candidate was invited; "" if it was."""
    return str(detail_of(session, Tag.INVITED, assessment_id, UNPROVEN) or "")


def open_invitation(session: Session, token: str, now: datetime) -> Assessment:
    """The assessment that an invitation opens. Once started, the link stays the way back in.

    Raises:
        NotFound: no invitation has this token.
        Forbidden: it was withdrawn, or was not used in time.
    """
    assessment = repository.by_invitation(session, token)
    if assessment is None:
        raise NotFound("this link opens nothing; copy it whole from the invitation")
    if assessment.state is AssessmentState.REVOKED:
        raise Forbidden("this invitation was withdrawn; ask whoever invited you")
    if assessment.state is AssessmentState.EXPIRED or _unused(assessment, now):
        until = mail.instant(assessment.invitation_ends_at)
        raise Forbidden(f"this invitation could be used until {until}; ask for a new one")
    return assessment


def ready_to_start(session: Session, assessment_id: str, now: datetime) -> Assessment:
    """An assessment that its candidate may start now.

    Raises:
        NotFound: there is no such assessment.
        Conflict: it was started, ended or withdrawn before, or not used in time.
    """
    assessment = session.get(Assessment, assessment_id)
    if assessment is None:
        raise NotFound(f"there is no assessment {assessment_id}")
    _refuse_start(assessment, now)
    return assessment


def start(session: Session, assessment_id: str, now: datetime) -> GitAccess:
    """Start the clock. The repository is there (`starting.start`).

    From now on the weights of the position are fixed. Who changes them holds the position: of the
    two one waits, and sees what the other did.

    Raises:
        NotFound: there is no such assessment.
        Conflict: it was started, ended or withdrawn before, or not used in time.
    """
    waiting = locked(session, Assessment, assessment_id)
    _refuse_start(waiting, now)
    if waiting.position_id:
        locked_if_any(session, Position, waiting.position_id)
    assessment = move_assessment(
        session, assessment_id, was=AssessmentState.INVITED, then=AssessmentState.STARTED
    )
    assessment.started_at = now
    assessment.deadline_at = now + timedelta(seconds=assessment.time_box_s)
    _note(session, assessment, Tag.STARTED, _candidate(assessment_id), now)
    return _git_access(assessment)


def new_git_token(session: Session, assessment_id: str, now: datetime) -> GitAccess:
    """Another token for the repository; the one before opens nothing any more.

    Raises:
        NotFound: there is no such assessment.
        Conflict: it has no repository: it was not started, or was withdrawn.
    """
    assessment = locked(session, Assessment, assessment_id)
    if assessment.state not in (AssessmentState.STARTED, AssessmentState.FINISHED):
        raise Conflict(f"there is no repository: the assessment is {assessment.state.value}")
    _note(session, assessment, Tag.GIT_TOKEN_MADE, _candidate(assessment_id), now)
    return _git_access(assessment)


# --------------------------------------------------------------------------------------- the end


def finish(session: Session, jobs: JobQueue, assessment_id: str, now: datetime) -> None:
    """End the sitting as the candidate asks: the last push is evaluated with the sealed seed.

    Raises:
        NotFound: there is no such assessment.
        Conflict: it does not run.
    """
    _end(session, jobs, assessment_id, _candidate(assessment_id), now)


def expire_due(session: Session, jobs: JobQueue, now: datetime) -> int:
    """End what ran past its deadline, and invitations nobody used; how many there were.

    A push that began before the deadline still counts: the end comes `GRACE` later.
    """
    late, unused = repository.past_deadline(session, now - GRACE), repository.unused(session, now)
    held = locked_in_order(session, Assessment, [*late, *unused])
    for assessment_id in _those(held, late, AssessmentState.STARTED):
        _end(session, jobs, assessment_id, SYSTEM, now)
    for assessment_id in _those(held, unused, AssessmentState.INVITED):
        assessment = move_assessment(
            session, assessment_id, was=AssessmentState.INVITED, then=AssessmentState.EXPIRED
        )
        _note(session, assessment, Tag.EXPIRED, SYSTEM, now)
    return len(late) + len(unused)


def remind_due(session: Session, now: datetime) -> int:
    """Write to those whose sitting ends within a day, once; how many letters there are."""
    letters = 0
    for assessment in repository.ending(session, now, REMIND_BEFORE):
        deadline_at = assessment.deadline_at
        if deadline_at and timedelta(seconds=assessment.time_box_s) >= REMIND_IF_LONGER:
            letter = mail.reminder(assessment, deadline_at)
            letters += mail.send(session, assessment, "reminder", letter, now)
    return letters


def extend(
    session: Session,
    assessment_id: str,
    by: timedelta,
    reason: str,
    now: datetime,
    *,
    actor: Actor = SYSTEM,
) -> None:
    """Give more time: to the sitting if it runs, to the invitation before that.

    Raises:
        NotFound: there is no such assessment.
        BadInput: that is not more time, or there is no reason.
        Conflict: the sitting is over.
    """
    if by <= timedelta(0) or not reason.strip():
        raise BadInput("say how much more time, and why: the reason is kept in the audit log")
    assessment = locked(session, Assessment, assessment_id)
    if assessment.state is AssessmentState.STARTED and assessment.deadline_at:
        ends_at = assessment.deadline_at = assessment.deadline_at + by
    elif assessment.state is AssessmentState.INVITED:
        ends_at = assessment.invitation_ends_at = assessment.invitation_ends_at + by
    else:
        raise Conflict(f"the assessment is {assessment.state.value}; invite the candidate anew")
    letter = mail.extended(assessment, ends_at)
    mail.send(session, assessment, f"extended-{ends_at.timestamp():.0f}", letter, now)
    by_s = by.total_seconds()
    _note(session, assessment, Tag.EXTENDED, actor, now, by_s=by_s, reason=reason)


def revoke(
    session: Session,
    jobs: JobQueue,
    assessment_id: str,
    reason: str,
    now: datetime,
    *,
    actor: Actor = SYSTEM,
) -> None:
    """Withdraw an invitation or a sitting: links and tokens open nothing, nothing is evaluated.

    Raises:
        NotFound: there is no such assessment.
        Conflict: it has ended.
    """
    was = locked(session, Assessment, assessment_id).state
    assessment = move_assessment(session, assessment_id, was=was, then=AssessmentState.REVOKED)
    assessment.git_token_sha256 = None
    assessment.finished_at = now
    queueing.call_off(session, jobs, assessment_id, "the assessment was withdrawn", now)
    _note(session, assessment, Tag.REVOKED, actor, now, reason=reason)


# ------------------------------------------------------------------------------------ the result


def release(
    session: Session,
    assessment_id: str,
    public_url: str,
    now: datetime,
    *,
    actor: Actor = SYSTEM,
) -> None:
    """Let the candidate see the result that counts, and say so. Once: again changes nothing.

    Raises:
        NotFound: there is no such assessment.
        Conflict: there is no result yet.
    """
    assessment = locked(session, Assessment, assessment_id)
    sealed = counting_evaluation(session, assessment_id)
    if sealed is None or sealed.state is not EvaluationState.JUDGED:
        stands = f"the sealed evaluation is {sealed.state.value}" if sealed else "none was sealed"
        raise Conflict(f"there is no result to release: {stands.replace('_', ' ')}")
    if assessment.released_at:
        return
    assessment.released_at = now
    company = repository.organisation(session, assessment.organisation_id).name
    letter = mail.released(assessment, company, f"{public_url.rstrip('/')}/candidate")
    mail.send(session, assessment, "released", letter, now)
    _note(session, assessment, Tag.RELEASED, actor, now)


def ask_deletion(session: Session, assessment_id: str, now: datetime) -> None:
    """The candidate wants everything about them deleted. Asking again changes nothing.

    Raises:
        NotFound: there is no such assessment.
    """
    assessment = locked(session, Assessment, assessment_id)
    if assessment.deletion_asked_at is None:
        assessment.deletion_asked_at = now
        _note(session, assessment, Tag.DELETION_ASKED, _candidate(assessment_id), now)


# ------------------------------------------------------------------------------------- the parts


def _end(session: Session, jobs: JobQueue, assessment_id: str, actor: Actor, now: datetime) -> None:
    assessment = move_assessment(
        session, assessment_id, was=AssessmentState.STARTED, then=AssessmentState.FINISHED
    )
    assessment.finished_at = now
    message = "the assessment ended; the sealed evaluation of the last push counts"
    queueing.supersede_waiting(session, jobs, assessment_id, message, now)
    last = repository.last_submission(session, assessment_id)
    if last:
        queueing.enqueue(session, jobs, assessment, last, Lane.SEALED, now)
    _note(session, assessment, Tag.FINISHED, actor, now, submission=last.id if last else None)


def _those(held: Mapping[str, Assessment], ids: Sequence[str], state: AssessmentState) -> list[str]:
    """Those that nobody else moved, or deleted, since they were found."""
    return [one for one in ids if one in held and held[one].state is state]


def _git_access(assessment: Assessment) -> GitAccess:
    token = new_token("asg")
    assessment.git_token_sha256 = sha256_of(token)
    return GitAccess(token, f"/git/{assessment.id}.git")


def _assessment(order: InvitationOrder, token: str, now: datetime) -> Assessment:
    return Assessment(
        id=new_id("asm"),
        organisation_id=order.organisation_id,
        position_id=order.position_id,
        challenge=order.offer.slug,
        challenge_version=order.offer.version,
        challenge_sha256=order.offer.sha256,
        variant=_variant(order),
        candidate_name=one_line(order.candidate_name, NAME_MAX),
        candidate_email=normal_email(order.candidate_email),
        state=AssessmentState.INVITED,
        time_box_s=order.offer.time_box_s,
        practice_runs_max=order.offer.practice_runs,
        invitation_sha256=sha256_of(token),
        practice_seed=practice_seed(secrets.randbits(SEED_BITS)),
        sealed_seed=sealed_seed(secrets.randbits(SEED_BITS)),
        invited_by=order.invited_by,
        invited_at=now,
        invitation_ends_at=now + order.valid_for,
    )


def _refuse_unpublished(order: InvitationOrder) -> None:
    """A challenge is unfair until it was proven to be fair."""
    if order.offer.unpublished and not order.unproven:
        raise Conflict(
            f"nobody can be invited to {order.offer.slug}: {order.offer.unpublished}. To invite "
            f"all the same: assay invite --unproven, or ASSAY_ALLOW_UNPROVEN=yes for all ways of "
            f"inviting; the result then says so"
        )


def _variant(order: InvitationOrder) -> int:
    if order.variant is None:
        return secrets.randbelow(order.offer.variants)
    if not 0 <= order.variant < order.offer.variants:
        raise BadInput(
            f"{order.offer.slug} has no variant {order.variant}; "
            f"choose one from 0 to {order.offer.variants - 1}, or leave it out"
        )
    return order.variant


def _refuse_start(assessment: Assessment, now: datetime) -> None:
    if assessment.state is not AssessmentState.INVITED:
        raise Conflict(f"the assessment is {assessment.state.value} already")
    if _unused(assessment, now):
        raise Conflict("the invitation was not used in time; ask for a new one")


def _unused(assessment: Assessment, now: datetime) -> bool:
    return assessment.state is AssessmentState.INVITED and now >= assessment.invitation_ends_at


def _candidate(assessment_id: str) -> Actor:
    return Actor(f"candidate:{assessment_id}")


def _note(
    session: Session,
    assessment: Assessment,
    tag: Tag,
    actor: Actor,
    now: datetime,
    **details: Detail,
) -> None:
    by = replace(actor, organisation_id=assessment.organisation_id)
    record(session, tag, by=by, subject=assessment.id, now=now, details=details)
