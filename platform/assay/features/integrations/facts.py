"""Reads what an event is about. Nothing here decides who is told."""

from sqlmodel import Session, col, func, select

from assay.db.results import judged_evaluation
from assay.db.standing import total_of, with_people
from assay.db.tables import Assessment, Decision, OutgoingEvent, Position, Submission
from assay.domain.hiring import EventKind
from assay.features.integrations.messages import (
    AssessmentPart,
    CandidatePart,
    DecisionPart,
    EventData,
    EventMessage,
    PositionPart,
    ResultPart,
)


def message_of(session: Session, event: OutgoingEvent, public_url: str) -> EventMessage | None:
    """What happened, with the candidate's name; None if there is nobody left to tell of.

    `without_person` takes the name out again.
    """
    assessment = session.get(Assessment, event.assessment_id) if event.assessment_id else None
    if assessment is None and event.kind not in (EventKind.DELETED, EventKind.TESTED):
        return None
    if assessment is None:
        return _message(event, _nothing(event.assessment_id, f"{public_url}/hiring"))
    return _message(event, _data(session, assessment, page_of(public_url, assessment.id)))


def page_of(public_url: str, assessment_id: str) -> str:
    """Where members read on."""
    return f"{public_url}/hiring/assessments/{assessment_id}"


def without_person(message: EventMessage) -> EventMessage:
    """The same, telling nobody's name."""
    data = message.data.model_copy(update={"candidate": None})
    return message.model_copy(update={"data": data})


def _message(event: OutgoingEvent, data: EventData) -> EventMessage:
    return EventMessage(type=event.kind, timestamp=event.at, data=data)


def _nothing(assessment_id: str, url: str) -> EventData:
    return EventData(
        assessment_id=assessment_id,
        url=url,
        assessment=None,
        result=None,
        decision=None,
        candidate=None,
    )


def _data(session: Session, assessment: Assessment, url: str) -> EventData:
    return EventData(
        assessment_id=assessment.id,
        url=url,
        assessment=assessment_part(session, assessment),
        result=result_of(session, assessment),
        decision=_decision(session, assessment.id),
        candidate=CandidatePart(name=assessment.candidate_name, email=assessment.candidate_email),
    )


def assessment_part(session: Session, row: Assessment) -> AssessmentPart:
    """A sitting as it stands, without the candidate."""
    position = session.get(Position, row.position_id) if row.position_id else None
    return AssessmentPart(
        state=row.state,
        number=row.number if position else None,
        challenge=row.challenge,
        challenge_version=row.challenge_version,
        position=PositionPart(id=position.id, title=position.title) if position else None,
        pushes=pushes_of(session, row.id),
        invited_at=row.invited_at,
        started_at=row.started_at,
        deadline_at=row.deadline_at,
        finished_at=row.finished_at,
        released_at=row.released_at,
    )


def result_of(session: Session, row: Assessment) -> ResultPart | None:
    """The result that counts; None as long as it is not judged."""
    counting = judged_evaluation(session, row.id)
    if counting is None:
        return None
    total = total_of(session, row, counting) if counting.score is not None else None
    people = with_people(session, [row]).get(row.id)
    return ResultPart(
        score=counting.score,
        weighted=total.total if total else None,
        interval=total.interval if total else None,
        complete=counting.complete,
        overridden=people.lines if people else 0,
        with_overrides=people.total if people else None,
        judged_at=counting.ended_at,
    )


def pushes_of(session: Session, assessment_id: str) -> int:
    """How many pushes there were."""
    wanted = select(func.count()).where(Submission.assessment_id == assessment_id)
    return session.exec(wanted).one()


def _decision(session: Session, assessment_id: str) -> DecisionPart | None:
    wanted = select(Decision).where(Decision.assessment_id == assessment_id)
    last = session.exec(wanted.order_by(col(Decision.id).desc()).limit(1)).first()
    return DecisionPart(verdict=last.verdict, at=last.at) if last else None
