"""How a challenge fares, read from what evaluations left. Nobody is named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from assay.db.results import NEVER
from assay.db.tables import Assessment, Evaluation, EvaluationStage, Submission
from assay.domain.errors import NotFound
from assay.domain.health import Health, Outcome, Sitting, health_of
from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.features.challenges.stored import outcome_of, result_if_any

RESULTS_MAX = 1000
"""The newest so many results are read: more make no figure much surer, and each is a file."""
STAGES_MAX = 10_000
HOUR_S = 3600
DECIDED = (AssessmentState.STARTED, AssessmentState.FINISHED, AssessmentState.EXPIRED)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose health.

    Attributes:
        version: Of the challenge: results under different rubrics are never mixed.
        organisation_id: Only of its candidates; None: of all, for who runs the installation.
    """

    challenge: str
    version: str
    organisation_id: str | None = None


def versions_sat(session: Session, challenge: str, organisation_id: str | None) -> dict[str, int]:
    """Version -> how many were invited to it."""
    asked = Asked(challenge, "", organisation_id)
    wanted = (
        select(Assessment.challenge_version, func.count())
        .where(*_of(asked))
        .group_by(col(Assessment.challenge_version))
    )
    return dict(sorted(session.exec(wanted).all()))


def version_to_show(
    session: Session, challenge: str, organisation_id: str | None, *, installed: str | None
) -> str:
    """The installed version, or of a challenge that is gone the one sat last.

    Raises:
        NotFound: nobody knows such a challenge.
    """
    if installed is not None:
        return installed
    sat = versions_sat(session, challenge, organisation_id)
    if not sat:
        raise NotFound(f"There is no challenge {challenge!r} here, and none was ever sat.")
    return max(sat, key=_by_number)


def health(session: Session, asked: Asked) -> Health:
    """How the challenge fares."""
    return health_of(_sittings(session, asked), _outcomes(session, asked), _stages(session, asked))


def _of(asked: Asked) -> list[ColumnElement[bool]]:
    found = [col(Assessment.challenge) == asked.challenge]
    if asked.organisation_id is not None:
        found.append(col(Assessment.organisation_id) == asked.organisation_id)
    return found


def _sittings(session: Session, asked: Asked) -> list[Sitting]:
    pushed = (
        select(Submission.assessment_id, func.max(Submission.pushed_at).label("last"))
        .group_by(col(Submission.assessment_id))
        .subquery()
    )
    rows = session.exec(
        select(col(Assessment.state), col(Assessment.started_at), pushed.c.last)
        .outerjoin(pushed, pushed.c.assessment_id == Assessment.id)
        .where(*_of(asked), Assessment.challenge_version == asked.version)
    ).all()
    return [_sitting(state, started_at, last) for state, started_at, last in rows]


def _sitting(state: AssessmentState, started_at: datetime | None, last: datetime | None) -> Sitting:
    """One withdrawn by the company says nothing about the challenge unless it was under way."""
    started = started_at is not None
    working = last - started_at if last and started_at else None
    return Sitting(
        decided=started or state in DECIDED,
        started=started,
        over=started and state is AssessmentState.FINISHED,
        handed_in=last is not None,
        working_h=working.total_seconds() / HOUR_S if working is not None else None,
    )


def _outcomes(session: Session, asked: Asked) -> list[Outcome]:
    """One of each assessment: what counts, or a regrade if nothing else was of this version."""
    version = func.coalesce(Evaluation.challenge_version, Assessment.challenge_version)
    rows = session.exec(
        select(Evaluation)
        .join(Assessment, col(Assessment.id) == col(Evaluation.assessment_id))
        .where(
            *_of(asked),
            version == asked.version,
            Evaluation.state == EvaluationState.JUDGED,
            col(Evaluation.lane).in_([Lane.SEALED, Lane.REGRADE]),
        )
        .order_by(col(Evaluation.ended_at).desc())
        .limit(RESULTS_MAX)
    ).all()
    best = {one.assessment_id: one for one in sorted(rows, key=_rank)}
    found = (result_if_any(session, one.id) for one in best.values())
    return [outcome_of(result) for result in found if result is not None]


def _rank(one: Evaluation) -> tuple[datetime, bool, datetime]:
    return one.adopted_at or NEVER, one.lane is Lane.SEALED, one.ended_at or one.queued_at


def _stages(session: Session, asked: Asked) -> list[tuple[str, Sequence[float]]]:
    """Of the attempts that were judged, practice too, in the order in which stages run."""
    version = func.coalesce(Evaluation.challenge_version, Assessment.challenge_version)
    rows = session.exec(
        select(EvaluationStage.stage, EvaluationStage.seconds)
        .join(Evaluation, col(Evaluation.id) == col(EvaluationStage.evaluation_id))
        .join(Assessment, col(Assessment.id) == col(Evaluation.assessment_id))
        .where(
            *_of(asked),
            version == asked.version,
            Evaluation.state == EvaluationState.JUDGED,
            EvaluationStage.attempt == Evaluation.attempt,
            EvaluationStage.status == "done",
        )
        .order_by(col(EvaluationStage.id).desc())
        .limit(STAGES_MAX)
    ).all()
    found: dict[str, list[float]] = {}
    for stage, seconds in reversed(rows):
        found.setdefault(stage, []).append(seconds)
    return list(found.items())


def _by_number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
