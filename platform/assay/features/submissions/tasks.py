"""From rows to the work of one attempt, and from what a stage left back to rows.

An attempt after a fault of ours goes on where the one before stood, from its checkpoint. The
last one starts from nothing, should what was kept be the fault.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from assay.db.artifacts import (
    BUNDLE,
    artifact_names,
    delete_artifact,
    get_artifact,
    put_artifact,
)
from assay.db.tables import Assessment, Evaluation, EvaluationStage
from assay.domain.errors import NotFound, PlatformFault
from assay.domain.evidence import EVIDENCE_FILE
from assay.evaluation.plan import ALWAYS, stages_of
from assay.features.submissions import repository
from assay.features.submissions.evaluator import EvaluationJob, Measured, StageReport
from assay.features.submissions.faults import MESSAGE_MAX, is_last_attempt
from assay.jobs.engine import StageEnd
from assay.kit.text import one_line
from assay.toolkit.package import ChallengePackage

CHECKPOINT = "checkpoint"

Key = tuple[str, int]
"""Evaluation and attempt."""


@dataclass(frozen=True, slots=True)
class Task:
    """One stage of one attempt.

    Attributes:
        every: All stages of the evaluation, in order.
        ended: How it ended, if it was run already and its worker died before it could say so.
    """

    key: Key
    stage: str
    every: tuple[str, ...]
    ended: StageEnd | None

    @property
    def is_last(self) -> bool:
        """Whether the evidence is whole after it."""
        return self.stage == self.every[-1]


def every_stage(package: ChallengePackage | None) -> tuple[str, ...]:
    """The stages of an evaluation; of a challenge this worker has not, those that all have.

    The first of them then tells what is missing, and another worker may have it.
    """
    return stages_of(package.challenge) if package else ALWAYS


def stages_to_run(session: Session, row: Evaluation, every: tuple[str, ...]) -> list[str]:
    """What is left to do in an attempt that begins, in order; at least the last stage."""
    delete_artifact(session, row.id, EVIDENCE_FILE)
    if not repository.stages(session, row.id, row.attempt):
        _carry_over(session, row, every)
    ended = {stage.stage for stage in repository.stages(session, row.id, row.attempt)}
    return [stage for stage in every if stage not in ended]


def task_of(session: Session, row: Evaluation, stage: str, every: tuple[str, ...]) -> Task:
    """The stage as an attempt under way has to run it."""
    ended = {one.stage: one for one in repository.stages(session, row.id, row.attempt)}.get(stage)
    return Task((row.id, row.attempt), stage, every, end_of(ended.status) if ended else None)


def end_of(status: str) -> StageEnd:
    """Whether the attempt goes on after a stage that ended so."""
    return "stop" if status == "platform_fault" else "go_on"


def job_of(session: Session, task: Task) -> EvaluationJob:
    """Everything a new process needs to go on with the attempt.

    Raises:
        NotFound: the submission has been deleted.
        PlatformFault: what is stored is damaged.
    """
    row = repository.evaluation(session, task.key[0])
    submission = repository.submission(session, row.submission_id)
    assessment = session.get(Assessment, row.assessment_id)
    if assessment is None:
        raise NotFound(f"there is no assessment {row.assessment_id}")
    return EvaluationJob(
        evaluation_id=row.id,
        attempt=row.attempt,
        challenge=assessment.challenge,
        challenge_sha256=row.challenge_sha256 or assessment.challenge_sha256,
        bundle=get_artifact(session, submission.id, BUNDLE),
        commit_sha=submission.commit_sha,
        seed=row.seed,
        stages=task.every,
        checkpoint=_checkpoint(session, row.id),
    )


def keep_stage(
    session: Session, task: Task, report: StageReport, measured: Measured | None, now: datetime
) -> None:
    """Store how a stage ended with all that came of it."""
    evaluation_id, attempt = task.key
    session.add(
        EvaluationStage(
            evaluation_id=evaluation_id,
            attempt=attempt,
            stage=report.stage,
            status=report.status,
            message=one_line(report.message, MESSAGE_MAX),
            seconds=report.seconds,
            ended_at=now,
        )
    )
    if report.status != "platform_fault":
        put_artifact(session, evaluation_id, CHECKPOINT, report.checkpoint, now)
    if measured:
        for name, content in {**measured.files, EVIDENCE_FILE: measured.evidence}.items():
            put_artifact(session, evaluation_id, name, content, now)


def why_unjudged(session: Session, row: Evaluation) -> str:
    """Why what an attempt left cannot be judged; "" if it can."""
    for stage in repository.stages(session, row.id, row.attempt):
        if stage.status == "platform_fault":
            return f"{stage.stage}: {stage.message}"
    if EVIDENCE_FILE in artifact_names(session, row.id):
        return ""
    return f"{row.stage or 'the start'}: its worker died there again and again"


def refuse_unknown(package: ChallengePackage | None, slug: str) -> None:
    """Say it if this worker cannot evaluate a challenge.

    Raises:
        PlatformFault: it does not have it.
    """
    if package is None:
        raise PlatformFault(
            f"this worker does not have the challenge {slug}",
            remedy="give every worker the same directory of challenges (ASSAY_CHALLENGES)",
        )


def _carry_over(session: Session, row: Evaluation, every: tuple[str, ...]) -> None:
    """Take over what ended well in the attempt before; the last stage is always asked again.

    Nothing is, where the checkpoint is gone: a person tried again what had failed long ago.
    """
    kept = CHECKPOINT in artifact_names(session, row.id)
    if row.attempt == 1 or is_last_attempt(row.attempt) or not kept:
        delete_artifact(session, row.id, CHECKPOINT)
        return
    for before in repository.stages(session, row.id, row.attempt - 1):
        if before.status == "platform_fault" or before.stage == every[-1]:
            return
        session.add(
            EvaluationStage(
                evaluation_id=row.id,
                attempt=row.attempt,
                stage=before.stage,
                status=before.status,
                message=before.message,
                seconds=before.seconds,
                ended_at=before.ended_at,
            )
        )
    session.flush()


def _checkpoint(session: Session, evaluation_id: str) -> bytes | None:
    there = CHECKPOINT in artifact_names(session, evaluation_id)
    return get_artifact(session, evaluation_id, CHECKPOINT) if there else None
