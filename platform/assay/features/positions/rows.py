"""Everything a row of the pipeline says, read for a whole page at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from assay.db.results import counting_evaluations
from assay.db.standing import Overridden, with_people
from assay.db.tables import Assessment, Decision, Evaluation, Review, Submission, User
from assay.domain.hiring import Stage, Verdict, nameless
from assay.domain.lifecycle import AssessmentState, EvaluationState
from assay.features.positions.pool import Pool, Rank, pools
from assay.features.positions.stages import stage_column

NOBODY = Rank(None, 0)


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who reviews a candidate, and whether the review is handed in."""

    user_id: str
    name: str
    handed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row.

    Attributes:
        name, email: "" where whoever looks must not know them yet (`is_hidden`).
        result_version: Of the challenge; "" while nothing stands, and if the result is partial.
        has_result: Whether it stands. It may be without a score: then a gate was not measured.
        sealed: Of a finished one without a result, where its measurement stands; None: nothing was
            pushed.
        score: As the challenge gives it, and `weighted` by the position's weights.
        overridden: What people decided instead of single lines; None if they did not, and where
            whoever looks must not know what others said.
        decision: None where whoever looks must not know it yet.
        last_at: When something happened last.
    """

    id: str
    number: int
    name: str
    email: str
    is_hidden: bool
    stage: Stage
    challenge: str
    result_version: str
    has_result: bool
    sealed: EvaluationState | None
    score: float | None
    weighted: float | None
    interval: tuple[float, float] | None
    overridden: Overridden | None
    rank: Rank
    flags: int | None
    reviewers: Sequence[Reviewer]
    decision: Verdict | None
    pushes: int
    invited_at: datetime
    invitation_ends_at: datetime
    started_at: datetime | None
    deadline_at: datetime | None
    finished_at: datetime | None
    released_at: datetime | None
    deletion_asked_at: datetime | None
    last_at: datetime

    @property
    def is_complete(self) -> bool | None:
        """Whether everything was measured; None without a result."""
        return bool(self.result_version) if self.has_result else None

    @property
    def with_people(self) -> float | None:
        """As `weighted`, with overrides; None without any."""
        return self.overridden.total if self.overridden else None

    @property
    def called(self) -> str:
        """What whoever looks may call them."""
        if self.is_hidden:
            return nameless(self.number, self.id)
        return self.name or self.email


@dataclass(frozen=True, slots=True)
class _Facts:
    """What other tables say about the assessments of a page, by assessment."""

    stages: Mapping[str, str]
    pushes: Mapping[str, tuple[int, datetime]]
    reviewers: Mapping[str, Sequence[Reviewer]]
    decisions: Mapping[str, Decision]
    pools: Mapping[tuple[str, str], Pool]
    with_people: Mapping[str, Overridden]
    sealed: Mapping[str, Evaluation]


def candidates_of(
    session: Session, rows: Sequence[Assessment], hidden: Collection[str]
) -> list[Candidate]:
    """The rows of a page.

    Args:
        session: A transaction.
        rows: Of one organisation.
        hidden: Ids of those of whom whoever looks must know neither name nor what others said.
    """
    facts = _facts(session, rows)
    return [_candidate(row, facts, is_hidden=row.id in hidden) for row in rows]


def _facts(session: Session, rows: Sequence[Assessment]) -> _Facts:
    ids = [row.id for row in rows]
    editions = {(row.challenge, row.result_version) for row in rows if row.result_version}
    ours = rows[0].organisation_id if rows else ""
    stage = select(col(Assessment.id), stage_column()).where(col(Assessment.id).in_(ids))
    return _Facts(
        stages=dict(session.exec(stage).all()),
        pushes=_pushes(session, ids),
        reviewers=_reviewers(session, ids),
        decisions=_decisions(session, ids),
        pools=pools(session, ours, editions),
        with_people=with_people(session, rows),
        sealed=counting_evaluations(session, [row.id for row in rows if _is_measured(row)]),
    )


def _is_measured(row: Assessment) -> bool:
    """It is over, and no result stands yet."""
    return row.state is AssessmentState.FINISHED and row.result_id is None


def _pushes(session: Session, ids: Sequence[str]) -> dict[str, tuple[int, datetime]]:
    rows = session.exec(
        select(Submission.assessment_id, func.count(), func.max(Submission.pushed_at))
        .where(col(Submission.assessment_id).in_(ids))
        .group_by(col(Submission.assessment_id))
    ).all()
    return {assessment_id: (count, last) for assessment_id, count, last in rows}


def _reviewers(session: Session, ids: Sequence[str]) -> dict[str, list[Reviewer]]:
    rows = session.exec(
        select(Review, User)
        .join(User, col(User.id) == col(Review.user_id))
        .where(col(Review.assessment_id).in_(ids))
        .order_by(col(Review.created_at))
    ).all()
    found: dict[str, list[Reviewer]] = {}
    for review, user in rows:
        one = Reviewer(user.id, user.name or user.email, review.handed_in_at)
        found.setdefault(review.assessment_id, []).append(one)
    return found


def _decisions(session: Session, ids: Sequence[str]) -> dict[str, Decision]:
    """The last one of each."""
    wanted = select(Decision).where(col(Decision.assessment_id).in_(ids)).order_by(col(Decision.id))
    return {row.assessment_id: row for row in session.exec(wanted)}


def _candidate(row: Assessment, facts: _Facts, *, is_hidden: bool) -> Candidate:
    count, pushed_at = facts.pushes.get(row.id, (0, None))
    decision = facts.decisions.get(row.id)
    reviewers = facts.reviewers.get(row.id, ())
    sealed = facts.sealed.get(row.id)
    pool = facts.pools.get((row.challenge, row.result_version))
    low, high = row.weighted_low, row.weighted_high
    return Candidate(
        id=row.id,
        number=row.number,
        name="" if is_hidden else row.candidate_name,
        email="" if is_hidden else row.candidate_email,
        is_hidden=is_hidden,
        stage=Stage(facts.stages[row.id]),
        challenge=row.challenge,
        result_version=row.result_version,
        has_result=row.result_id is not None,
        sealed=sealed.state if sealed else None,
        score=row.score,
        weighted=row.weighted,
        interval=None if low is None or high is None else (low, high),
        overridden=None if is_hidden else facts.with_people.get(row.id),
        rank=pool.rank(row.score) if pool and row.score is not None else NOBODY,
        flags=row.flags,
        reviewers=reviewers,
        decision=decision.verdict if decision and not is_hidden else None,
        pushes=count,
        invited_at=row.invited_at,
        invitation_ends_at=row.invitation_ends_at,
        started_at=row.started_at,
        deadline_at=row.deadline_at,
        finished_at=row.finished_at,
        released_at=row.released_at,
        deletion_asked_at=row.deletion_asked_at,
        last_at=_latest(row, pushed_at, decision, reviewers),
    )


def _latest(
    row: Assessment,
    pushed_at: datetime | None,
    decision: Decision | None,
    reviewers: Iterable[Reviewer],
) -> datetime:
    known = [row.invited_at, row.started_at, row.finished_at, row.released_at, pushed_at]
    known += [decision.at if decision else None, *(one.handed_in_at for one in reviewers)]
    return max(at for at in known if at is not None)
