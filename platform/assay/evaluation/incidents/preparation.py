"""Rows for the timeline: drifted, with the right answers asked of the reference beforehand.

The reference answers what the submission will be asked, so that a wrong answer served during
a drift or an outage is known for one. It answers nothing about rows that have to be refused.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assay.domain.errors import PlatformFault
from assay.domain.incidents import GroundTruth
from assay.domain.timeline import IncidentRules
from assay.evaluation.drifts import Drifted, ground_truth, prepare
from assay.evaluation.incidents.timeline import Timeline
from assay.evaluation.incidents.traffic import DEPENDENCY, SERVICE_FAULTS, needs_rows
from assay.evaluation.material import Row, write_incident_rows
from assay.evaluation.run import Run
from assay_probe.plan import AnswersPlan
from assay_probe.records import AnswersRecord

ASKED = "incidents/asked.jsonl"
CONCURRENCY = 8
ANSWERS_S = 60.0
UNKNOWN = "unknown"
"""Stands in the id of a row whose dependency is to know nothing of it."""

TIMING_OUT = (DEPENDENCY, *SERVICE_FAULTS)
"""Injectors during which a dependency may not be heard in time; also a service that gets little
CPU is right to answer without it."""

Scores = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything the probe needs of rows.

    Attributes:
        clean: The pool, with fallback answers where a dependency will be away.
        drifted: Incident id -> its rows, with right answers.
        truths: Incident id -> how far its rows are from the clean ones.
    """

    clean: tuple[Row, ...]
    drifted: Mapping[str, Drifted]
    truths: Mapping[str, GroundTruth]


def prepared(run: Run, timeline: Timeline, rules: IncidentRules) -> Prepared:
    """Drift the pool, ask the reference, measure the drifts."""
    run.say("preparing the traffic of the timeline")
    pool = run.material.pool
    drifted = {
        one.spec.id: prepare(one.spec, pool, run.seed_for("drift", one.spec.id))
        for one in timeline.planned
        if needs_rows(one.spec.injector)
    }
    outage = any(one.spec.injector in TIMING_OUT for one in timeline.planned)
    answers = _Asked(run, rules, pool, drifted, outage=outage).answers()
    clean = tuple(_with_fallback(row, answers.get(f"{UNKNOWN}/{row.id}"), run) for row in pool)
    known = {name: _with_answers(name, one, answers) for name, one in drifted.items()}
    scores = {row.id: row.expected for row in pool if row.expected is not None}
    truths = {name: _truth(run, one, pool, scores) for name, one in known.items()}
    return Prepared(clean, known, truths)


@dataclass(frozen=True, slots=True)
class _Asked:
    """All rows the reference is asked about, under names that tell where they belong."""

    run: Run
    rules: IncidentRules
    pool: Sequence[Row]
    drifted: Mapping[str, Drifted]
    outage: bool

    def answers(self) -> Scores:
        """Name -> the reference's answer."""
        rows = [*self._drifted_rows(), *(self._without_dependency() if self.outage else ())]
        if not rows:
            return {}
        plan = AnswersPlan(
            target=self.run.target("reference"),
            request=self.run.request_spec(ASKED),
            concurrency=CONCURRENCY,
            deadline_s=ANSWERS_S,
        )
        files = {ASKED: write_incident_rows(rows)}
        found = self.run.probe(plan, seconds=ANSWERS_S, files=files)
        record = next((r for r in found if isinstance(r, AnswersRecord)), None)
        if record is None:
            raise PlatformFault("the probe wrote no answers of the reference")
        return _complete(record, rows)

    def _drifted_rows(self) -> Iterable[Row]:
        for name, one in self.drifted.items():
            for level, rows in one.rows.items():
                yield from (
                    replace(row, id=f"{name}/{level:g}/{place}", expected=None)
                    for place, row in enumerate(rows)
                    if row.expected is None and not row.refuse
                )

    def _without_dependency(self) -> Iterable[Row]:
        """The clean rows under ids that no dependency knows: the fallback shows."""
        feedback = self.rules.feedback
        if feedback is None:
            return
        for row in self.pool:
            body = {**row.body, feedback.id_field: f"{UNKNOWN}-{row.id}"[:64]}
            yield Row(f"{UNKNOWN}/{row.id}", body, None)


def _complete(record: AnswersRecord, rows: Sequence[Row]) -> Scores:
    """The answers.

    Raises:
        PlatformFault: the reference left more than a few rows without one.
    """
    found = {name: value for name, value in record.answers.items() if value is not None}
    missing = [row.id for row in rows if row.id not in found]
    if len(missing) > len(rows) // 100:
        raise PlatformFault(
            f"the reference did not answer {len(missing)} of {len(rows)} rows, {missing[0]} first",
            remedy="prove the challenge; a drift may make rows that the contract refuses",
        )
    return found


def _with_answers(name: str, one: Drifted, answers: Scores) -> Drifted:
    return replace(
        one,
        rows={
            level: tuple(
                replace(row, expected=answers.get(f"{name}/{level:g}/{place}"))
                if row.expected is None and not row.refuse
                else row
                for place, row in enumerate(rows)
            )
            for level, rows in one.rows.items()
        },
    )


def _with_fallback(row: Row, fallback: float | None, run: Run) -> Row:
    """The row, with what is right as well while the dependency is away, if that differs."""
    tolerance = run.material.challenge.contract.score.tolerance
    if fallback is None or row.expected is None or abs(fallback - row.expected) <= tolerance:
        return row
    return replace(row, fallback=fallback)


def _truth(run: Run, one: Drifted, pool: Sequence[Row], scores: Scores) -> GroundTruth:
    rows = one.rows[max(one.rows)]
    drifted_scores = {row.id: row.expected for row in rows if row.expected is not None}
    return ground_truth(
        pool,
        rows,
        intensity=one.intensity,
        scores_clean=scores,
        scores_drifted=drifted_scores,
        skip=frozenset(run.material.challenge.contract.personal_fields),
    )
