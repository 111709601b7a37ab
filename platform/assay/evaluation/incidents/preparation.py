"""Rows for the timeline: drifted, with the right answers asked of the reference beforehand.

The reference answers what the submission will be asked, so that a wrong answer served during
a drift or an outage is known for one. It answers nothing about rows that have to be refused.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from assay.domain.errors import PlatformFault
from assay.domain.incidents import GroundTruth
from assay.domain.timeline import IncidentRules
from assay.evaluation.drifts import Drifted, ground_truth, prepare
from assay.evaluation.drifts.truth import features_of
from assay.evaluation.incidents.generated import GENERATED, as_drift, settings_of
from assay.evaluation.incidents.timeline import Timeline
from assay.evaluation.incidents.traffic import DEPENDENCY, SERVICE_FAULTS, is_drift
from assay.evaluation.material import Rounds, Row, write_incident_rows
from assay.evaluation.run import Run
from assay_probe.plan import AnswersPlan, BatchSpec
from assay_probe.records import AnswersRecord

ASKED = "incidents/asked.jsonl"
CONCURRENCY = 4
BATCH_ROWS = 50
"""Asked at once: the reference is quick with many rows, and has half a second to look up all that
a dependency has to be asked about."""
ANSWERS_S = 60.0
LEAST_ROUNDS = 2
"""Of a drift, so that its strength is searched on enough rows."""
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
        clean: Rows of quiet time, with fallback answers where a dependency will be away.
        drifted: Incident id -> its rows, with right answers.
        truths: Incident id -> how far its rows are from clean ones.
        round_rows: So many rows of `clean` make a round, 0 for all of them.
    """

    clean: tuple[Row, ...]
    drifted: Mapping[str, Drifted]
    truths: Mapping[str, GroundTruth]
    round_rows: int = 0


def prepared(run: Run, timeline: Timeline, rules: IncidentRules) -> Prepared:
    """Draw the rows, drift them, ask the reference, measure the drifts."""
    run.say("preparing the traffic of the timeline")
    drawn = _drawn(run, timeline, rules)
    drifted = {
        one.spec.id: prepare(one.spec, drawn.own[one.spec.id], run.seed_for("drift", one.spec.id))
        for one in timeline.planned
        if one.spec.id in drawn.own
    }
    drifted |= _made(run, timeline)
    outage = run.material.challenge.contract.answers is None and any(
        one.spec.injector in TIMING_OUT for one in timeline.planned
    )
    answers = _Asked(run, rules, drawn.clean, drifted, outage=outage).answers()
    clean = tuple(_with_fallback(r, answers.get(f"{UNKNOWN}/{r.id}"), run) for r in drawn.clean)
    known = {name: _with_answers(name, one, answers) for name, one in drifted.items()}
    found = {n: _truth(run, one, drawn.own.get(n, clean)) for n, one in known.items()}
    truths = {name: truth for name, truth in found.items() if truth is not None}
    return Prepared(clean, known, truths, drawn.round_rows)


