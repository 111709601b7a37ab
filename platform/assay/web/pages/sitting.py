"""What a candidate's pages show of the assessment and its pushes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from assay.db.results import NEVER
from assay.db.tables import Assessment, Organisation, Position
from assay.domain.challenge import Challenge, PracticeRules
from assay.domain.errors import NotFound
from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.domain.weights import Weights, weights_of
from assay.features.submissions.feedback import RULES_OF_ONE_GONE
from assay.features.submissions.views import EvaluationView, SubmissionView
from assay.web.platform import Platform


@dataclass(frozen=True, slots=True)
class AreaWorth:
    """A group of criteria, as it is announced before the start.

    Attributes:
        factor: On its points, by the weights of the position.
    """

    title: str
    question: str
    points: int
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Sitting:
    """One assessment as its candidate sees it.

    Attributes:
        summary, areas, gates, expected_hours, practice: Of the challenge; empty, None, and telling
            the least if it is no longer offered.
        weighted: The result by the weights of the position, where they make a difference.
        keep_days: Personal data goes so many days after the end; None: when somebody deletes it.
    """

    id: str
    title: str
    summary: str
    company: str
    name: str
    state: AssessmentState
    time_box: timedelta
    expected_hours: float | None
    practice_runs_max: int
    invitation_ends_at: datetime
    started_at: datetime | None
    deadline_at: datetime | None
    finished_at: datetime | None
    released_at: datetime | None
    deletion_asked_at: datetime | None
    areas: Sequence[AreaWorth]
    gates: Sequence[str]
    practice: PracticeRules
    weighted: float | None = None
    keep_days: int | None = None

    @property
    def weighs(self) -> bool:
        """Whether the position weighs areas differently."""
        return any(area.factor != 1 for area in self.areas)

    @property
    def is_open(self) -> bool:
        """Whether it still waits for the candidate, or is under way."""
        return self.state in {AssessmentState.INVITED, AssessmentState.STARTED}


def sitting_of(session: Session, platform: Platform, assessment_id: str) -> Sitting:
    """The assessment.

    Raises:
        NotFound: it was deleted.
    """
    row = session.get(Assessment, assessment_id)
    company = session.get(Organisation, row.organisation_id) if row else None
    if row is None or company is None:
        raise NotFound("This assessment was deleted, with everything that belonged to it.")
    package = platform.challenges.get(row.challenge)
    challenge = package.challenge if package else None
    position = session.get(Position, row.position_id) if row.position_id else None
    weights = weights_of(position.weights) if position else {}
    return Sitting(
        id=row.id,
        title=challenge.title if challenge else row.challenge,
        summary=challenge.summary if challenge else "",
        company=company.name,
        name=row.candidate_name,
        state=row.state,
        time_box=timedelta(seconds=row.time_box_s),
        expected_hours=challenge.time_box.expected_hours if challenge else None,
        practice_runs_max=row.practice_runs_max,
        invitation_ends_at=row.invitation_ends_at,
        started_at=row.started_at,
        deadline_at=row.deadline_at,
        finished_at=row.finished_at,
        released_at=row.released_at,
        deletion_asked_at=row.deletion_asked_at,
        areas=_areas(challenge, weights),
        gates=[line.title for line in challenge.criterion if line.gate] if challenge else [],
        practice=challenge.practice if challenge else RULES_OF_ONE_GONE,
        weighted=row.weighted if weights else None,
        keep_days=position.keep_days if position else None,
    )


def _areas(challenge: Challenge | None, weights: Weights) -> list[AreaWorth]:
    if challenge is None:
        return []
    worth = {
        area.id: sum(c.points for c in challenge.criterion if c.area == area.id and not c.gate)
        for area in challenge.area
    }
    return [
        AreaWorth(area.title, area.question, worth[area.id], float(weights.get(area.id, 1)))
        for area in challenge.area
    ]


OUTCOMES: dict[EvaluationState, tuple[str, str]] = {
    EvaluationState.QUEUED: ("own", "On its way"),
    EvaluationState.RUNNING: ("own", "On its way"),
    EvaluationState.JUDGED: ("good", "Judged"),
    EvaluationState.SUPERSEDED: ("none", "Replaced by a newer push"),
    EvaluationState.CANCELLED: ("none", "Cancelled"),
    EvaluationState.PLATFORM_FAULT: ("fair", "Failed on our side"),
}
"""State -> colour and words. A list is not live, so it does not say whether it has begun."""


@dataclass(frozen=True, slots=True)
class PushRow:
    """One push in the list.

    Attributes:
        evaluation: The practice evaluation; None if there was no practice run left.
        change: Of its score against the judged push before; None if there is none to compare.
    """

    number: int
    subject: str
    commit_sha: str
    pushed_at: datetime
    evaluation: EvaluationView | None
    change: float | None

    @property
    def colour(self) -> str:
        """Of the words."""
        return OUTCOMES[self.evaluation.state][0] if self.evaluation else "none"

    @property
    def words(self) -> str:
        """Where its evaluation stands."""
        if self.evaluation is None:
            return "No practice run left"
        if self.evaluation.state is EvaluationState.JUDGED and self.evaluation.score is None:
            return "Judged, no score"
        return OUTCOMES[self.evaluation.state][1]


def push_rows(history: Sequence[SubmissionView]) -> list[PushRow]:
    """The pushes, the newest first."""
    rows: list[PushRow] = []
    before: float | None = None
    for submission in sorted(history, key=lambda each: each.number):
        practice = newest(submission, Lane.PRACTICE)
        score = practice.score if practice else None
        change = None if score is None or before is None else score - before
        rows.append(
            PushRow(
                submission.number,
                submission.subject,
                submission.commit_sha,
                submission.pushed_at,
                practice,
                change,
            )
        )
        before = before if score is None else score
    return rows[::-1]


def newest(submission: SubmissionView, lane: Lane) -> EvaluationView | None:
    """The latest evaluation of a submission in a lane."""
    found = [each for each in submission.evaluations if each.lane is lane]
    return found[-1] if found else None


def counting_of(history: Sequence[SubmissionView]) -> EvaluationView | None:
    """The evaluation that counts; None before the end. Histories have the newest push first."""
    every = [each for submission in history for each in submission.evaluations]
    adopted = [each for each in every if each.adopted_at]
    if adopted:
        return max(adopted, key=lambda each: each.adopted_at or NEVER)
    found = [newest(submission, Lane.SEALED) for submission in history]
    return next((each for each in found if each), None)


def to_watch(history: Sequence[SubmissionView]) -> EvaluationView | None:
    """The evaluation that has not ended: of several, that of the newest push."""
    every = (each for submission in history for each in submission.evaluations)
    return next((each for each in every if not each.ended), None)


def number_of(history: Sequence[SubmissionView], evaluation_id: str) -> int:
    """Which push an evaluation is of.

    Raises:
        NotFound: it is of none of these.
    """
    for submission in history:
        if any(each.id == evaluation_id for each in submission.evaluations):
            return submission.number
    raise NotFound("there is no such evaluation of your pushes")
