"""Meters read at the end of every stage: what the submission and the reference spent in it.

The harness alone reads them. What cannot be read is not known; it never ends a stage.
"""

import logging
from collections.abc import Iterable, Sequence
from math import fsum

from assay.domain.challenge import Dependency, StageName
from assay.domain.dependencies import ToldCost
from assay.domain.errors import AssayError
from assay.domain.meters import ROWS, WHOLE, AskedQuestion, MeterReading, ModelUse
from assay.evaluation.material import Row, field_value
from assay.evaluation.ports import Role
from assay.evaluation.run import Run
from assay.evaluation.stretches import Stretch, Told
from assay.kit.text import storable
from assay_probe.arrivals import own_string
from assay_probe.plan import MeteredStandIn, MeterPlan, MeterStretch, Target, ToldPlan
from assay_probe.records import AnswersRecord, MeterRecord, ToldRecord

logger = logging.getLogger(__name__)

READING_S = 20.0
TOLD_S = 20.0
ROLES: tuple[Role, ...] = ("submission", "reference")
UNCALLED: tuple[StageName, ...] = ("checkout", "build", "operability")
"""Stages in which nothing is sent to a service."""
PROMPTS, PROMPT_CHARACTERS = 5, 2000
"""Kept of the system messages."""
QUESTIONS = 10
"""Kept of those that cost most."""
DOLLARS_MAX = 1_000_000.0
"""No request costs more; a service that says so, or less than nothing, has said nothing."""
SUMS = (
    "calls",
    "answered",
    "refused",
    "failed",
    "questions",
    "prompt_tokens",
    "cached_tokens",
    "completion_tokens",
    "cost_pico_usd",
    "missed",
)
"""Fields that a record and a reading share."""


def metered(run: Run) -> tuple[Dependency, ...]:
    """The dependencies whose bill is kept."""
    return tuple(one for one in run.material.challenge.dependency if one.meter)


def note_spending(run: Run) -> None:
    """Keep what the stage that ends has spent, and the stretches of it that were asked for."""
    stretches, run.stretches = run.stretches, []
    if not metered(run) or not run.services or run.stage in UNCALLED:
        return
    for record in keep_readings(run, stretches, whole=True):
        run.meter_marks[record.target, record.dependency] = record.last


def keep_readings(
    run: Run, stretches: Sequence[Stretch], *, whole: bool = False
) -> list[MeterRecord]:
    """Read the meters and keep the stretches as evidence; with `whole`, also all of the stage.

    Returns:
        What was read, [] if nothing could be.
    """
    try:
        records = _read(run, stretches)
    except AssayError as fault:
        run.say(f"the meters could not be read: {fault}")
        return []
    except Exception:  # whatever it is, what the stage has measured stands
        logger.exception("the meters of stage %s could not be read", run.stage)
        return []
    known = {one.label: one for one in stretches}
    wanted = [r for r in records if _is_wanted(r, known.get(r.label), whole=whole)]
    readings = (_reading(run, record, known.get(record.label)) for record in wanted)
    run.facts["meters"] = (*run.facts.get("meters", ()), *readings)
    return records


def note_rows(run: Run, record: AnswersRecord, rows: Sequence[Row], *, right: int) -> None:
    """The bill of labelled rows is wanted apart, beside what the service says they cost.

    Args:
        run: In the stage that has asked.
        record: What came of asking.
        rows: That were asked.
        right: How many of them were rightly handled.
    """
    if not metered(run):
        return
    asked = {one.name: _told(run, one.told, rows) for one in metered(run) if one.told}
    told = {name: said for name, said in asked.items() if said is not None}
    run.stretches.append(
        Stretch(
            label=ROWS,
            since_s=record.started_s,
            until_s=record.ended_s,
            asked={"submission": len(rows)},
            right={"submission": right},
            told=told,
        )
    )


def _read(run: Run, stretches: Sequence[Stretch]) -> list[MeterRecord]:
    names = {one.name for one in metered(run)}
    meters = [
        MeteredStandIn(role, one, run.meter_marks.get((role, one.name), 0))
        for role in ROLES
        for one in run.world.stand_ins(role)
        if one.name in names
    ]
    if not meters:
        return []
    wanted = [MeterStretch(s.label, s.since_s, s.until_s, s.every_s) for s in stretches]
    plan = MeterPlan(meters, since_s=run.stage_started_s, stretches=wanted)
    traffic_s = run.traffic_s
    found = run.probe(plan, seconds=READING_S)
    run.traffic_s = traffic_s  # no request was sent to a service: it counts as overhead
    return [record for record in found if isinstance(record, MeterRecord)]


def _is_wanted(record: MeterRecord, stretch: Stretch | None, *, whole: bool) -> bool:
    if record.label == WHOLE:
        return whole
    return stretch is not None and record.target in stretch.asked


def _reading(run: Run, record: MeterRecord, stretch: Stretch | None) -> MeterReading:
    role: Role = "reference" if record.target == "reference" else "submission"
    told = stretch.told.get(record.dependency) if stretch else None
    return MeterReading.model_validate(
        {
            "stage": run.stage,
            "role": role,
            "dependency": record.dependency,
            "label": record.label,
            **{name: getattr(record, name) for name in SUMS},
            "models": {storable(n): ModelUse(**sums) for n, sums in record.models.items()},
            "obeyed": record.obeyed,
            "dearest": tuple(_questions(record.dearest)),
            "system_prompts": tuple(
                storable(text[:PROMPT_CHARACTERS]) for text in record.system_prompts[:PROMPTS]
            ),
            "asked": stretch.asked.get(role) if stretch else None,
            "right": stretch.right.get(role) if stretch else None,
            "told_usd": told.dollars if told else None,
            "told_of": told.requests if told else 0,
        }
    )


def _questions(dearest: Iterable[Sequence[str | int]]) -> Iterable[AskedQuestion]:
    for digest, calls, cost in list(dearest)[:QUESTIONS]:
        yield AskedQuestion(digest=str(digest), calls=int(calls), cost_pico_usd=int(cost))


def _told(run: Run, where: ToldCost, rows: Sequence[Row]) -> Told | None:
    """What the submission says that some rows cost; None where it could not be asked."""
    service = run.services["submission"]
    if service.exit() is not None:
        return None
    ids = dict.fromkeys(_id_sent(run, row, where) for row in rows)
    plan = ToldPlan(
        target=Target("submission", service.url),
        path=where.path,
        ids=[name for name in ids if name],
        field=where.field,
        deadline_s=TOLD_S,
    )
    try:
        said = run.probe_for(ToldRecord, plan, seconds=TOLD_S).dollars.values()
    except AssayError as fault:
        run.say(f"what requests cost could not be asked: {fault}")
        return None
    known = [usd for usd in said if usd is not None and 0 <= usd <= DOLLARS_MAX]
    return Told(fsum(known), len(known))


def _id_sent(run: Run, row: Row, where: ToldCost) -> str:
    """The id under which a row was asked, "" if it has none."""
    if where.id_field == run.material.challenge.contract.score.unique:
        return own_string(row.id)
    return str(field_value(row.body, where.id_field) or "")
