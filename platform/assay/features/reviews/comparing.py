"""Two to five candidates of one position side by side, from what is stored. Nothing is run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel
from sqlmodel import Session, col, select

from assay.db.artifacts import artifact_names_of, get_artifact
from assay.db.results import judged_evaluations
from assay.db.tables import Assessment, Evaluation
from assay.domain.difference import Figure, counted
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.domain.evidence import EVIDENCE_FILE, RESULT_FILE
from assay.domain.incidents import IncidentsMeasurement
from assay.domain.measurements import Estimate
from assay.domain.rubric import Band, Criterion
from assay.domain.scorecard import Status
from assay.domain.stored_result import StoredLine
from assay.features.reviews.overriding import Totals, totals_of
from assay.features.reviews.results import ResultPart, result_of
from assay.features.reviews.timelines import Lane, lane_of

FEWEST, MOST = 2, 5
WHOLE: Status = "complete"


class _Rubric(BaseModel):
    criterion: tuple[Criterion, ...]


class _Load(BaseModel):
    latency_ms_p95: Estimate | None
    reference_ms_p95: float | None


class _Capacity(BaseModel):
    cost_per_million: float | None
    reference_cost_per_million: float | None
    cpu_ratio: Estimate | None
    price_sheet: str


class _Evidence(BaseModel):
    """The part of `evidence.json` that is drawn."""

    challenge: _Rubric
    load: _Load | None = None
    capacity: _Capacity | None = None
    incidents: IncidentsMeasurement | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a service stands between cost and latency.

    Attributes:
        cost: Dollars per million correct answers.
        latency_ms: p95 at the published rate.
        reference_cost, reference_ms: Of the reference in the same run; None if unknown.
        price_sheet: The prices it was computed with.
    """

    cost: Figure
    latency_ms: Figure
    reference_cost: float | None
    reference_ms: float | None
    price_sheet: str


@dataclass(frozen=True, slots=True)
class Contender:
    """One candidate.

    Attributes:
        evaluation: The one whose result counts.
        totals: The score as every list shows it, and with overrides.
        total: As measured, by the weights of the position, with its noise; None: there is none.
        areas, lines: In the challenge's own points, with their noise; None: not measured.
        spot, lane: None where the challenge measures no such thing, or the run did not get there.
    """

    assessment: Assessment
    evaluation: Evaluation
    result: ResultPart
    totals: Totals
    total: Figure | None
    areas: Mapping[str, Figure | None]
    lines: Mapping[str, Figure | None]
    spot: Spot | None
    lane: Lane | None

    @property
    def is_whole(self) -> bool:
        """Whether every line was measured: only then its total stands beside others."""
        return self.result.status == WHOLE


def chosen(session: Session, organisation_id: str, ids: Sequence[str]) -> list[Assessment]:
    """The assessments, in the order in which they were named.

    Raises:
        NotFound: one is not of this organisation.
        BadInput: they are too few, too many, or not of one position and one challenge.
    """
    wanted = list(dict.fromkeys(ids))
    found = {
        row.id: row
        for row in session.exec(
            select(Assessment).where(
                col(Assessment.id).in_(wanted), Assessment.organisation_id == organisation_id
            )
        )
    }
    if len(found) < len(wanted):
        raise NotFound("There is no such assessment in your organisation.")
    if not FEWEST <= len(wanted) <= MOST:
        raise BadInput(f"choose {FEWEST} to {MOST} candidates: {len(wanted)} were chosen")
    rows = [found[one] for one in wanted]
    if len({(row.position_id, row.challenge) for row in rows}) > 1:
        raise BadInput("only candidates of one position, who did the same challenge, compare")
    return rows


def contenders(session: Session, rows: Sequence[Assessment]) -> list[Contender]:
    """What there is of each.

    Raises:
        Conflict: one has no result yet.
    """
    counts = judged_evaluations(session, [row.id for row in rows])
    without = [row for row in rows if row.id not in counts]
    if without:
        raise Conflict(
            f"{len(without)} of them have no result yet; compare those whose result stands"
        )
    files = artifact_names_of(session, [one.id for one in counts.values()])
    return [_contender(session, row, counts[row.id], files) for row in rows]


