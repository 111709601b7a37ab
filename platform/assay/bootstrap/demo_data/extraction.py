"""What an installation knows of one sitting, as the demo data set keeps it."""

from sqlmodel import Session, col, select

from assay.bootstrap.demo_data.dataset import (
    Package,
    RecordedEvaluation,
    RecordedPush,
    RecordedSitting,
    RecordedStage,
)
from assay.db.artifacts import BUNDLE, artifact_names, get_artifact
from assay.db.tables import Assessment, Evaluation, EvaluationStage, Submission
from assay.domain.evidence import REPORT_FILE
from assay.features.submissions.tasks import CHECKPOINT

NOT_KEPT = (REPORT_FILE, CHECKPOINT)
"""Files of an evaluation that follow from the others."""


def package_of(session: Session, slug: str, assessment_id: str) -> Package:
    """A sitting that has ended, with the repository of its last push."""
    row = session.get_one(Assessment, assessment_id)
    pushes = session.exec(
        select(Submission)
        .where(Submission.assessment_id == assessment_id)
        .order_by(col(Submission.number))
    ).all()
    sitting = RecordedSitting(
        slug=slug,
        assessment_id=row.id,
        pushes=tuple(_push_of(session, one) for one in pushes),
        **{
            name: getattr(row, name)
            for name in RecordedSitting.model_fields
            if name not in ("slug", "assessment_id", "pushes")
        },
    )
    files = {
        f"{one.id}/{name}": get_artifact(session, one.id, name)
        for push in sitting.pushes
        for one in push.evaluations
        for name in one.files
    }
    return Package(sitting, get_artifact(session, pushes[-1].id, BUNDLE), files)


def _push_of(session: Session, push: Submission) -> RecordedPush:
    wanted = select(Evaluation).where(Evaluation.submission_id == push.id)
    rows = session.exec(wanted.order_by(col(Evaluation.queued_at), col(Evaluation.turn))).all()
    return RecordedPush(
        evaluations=tuple(_evaluation_of(session, one) for one in rows),
        **{
            name: getattr(push, name) for name in RecordedPush.model_fields if name != "evaluations"
        },
    )


def _evaluation_of(session: Session, row: Evaluation) -> RecordedEvaluation:
    stages = session.exec(
        select(EvaluationStage)
        .where(EvaluationStage.evaluation_id == row.id)
        .order_by(col(EvaluationStage.id))
    ).all()
    kept = [name for name in artifact_names(session, row.id) if name not in NOT_KEPT]
    return RecordedEvaluation(
        stages=tuple(
            RecordedStage(**{name: getattr(one, name) for name in RecordedStage.model_fields})
            for one in stages
        ),
        files=tuple(kept),
        **{
            name: getattr(row, name)
            for name in RecordedEvaluation.model_fields
            if name not in ("stages", "files")
        },
    )
