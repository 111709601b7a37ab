"""The quality stage where answers are objects: rows asked one by one, then pairs of twins.

Labels never leave the harness; what the service says comes back, and is compared here.
"""

from collections import Counter
from collections.abc import Sequence

from assay.domain.challenge import QualityRules
from assay.domain.errors import PlatformFault
from assay.domain.generated import Attacks
from assay.domain.labelled_facts import CanaryFact, LabelledMeasurement, TwinsFact
from assay.domain.measurements import QualityMeasurement
from assay.evaluation.callers import note_answers
from assay.evaluation.generating import labelled_spec
from assay.evaluation.labelled import (
    calibration_fact,
    canary_fact,
    decision_fact,
    field_facts,
    told_of,
    twins_fact,
    twins_of,
)
from assay.evaluation.material import Row, write_rows
from assay.evaluation.metering import note_rows
from assay.evaluation.run import Run
from assay_probe.plan import AnswersPlan, LabelledSpec
from assay_probe.records import CORRECT, AnswersRecord

ASKED = "quality/{name}.jsonl"
HELD_OUT = "rows"


def labelled_quality(run: Run, rules: QualityRules) -> None:
    """Ask about every held-out row and every twin, and count what was said."""
    spec = labelled_spec(run.material.challenge.contract)
    if spec is None:
        raise PlatformFault("the quality stage compares fields, and there is no [contract.answers]")
    rows = run.material.holdout
    record = _asked(run, rules, HELD_OUT, rows)
    note_answers(run, record, rows)
    fact = _measured(record, rows)
    run.facts["quality"] = fact
    note_rows(run, record, rows, right=fact.agreeing)
    attacks = [one for one in run.material.challenge.attacks if one.set in run.material.sets]
    attacked = {one: _asked(run, rules, one.set, run.material.sets[one.set]) for one in attacks}
    told = told_of(rows, record)
    run.facts["labelled"] = LabelledMeasurement(
        fields=field_facts(told, spec),
        decision=decision_fact(told, spec),
        calibration=calibration_fact(told, spec),
        twins=tuple(_twins(run, one, found, spec) for one, found in attacked.items()),
        canaries=_canaries(run, [record, *attacked.values()]),
    )


def _asked(run: Run, rules: QualityRules, name: str, rows: Sequence[Row]) -> AnswersRecord:
    """What the service says of rows; the file has their truth, for the probe's letters alone."""
    run.say(f"asking about {len(rows)} {name}")
    path, contract = ASKED.format(name=name), run.material.challenge.contract
    plan = AnswersPlan(
        target=run.target("submission"),
        request=run.request_spec(path),
        concurrency=rules.concurrency,
        deadline_s=rules.deadline_s,
        canaries=list(contract.canaries),
        exports=[contract.metrics],
    )
    files = {path: write_rows(rows)}
    found = run.probe(plan, seconds=rules.deadline_s, files=files)
    record = next((one for one in found if isinstance(one, AnswersRecord)), None)
    if record is None:
        raise PlatformFault("the probe wrote no answers")
    return record


def _twins(run: Run, attacks: Attacks, record: AnswersRecord, spec: LabelledSpec) -> TwinsFact:
    told = told_of(run.material.sets[attacks.set], record)
    return twins_fact(attacks.set, twins_of(told, attacks.obeyed, attacks.group), spec)


def _canaries(run: Run, records: Sequence[AnswersRecord]) -> CanaryFact | None:
    return canary_fact(records) if run.material.challenge.contract.canaries else None


def _measured(record: AnswersRecord, rows: Sequence[Row]) -> QualityMeasurement:
    """As of any quality stage; what agrees is what was decided rightly and not made up."""
    return QualityMeasurement(
        rows=len(rows),
        answered=len(record.told),
        agreeing=record.outcomes.count(CORRECT),
        roc_auc=None,
        reference_roc_auc=0.0,
        worst_difference=None,
        outcomes=dict(Counter(record.outcomes)),
    )