def _contender(
    session: Session, row: Assessment, evaluation: Evaluation, files: Mapping[str, list[str]]
) -> Contender:
    there = files.get(evaluation.id, [])
    if RESULT_FILE not in there:
        raise Conflict("the stored result of one of them is gone; regrade it")
    result = result_of(session, evaluation.id)
    evidence = None
    if EVIDENCE_FILE in there:
        stored = get_artifact(session, evaluation.id, EVIDENCE_FILE)
        evidence = _Evidence.model_validate_json(stored)
    bands = {one.id: one.band for one in evidence.challenge.criterion} if evidence else {}
    lines = {one.id: _points(one, bands.get(one.id)) for one in result.criteria}
    totals = totals_of(session, row, evaluation, result)
    return Contender(
        assessment=row,
        evaluation=evaluation,
        result=result,
        totals=totals,
        total=_total(totals, result),
        areas={area.id: _area(area.id, result, lines) for area in result.areas},
        lines=lines,
        spot=_spot(evidence) if evidence else None,
        lane=lane_of(evidence.incidents) if evidence and evidence.incidents else None,
    )


def _total(totals: Totals, result: ResultPart) -> Figure | None:
    if totals.machine is None:
        return None
    low, high = totals.interval or (totals.machine, totals.machine)
    estimated = any(line.interval is not None for line in result.criteria)
    return Figure(totals.machine, min(low, totals.machine), max(high, totals.machine), estimated)


def _points(line: StoredLine, band: Band | None) -> Figure | None:
    """Points, and what they would be at the ends of the interval of the value.

    Where the band is not known any more they could be anything.
    """
    if line.points is None:
        return None
    if line.interval is None:
        return counted(line.points)
    if band is None:
        return Figure(line.points, 0.0, float(line.max))
    low, high = line.interval
    ends = [
        float(band.fraction(end)) * line.max
        for end in (
            float("-inf") if low is None else low,
            float("inf") if high is None else high,
        )
    ]
    return Figure(line.points, min(*ends, line.points), max(*ends, line.points))


def _area(area_id: str, result: ResultPart, lines: Mapping[str, Figure | None]) -> Figure | None:
    """The sum of its lines; what each could lose or gain is summed as in `domain.scoring`."""
    figures = [lines[one.id] for one in result.criteria if one.area == area_id]
    return _sum(one for one in figures if one is not None)


def _sum(figures: Iterable[Figure]) -> Figure | None:
    parts = list(figures)
    if not parts:
        return None
    value = sum(one.value for one in parts)
    down = sum((one.value - one.low) ** 2 for one in parts) ** 0.5
    up = sum((one.high - one.value) ** 2 for one in parts) ** 0.5
    return Figure(value, value - down, value + up, any(one.estimated for one in parts))


def _spot(evidence: _Evidence) -> Spot | None:
    load, capacity = evidence.load, evidence.capacity
    p95 = load.latency_ms_p95 if load else None
    if p95 is None or capacity is None or not capacity.cost_per_million:
        return None
    if not all(0 < value < float("inf") for value in (p95.value, capacity.cost_per_million)):
        return None
    return Spot(
        cost=_cost(capacity.cost_per_million, capacity.cpu_ratio),
        latency_ms=Figure(p95.value, p95.low, p95.high),
        reference_cost=capacity.reference_cost_per_million,
        reference_ms=load.reference_ms_p95 if load else None,
        price_sheet=capacity.price_sheet,
    )


def _cost(value: float, cpu: Estimate | None) -> Figure:
    """Cost is proportional to CPU time (`domain.prices`), so its interval is that of the ratio."""
    if cpu is None or not cpu.value:
        return counted(value)
    return Figure(value, value * cpu.low / cpu.value, value * cpu.high / cpu.value)