def _made(run: Run, timeline: Timeline) -> dict[str, Drifted]:
    """Incidents whose rows the challenge's own module has made."""
    specs = [one.spec for one in timeline.planned if one.spec.injector == GENERATED]
    missing = [spec.id for spec in specs if settings_of(spec).set not in run.material.sets]
    if missing:
        raise PlatformFault(f"nobody has made the rows of {', '.join(missing)}")
    return {spec.id: as_drift(spec, run.material.sets[settings_of(spec).set]) for spec in specs}


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Clean rows with their right answers.

    Attributes:
        clean: Of quiet time.
        own: Incident id -> rows that its drift is made from.
    """

    clean: tuple[Row, ...]
    own: Mapping[str, tuple[Row, ...]]
    round_rows: int = 0


def _drawn(run: Run, timeline: Timeline, rules: IncidentRules) -> _Drawn:
    """The pool as it is; or where the challenge says so rows that were never sent, to anybody.

    None of them is sent twice in quiet time, and every incident has rows of its own: whether a
    service has seen a row before says nothing of whether something drifts.
    """
    fresh, pool = run.material.fresh, run.material.pool
    drifts = (one.spec for one in timeline.planned if is_drift(one.spec.injector))
    spans = {spec.id: spec.length_min for spec in drifts}
    if fresh is None or not run.has_reference:
        return _Drawn(pool, dict.fromkeys(spans, pool))
    at = _rounds(timeline.length_min, rules, fresh)
    clean, own = fresh.rounds(0, at), {}
    for name, length_min in spans.items():
        count = max(LEAST_ROUNDS, _rounds(length_min, rules, fresh))
        own[name] = fresh.rounds(at, count)
        at += count
    found = _expected(run, [*clean, *(row for rows in own.values() for row in rows)])
    return _Drawn(
        tuple(replace(row, expected=found.get(row.id)) for row in clean),
        {
            name: tuple(replace(row, expected=found.get(row.id)) for row in rows)
            for name, rows in own.items()
        },
        fresh.size,
    )


def _rounds(length_min: float, rules: IncidentRules, fresh: Rounds) -> int:
    """So many that no row comes twice at the usual rate; a virtual minute is a second."""
    return math.ceil(length_min * rules.rate_rps / fresh.size)


def _expected(run: Run, rows: Sequence[Row]) -> Scores:
    """The reference's answers by id."""
    return _complete(_ask(run, rows), rows)


def _ask(run: Run, rows: Sequence[Row]) -> AnswersRecord:
    """What the reference answers to rows, many at a time.

    Raises:
        PlatformFault: the probe did not finish.
    """
    batch = run.material.challenge.contract.batch
    plan = AnswersPlan(
        target=run.target("reference"),
        request=run.request_spec(ASKED),
        concurrency=CONCURRENCY,
        deadline_s=ANSWERS_S,
        batch=BatchSpec(
            method=batch.method,
            path=batch.path,
            rows_field=batch.rows_field,
            answers_field=batch.answers_field,
            rows=min(BATCH_ROWS, batch.max_rows),
            timeout_s=batch.timeout_s,
            max_response_bytes=batch.max_response_bytes,
        ),
    )
    found = run.probe(plan, seconds=ANSWERS_S, files={ASKED: write_incident_rows(rows)})
    record = next((r for r in found if isinstance(r, AnswersRecord)), None)
    if record is None:
        raise PlatformFault("the probe wrote no answers of the reference")
    return record


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
        if not rows or not self.run.has_reference:
            return {}
        return _complete(_ask(self.run, rows), rows)

    def _drifted_rows(self) -> Iterable[Row]:
        for name, one in self.drifted.items():
            for level, rows in one.rows.items():
                yield from (
                    replace(row, id=f"{name}/{level:g}/{place}", expected=None)
                    for place, row in enumerate(rows)
                    if _is_unknown(row)
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


def _is_unknown(row: Row) -> bool:
    """Whether its right answer has to be asked for; one with a truth has it already."""
    return row.expected is None and row.truth is None and not row.refuse


def _with_answers(name: str, one: Drifted, answers: Scores) -> Drifted:
    return replace(
        one,
        rows={
            level: tuple(
                replace(row, expected=answers.get(f"{name}/{level:g}/{place}"))
                if _is_unknown(row)
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


def _truth(run: Run, one: Drifted, clean: Sequence[Row]) -> GroundTruth | None:
    """How far the drift is from clean rows; None where rows have no features, but documents."""
    skip = frozenset(run.material.challenge.contract.personal_fields)
    if not features_of(clean, skip):
        return None
    rows = one.rows[max(one.rows)]
    scores = {row.id: row.expected for row in clean if row.expected is not None}
    drifted_scores = {row.id: row.expected for row in rows if row.expected is not None}
    return ground_truth(
        clean,
        rows,
        intensity=one.intensity,
        scores_clean=scores,
        scores_drifted=drifted_scores if run.has_reference else None,
        skip=skip,
    )
