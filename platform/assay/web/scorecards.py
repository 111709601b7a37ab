"""What the pages of a scorecard show beside the scorecard itself, put together from the slices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlmodel import Session

from assay.auth.principal import Principal
from assay.db.tables import Assessment, Evaluation, Position, Submission
from assay.domain.lifecycle import Lane
from assay.domain.scorecard import Interval
from assay.domain.weights import Weights, weights_of
from assay.features.scorecards.changes import Changes, Commit
from assay.features.scorecards.dossier import NO_OVERRIDES, Dossier, Overrides, overrides_in
from assay.features.scorecards.likenesses import Match, in_words
from assay.features.scorecards.plots import Plot
from assay.features.scorecards.pool import Pool
from assay.features.scorecards.studies import stored_similarity
from assay.features.scorecards.timeline_figures import Timeline
from assay.features.submissions.views import EvaluationView, SubmissionView
from assay.web.blinding import Face, face_of

WIDTH = 1000
"""Of the drawing of commits and pushes, in its own units."""
NAMES = {Lane.SEALED: "Final", Lane.REGRADE: "Regrade", Lane.PRACTICE: "Practice"}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the hiring team made of a result: by its weights, and by what people decided.

    Attributes:
        counts: Whether this is the result that counts. Only of that there is more.
        weighted: The total by the weights of the position; None where it has none.
        interval: 95 % interval of `weighted`.
        overrides: Of its lines, their total by these weights. None are told to a reviewer who
            has yet to judge.
    """

    counts: bool
    weighted: float | None
    interval: Interval | None
    overrides: Overrides


def standing_of(
    session: Session, row: Assessment, run: Evaluation, found: Dossier, face: Face
) -> Standing:
    """What was made of a result, as far as who asks may know."""
    counts = run.id == row.result_id
    weights = _weights_of(session, row) if counts else {}
    decided = NO_OVERRIDES if face.hidden else overrides_in(session, found, weights)
    if not weights or row.weighted is None:
        return Standing(counts, None, None, decided)
    low, high = row.weighted_low, row.weighted_high
    interval = None if low is None or high is None else (low, high)
    return Standing(counts, row.weighted, interval, decided)


def _weights_of(session: Session, row: Assessment) -> Weights:
    position = session.get(Position, row.position_id) if row.position_id else None
    return weights_of(position.weights) if position else {}


@dataclass(frozen=True, slots=True)
class Alike:
    """Another submission that looks like this one. `told`: in words; `path`: side by side."""

    face: Face
    match: Match
    told: str
    path: str


@dataclass(frozen=True, slots=True)
class AreaMark:
    """An area among the others: places on a bar, 0..100. None where there are too few."""

    id: str
    title: str
    own: float | None
    lower: float | None
    middle: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class Instant:
    """A commit or a push on the line of time, 0..WIDTH."""

    x: float
    kind: str
    told: str


def alike_in(
    session: Session, principal: Principal, run: Evaluation
) -> tuple[list[Alike], int | None]:
    """Those that are alike, and with how many it was compared; None if it was not yet.

    Of a submission that was deleted meanwhile nothing is shown.
    """
    found = stored_similarity(session, run.submission_id)
    if found is None:
        return [], None
    here, shown = f"/hiring/assessments/{run.assessment_id}/scorecard/alike", []
    for match in found.matches:
        other = other_of(session, match.submission_id)
        if other is not None:
            path = f"{here}/{match.submission_id}?run={run.id}"
            face = face_of(session, principal, other)
            shown.append(Alike(face, match, in_words(match), path))
    return shown, found.compared


def other_of(session: Session, submission_id: str) -> Assessment | None:
    """The assessment of a submission; None if it is gone."""
    submission = session.get(Submission, submission_id)
    return session.get(Assessment, submission.assessment_id) if submission else None


def area_marks(dossier: Dossier, pool: Pool) -> list[AreaMark]:
    """Each area beside the middle half of the others; the reference is the right end."""
    return [
        _mark(area.id, area.title, area.points, area.max, pool) for area in dossier.result.areas
    ]


def _mark(name: str, title: str, points: float, most: int, pool: Pool) -> AreaMark:
    found = pool.areas.get(name)
    own = 100 * points / most if most else None
    if found is None:
        return AreaMark(name, title, own, None, None, None)
    return AreaMark(name, title, own, 100 * found.lower, 100 * found.middle, 100 * found.upper)


def instants(
    changes: Changes | None, pushes: Sequence[SubmissionView], start: datetime, end: datetime
) -> list[Instant]:
    """Commits and pushes between two moments. Commits say what the candidate's clock said."""
    span = max(1.0, (end - start).total_seconds())

    def place(at: datetime) -> float:
        share = (at - start).total_seconds() / span
        return WIDTH * min(1.0, max(0.0, share))

    commits: Sequence[Commit] = changes.commits if changes else ()
    return [
        *(Instant(place(one.at), "commit", one.subject) for one in commits),
        *(Instant(place(one.pushed_at), "push", f"push {one.number}") for one in pushes),
    ]


@dataclass(frozen=True, slots=True)
class Judged:
    """One evaluation of a push that has a result."""

    name: str
    run: EvaluationView


def judged_in(push: SubmissionView) -> Iterator[Judged]:
    """The evaluations of a push that have one."""
    for run in push.evaluations:
        if run.score is not None:
            yield Judged(NAMES[run.lane], run)


_PLOTS: TypeAdapter[list[Plot]] = TypeAdapter(list[Plot])
_TIMELINE: TypeAdapter[Timeline | None] = TypeAdapter(Timeline | None)


def figures(dossier: Dossier, pool: Pool, marks: Sequence[AreaMark]) -> dict[str, Any]:
    """Everything that a page draws, for its script."""
    total = dossier.result.total
    return {
        "plots": _PLOTS.dump_python(list(dossier.prepared.plots), mode="json"),
        "timeline": _TIMELINE.dump_python(dossier.prepared.timeline, mode="json"),
        "areas": [
            {
                "title": mark.title,
                "own": mark.own,
                "lower": mark.lower,
                "middle": mark.middle,
                "upper": mark.upper,
            }
            for mark in marks
        ],
        "pool": {
            "own": total,
            "count": pool.count,
            "enough": pool.enough,
            "bins": bins_of(pool.scores) if pool.enough else [],
        },
    }


def bins_of(scores: Sequence[float]) -> list[int]:
    """How many scores in each ten points; 100 belongs to the last ten."""
    counts = [0] * 10
    for score in scores:
        counts[min(9, int(score // 10))] += 1
    return counts
