"""contract: the hidden test suite from the probe, and what the log gives away."""

from typing import Literal, cast

from assay.domain.errors import CandidateFault
from assay.domain.measurements import ContractMeasurement, TestResult
from assay.evaluation.material import Row, field_value, write_rows
from assay.evaluation.run import Run
from assay.evaluation.windows import SERVED
from assay.kit.text import storable
from assay_probe.plan import AnswersPlan, ContractPlan
from assay_probe.records import AnswersRecord, TestRecord

SUITE_S = 180.0
"""For all hidden tests: a service that waits as long as it may in each of them must not run out."""
CANARY_ROWS = 60
"""Rows whose personal fields are looked for in the log: enough that a leak of one
field in a hundred lines shows, few enough to take a second."""
EXCERPT_LINES = 5
ROWS = "contract.jsonl"
LEAKS_S = 20.0


def contract(run: Run) -> None:
    """Run the suite, then send rows whose personal values must not turn up in the log."""
    contract_rules = run.material.challenge.contract
    rows = write_rows(run.material.sets.get("contract") or run.material.rows)
    plan = ContractPlan(
        target=run.target("submission"),
        tests=contract_rules.tests.removeprefix("harness/"),
        harness="harness",
        stand_ins=list(run.world.stand_ins()),
        settings={"contract": contract_rules.model_dump(mode="json"), "rows": f"../{ROWS}"},
        seed=run.seed_for("contract"),
        deadline_s=SUITE_S,
    )
    found = run.probe(plan, seconds=SUITE_S, files={ROWS: rows})
    records = [r for r in found if isinstance(r, TestRecord)]
    run.facts["contract"] = _measured(run, records, leaks=_leaks(run))


def _measured(
    run: Run, records: list[TestRecord], *, leaks: tuple[int, dict[str, list[str]]]
) -> ContractMeasurement:
    sent, found = leaks
    log, total = run.services["submission"].log()
    return ContractMeasurement(
        tests=tuple(_result(r) for r in records),
        personal_values_sent=sent,
        personal_values_in_log=sum(map(len, found.values())),
        leaked_fields=tuple(sorted(found)),
        log_bytes=total,
        log_excerpt=_excerpt(log, [v for values in found.values() for v in values]),
    )


def _result(record: TestRecord) -> TestResult:
    return TestResult(
        test=record.test,
        title=storable(record.title),
        criterion=record.criterion,
        points=record.points,
        outcome=cast(Literal["passed", "failed", "unfinished", "error"], record.outcome),
        message=storable(record.message),
        duration_s=record.duration_s,
    )


def _leaks(run: Run) -> tuple[int, dict[str, list[str]]]:
    """Personal values sent, and those found in the log by field."""
    fields = run.material.challenge.contract.personal_fields
    rows = run.material.rows[:CANARY_ROWS]
    if not fields or not _sent(run, rows):
        return 0, {}
    log, _ = run.services["submission"].log()
    values = {f: {str(v) for r in rows if (v := field_value(r.body, f))} for f in fields}
    found = {f: sorted(v for v in vs if v in log) for f, vs in values.items()}
    return sum(map(len, values.values())), {f: vs for f, vs in found.items() if vs}


def _sent(run: Run, rows: tuple[Row, ...]) -> bool:
    """Send the rows once; whether the service answered any of them."""
    try:
        target = run.target("submission")
    except CandidateFault:
        return False
    quality = run.material.challenge.quality
    plan = AnswersPlan(
        target=target,
        request=run.request_spec(),
        concurrency=quality.concurrency if quality else 4,
        deadline_s=LEAKS_S,
        first=len(rows),
    )
    record = run.probe_for(AnswersRecord, plan, seconds=LEAKS_S)
    return any(letter in SERVED for letter in record.outcomes)


def _excerpt(log: str, values: list[str]) -> str:
    """The first lines that gave something away, or the last lines of the log."""
    lines = log.splitlines()
    leaking = [line for line in lines if any(v in line for v in values[:50])]
    return "\n".join(leaking[:EXCERPT_LINES] if values else lines[-EXCERPT_LINES:])
