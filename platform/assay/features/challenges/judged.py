"""Stores what stored evidence is worth now as an evaluation of its own, beside the one it is of.

Nothing is run, so it takes no worker and no turn: to judge takes a second, and whoever asked waits
for it. All else is as with a regrade that was measured: states, ledger, files, adopting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sqlmodel import Session

from assay.audit.ledger import SYSTEM, record
from assay.audit.tags import Tag
from assay.db.artifacts import artifact_names, copy_artifacts, put_artifact
from assay.db.results import counting_evaluation
from assay.db.states import locked, move_evaluation
from assay.db.tables import Assessment, Evaluation
from assay.domain.errors import Conflict
from assay.domain.evidence import EVIDENCE_FILE, Evidence
from assay.domain.lifecycle import EvaluationState, Lane
from assay.features.challenges.anew import as_judged_now
from assay.features.challenges.regrade import Wish, planned
from assay.features.challenges.stored import evidence_of
from assay.kit.ids import new_id
from assay.kit.text import one_line

MESSAGE_MAX = 1000
"""As of what is measured (`submissions.faults`)."""


class Judgement(Protocol):
    """What evidence is worth; `bootstrap.judging` makes it."""

    @property
    def score(self) -> float | None:
        """0..100, one decimal; None if it cannot be given."""

    @property
    def complete(self) -> bool:
        """Whether every line was measured."""

    @property
    def headline(self) -> str:
        """In a few words."""

    @property
    def files(self) -> Mapping[str, bytes]:
        """Result, report and page."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Stored evidence, ready to be judged by the present rubric.

    Attributes:
        before: The evaluation that counts; its evidence it is.
        evaluation_id: The new one, not stored yet.
        evidence: As the new one will have it.
    """

    assessment_id: str
    before: str
    evaluation_id: str
    evidence: Evidence

    @property
    def content(self) -> bytes:
        """`evidence.json`."""
        return self.evidence.model_dump_json().encode()


def drafted(session: Session, assessment_id: str, wish: Wish) -> Draft:
    """What is to be judged. Changes nothing.

    Raises:
        NotFound: there is no such assessment.
        Conflict: there is no reason to, or it would have to be measured; in words.
    """
    before = _agreed(session, assessment_id, wish)
    present = wish.edition.present
    if present is None:
        raise Conflict(f"{assessment_id}: there is no challenge to judge by")
    name = new_id("evl")
    evidence = as_judged_now(
        evidence_of(session, before.id),
        present,
        evaluation_id=name,
        of=before.judged_from or before.id,
        assay=wish.edition.assay,
    )
    return Draft(assessment_id, before.id, name, evidence)


def store_judged(
    session: Session, draft: Draft, judgement: Judgement, wish: Wish, now: datetime
) -> Evaluation:
    """Store it, judged, beside the one that counts.

    Raises:
        Conflict: meanwhile another result counts, or somebody else has done it.
    """
    assessment = locked(session, Assessment, draft.assessment_id)
    before = _agreed(session, draft.assessment_id, wish)
    if before.id != draft.before:
        raise Conflict(f"{draft.assessment_id}: another result counts by now; ask again")
    row = _row(assessment, before, draft, wish, now)
    session.add(row)
    session.flush()
    _keep_files(session, row, draft, judgement, now)
    row = _moved(session, row.id)
    row.score, row.complete = judgement.score, judgement.complete
    row.message, row.started_at, row.ended_at = _told(draft, judgement), before.started_at, now
    session.flush()
    _record(session, row, before, wish, now)
    return row


def _agreed(session: Session, assessment_id: str, wish: Wish) -> Evaluation:
    """The evaluation that counts, if its evidence is to be judged anew."""
    (plan,) = planned(session, [assessment_id], wish)
    counts = counting_evaluation(session, assessment_id)
    if counts is None or not plan.is_judged:
        raise Conflict(f"{assessment_id}: {plan.why_not or plan.why_measured}")
    return counts


def _row(
    assessment: Assessment, before: Evaluation, draft: Draft, wish: Wish, now: datetime
) -> Evaluation:
    return Evaluation(
        id=draft.evaluation_id,
        submission_id=before.submission_id,
        assessment_id=assessment.id,
        organisation_id=assessment.organisation_id,
        lane=Lane.REGRADE,
        seed=before.seed,
        state=EvaluationState.QUEUED,
        turn=before.turn,
        worker_id=before.worker_id,
        challenge_version=wish.edition.version,
        challenge_sha256=wish.edition.sha256,
        judged_from=before.judged_from or before.id,
        queued_at=now,
    )


def _keep_files(
    session: Session, row: Evaluation, draft: Draft, judgement: Judgement, now: datetime
) -> None:
    own = {**judgement.files, EVIDENCE_FILE: draft.content}
    beside = [name for name in artifact_names(session, draft.before) if name not in own]
    copy_artifacts(session, draft.before, row.id, beside, now)
    for name, content in own.items():
        put_artifact(session, row.id, name, content, now)


def _moved(session: Session, evaluation_id: str) -> Evaluation:
    """Through the same states as any other; in one transaction nobody sees those between."""
    steps = (EvaluationState.QUEUED, EvaluationState.RUNNING, EvaluationState.JUDGED)
    move_evaluation(session, evaluation_id, was=steps[0], then=steps[1])
    return move_evaluation(session, evaluation_id, was=steps[1], then=steps[2])


def _told(draft: Draft, judgement: Judgement) -> str:
    """As of any evaluation, after what it rests on."""
    stages = draft.evidence.stages
    faults = [f"{one.stage}: {one.message}" for one in stages if one.status == "candidate_fault"]
    came_to = faults[0] if faults else judgement.headline
    anew = draft.evidence.judged_anew
    whose = anew.evaluation_id if anew else draft.before
    told = f"judged anew from the evidence of evaluation {whose}; nothing was measured. {came_to}"
    return one_line(told, MESSAGE_MAX)


def _record(
    session: Session, row: Evaluation, before: Evaluation, wish: Wish, now: datetime
) -> None:
    """The entries of a regrade that was measured: asked for, and judged."""
    edition = wish.edition
    by = replace(wish.actor, organisation_id=row.organisation_id)
    asked = {
        "beside": before.id,
        "challenge_version": edition.version,
        "assay": edition.assay,
        "judged_from": row.judged_from,
    }
    record(session, Tag.REGRADE_QUEUED, by=by, subject=row.id, now=now, details=asked)
    came = {"score": row.score, "attempt": row.attempt, "lane": row.lane.value}
    by = replace(SYSTEM, organisation_id=row.organisation_id)
    record(session, Tag.JUDGED, by=by, subject=row.id, now=now, details=came)
