"""Everything that is stored of one judged evaluation, read for its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from sqlmodel import Session, col, select

from assay.db.artifacts import artifact_names, get_artifact
from assay.db.overrides import overrides_of, standing
from assay.db.results import judged_evaluation
from assay.db.tables import Evaluation, Override, Submission, User
from assay.domain.evidence import EVIDENCE_FILE, RESULT_FILE, Evidence
from assay.domain.lifecycle import EvaluationState
from assay.domain.overridden import overridden
from assay.domain.scorecard import Scorecard
from assay.domain.weights import Weights
from assay.features.scorecards.changes import CHANGES_FILE, Changes, read_changes
from assay.features.scorecards.charts import Chart, chart_of
from assay.features.scorecards.confidence_chart import confidence_charts
from assay.features.scorecards.firings import firings_of
from assay.features.scorecards.incident_rows import score_of
from assay.features.scorecards.prepared import PAGE_FILE, Prepared, prepare, read_prepared
from assay.features.scorecards.result import Result
from assay.features.scorecards.stored_card import stored_card
from assay.features.scorecards.timeline_chart import timelines
from assay.features.scorecards.view import Page, page_with


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is stored, and what follows from it at once."""

    evaluation_id: str
    submission_id: str
    evidence: Evidence
    result: Result
    card: Scorecard
    prepared: Prepared

    @property
    def page(self) -> Page:
        """What templates place, for a hiring team: it may read the evidence, too."""
        charts = [chart_of(plot) for plot in self.prepared.plots]
        incidents = self.prepared.incidents
        return page_with(self.evidence, self.card, incidents, charts, examples=True)

    def chart(self, name: str) -> Chart | None:
        """One plot or timeline that can be drawn."""
        drawable = [chart_of(plot) for plot in self.prepared.plots]
        drawable += confidence_charts(self.evidence)
        measured = self.evidence.incidents
        if measured and name.startswith("timeline"):
            drawable += timelines(measured, firings_of(measured, score_of(measured)))
        return next((chart for chart in drawable if chart.name == name), None)


@dataclass(frozen=True, slots=True)
class OverrideView:
    """A line that a person decided otherwise. Shares of the points, None: not measured."""

    criterion: str
    was: float | None
    now: float | None
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Overrides:
    """All of an evaluation.

    Attributes:
        standing: Criterion -> the one that counts.
        history: Every one, the oldest first.
        total: With those that count in place, exact; None without any, or without a total.
    """

    standing: Mapping[str, OverrideView]
    history: Sequence[OverrideView]
    total: Fraction | None


def chosen_run(session: Session, assessment_id: str, wanted: str = "") -> Evaluation | None:
    """The evaluation to show: the one asked for, else the one that counts, else the last judged."""
    if wanted:
        row = session.get(Evaluation, wanted)
        is_ours = row is not None and row.assessment_id == assessment_id
        return row if is_ours and row and row.state is EvaluationState.JUDGED else None
    counts = judged_evaluation(session, assessment_id)
    if counts is not None:
        return counts
    return session.exec(
        select(Evaluation)
        .join(Submission, col(Submission.id) == col(Evaluation.submission_id))
        .where(
            Evaluation.assessment_id == assessment_id, Evaluation.state == EvaluationState.JUDGED
        )
        .order_by(col(Submission.number).desc(), col(Evaluation.queued_at).desc())
        .limit(1)
    ).first()


def dossier_of(session: Session, run: Evaluation) -> Dossier | None:
    """What is stored of it; None if its files are not there.

    Raises:
        PlatformFault: what is stored is damaged.
    """
    names = artifact_names(session, run.id)
    if not {EVIDENCE_FILE, RESULT_FILE} <= set(names):
        return None
    evidence = Evidence.model_validate_json(get_artifact(session, run.id, EVIDENCE_FILE))
    result = Result.model_validate_json(get_artifact(session, run.id, RESULT_FILE))
    card = stored_card(result, evidence)
    kept = read_prepared(get_artifact(session, run.id, PAGE_FILE)) if PAGE_FILE in names else None
    return Dossier(
        evaluation_id=run.id,
        submission_id=run.submission_id,
        evidence=evidence,
        result=result,
        card=card,
        prepared=kept or prepare(evidence, card),
    )


NO_OVERRIDES = Overrides({}, (), None)


def overrides_in(session: Session, dossier: Dossier, weights: Weights | None = None) -> Overrides:
    """What people decided about its lines, with their names as they are now.

    Args:
        session: The caller's.
        dossier: Whose lines.
        weights: Of the position, for the total; None: the challenge's own.
    """
    rows = overrides_of(session, dossier.evaluation_id)
    if not rows:
        return NO_OVERRIDES
    people = {user.id: user.name or user.email for user in _users(session, rows)}
    views = {row.id: _view(row, people) for row in rows}
    counting = standing(rows)
    known = {line.id for line in (*dossier.card.gates, *dossier.card.criteria)}
    fractions = {
        name: row.now for name, row in counting.items() if row.now is not None and name in known
    }
    return Overrides(
        standing={name: views[row.id] for name, row in counting.items()},
        history=[views[row.id] for row in rows],
        total=overridden(dossier.result, fractions, weights) if fractions else None,
    )


def changes_in(session: Session, submission_id: str) -> Changes | None:
    """What the candidate changed; None if it was not studied yet, or could not be read."""
    if CHANGES_FILE not in artifact_names(session, submission_id):
        return None
    return read_changes(get_artifact(session, submission_id, CHANGES_FILE))


def _users(session: Session, rows: Sequence[Override]) -> Sequence[User]:
    wanted = select(User).where(col(User.id).in_({row.user_id for row in rows}))
    return session.exec(wanted).all()


def _view(row: Override, people: Mapping[str, str]) -> OverrideView:
    by = people.get(row.user_id, "somebody who left")
    return OverrideView(row.criterion, row.was, row.now, row.reason, by, row.at)
