"""quality: held-out labelled rows, asked one by one; labels never leave the harness."""

from collections import Counter

from assay.domain.errors import CandidateFault, PlatformFault
from assay.domain.measurements import QualityMeasurement
from assay.domain.statistics import roc_auc
from assay.evaluation.callers import note_answers
from assay.evaluation.material import Row
from assay.evaluation.metering import note_rows
from assay.evaluation.run import Run
from assay.evaluation.stages.quality_labelled import labelled_quality
from assay_probe.plan import AnswersPlan
from assay_probe.records import AnswersRecord


def quality(run: Run) -> None:
    """Ask for every held-out row on a freshly started service, and compare.

    The service is fresh because the contract stage sent it things no customer sends.
    """
    rules = run.material.challenge.quality
    if rules is None:
        raise PlatformFault("the challenge has a quality stage but no [quality] table")
    _restart(run)
    if run.material.challenge.contract.answers is not None:
        labelled_quality(run, rules)
        return
    plan = AnswersPlan(
        target=run.target("submission"),
        request=run.request_spec("holdout.jsonl"),
        concurrency=rules.concurrency,
        deadline_s=rules.deadline_s,
    )
    record = run.probe_for(AnswersRecord, plan, seconds=rules.deadline_s)
    note_answers(run, record, run.material.holdout)
    fact = _measured(run, record)
    run.facts["quality"] = fact
    note_rows(run, record, run.material.holdout, right=fact.agreeing)


def _restart(run: Run) -> None:
    if run.boot("submission").ready_s is None:
        raise CandidateFault("the service became ready the first time, but not the second")


def _measured(run: Run, record: AnswersRecord) -> QualityMeasurement:
    rows = run.material.holdout
    answered = [(r, a) for r in rows if (a := record.answers.get(r.id)) is not None]
    tolerance = run.material.challenge.contract.score.tolerance
    differences = [abs(a - r.expected) for r, a in answered if r.expected is not None]
    return QualityMeasurement(
        rows=len(rows),
        answered=len(answered),
        agreeing=sum(d <= tolerance for d in differences),
        roc_auc=_auc([(r, a) for r, a in answered]),
        reference_roc_auc=_auc([(r, r.expected) for r in rows if r.expected is not None]) or 0.0,
        worst_difference=max(differences, default=None),
        outcomes=dict(Counter(record.outcomes)),
    )


def _auc(pairs: list[tuple[Row, float]]) -> float | None:
    labelled = [(row.label, value) for row, value in pairs if row.label is not None]
    return roc_auc([label for label, _ in labelled], [value for _, value in labelled])
