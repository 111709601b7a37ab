"""What `/metrics` says: about requests from memory, about everything else from the database.

Any web process tells about the whole installation. What grows without end (pushes, stages) is
counted from the moment the process starts, reading only what came since the last scrape; what has
ended is counted twice a minute, because that reads an index of all there ever was.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlmodel import Session, col, func, select

from assay.db.session import Database
from assay.db.tables import Evaluation, EvaluationStage, Submission, Worker
from assay.domain.lifecycle import ENDED, EvaluationState, Lane

SEEN_WITHIN = timedelta(minutes=2)
"""A worker that was silent for longer is not counted."""
RECOUNTED_AFTER = timedelta(seconds=30)
"""How old the number of evaluations that ended may be."""
STAGE_BUCKETS = (1, 5, 10, 20, 40, 80, 160, 320, 640)
PUSH_BUCKETS = (10_000, 100_000, 1_000_000, 5_000_000, 20_000_000)
REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10)
ROWS_AT_ONCE = 20_000
LIVE = frozenset(EvaluationState) - ENDED
"""Few at any time, and found by an index: counted at each scrape."""

REQUESTS = Histogram(
    "assay_request_seconds",
    "Time to answer a request, by route.",
    ["method", "route", "status"],
    registry=None,
    buckets=REQUEST_BUCKETS,
)


Counts = dict[tuple[Lane, EvaluationState], int]
"""How many evaluations there are, by lane and state."""


class Rows(Collector):
    """Figures that a query gives when they are asked for."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._one_at_a_time = threading.Lock()
        self._ended: Counts = {}
        self._counted_at: datetime | None = None

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        with self._database.read() as session:
            counts = {**self._ended_so_far(session), **_counts(session, LIVE)}
            yield from _queue(session, self._now())
            yield from _evaluations(counts)
            yield from _workers(session, counts, self._now())

    def _ended_so_far(self, session: Session) -> Counts:
        with self._one_at_a_time:
            now = self._now()
            if self._counted_at is None or now - self._counted_at >= RECOUNTED_AFTER:
                self._ended, self._counted_at = _counts(session, ENDED), now
            return self._ended


class Since:
    """Histograms of what was added since the last scrape."""

    def __init__(self, database: Database, registry: CollectorRegistry, now: datetime) -> None:
        self._database = database
        self._one_at_a_time = threading.Lock()
        self._stages = Histogram(
            "assay_stage_seconds", "How long stages took.", ["stage", "status"],
            registry=registry, buckets=STAGE_BUCKETS,
        )  # fmt: skip
        self._pushes = Histogram(
            "assay_push_bytes", "Size of accepted pushes.", registry=registry, buckets=PUSH_BUCKETS
        )
        self._pushed = now
        with database.read() as session:
            self._stage_id = session.exec(select(func.max(EvaluationStage.id))).one() or 0

    def catch_up(self) -> None:
        """Add what came since, once however many ask."""
        with self._one_at_a_time, self._database.read() as session:
            self._add_stages(session)
            self._add_pushes(session)

    def _add_stages(self, session: Session) -> None:
        rows = session.exec(
            select(
                EvaluationStage.id,
                EvaluationStage.stage,
                EvaluationStage.status,
                EvaluationStage.seconds,
            )
            .where(col(EvaluationStage.id) > self._stage_id)
            .order_by(col(EvaluationStage.id))
            .limit(ROWS_AT_ONCE)
        )
        for number, stage, status, seconds in rows:
            self._stages.labels(stage, status).observe(seconds)
            self._stage_id = number or self._stage_id

    def _add_pushes(self, session: Session) -> None:
        rows = session.exec(
            select(Submission.pushed_at, Submission.pack_bytes)
            .where(col(Submission.pushed_at) > self._pushed)
            .order_by(col(Submission.pushed_at))
            .limit(ROWS_AT_ONCE)
        )
        for at, size in rows:
            self._pushes.observe(size)
            self._pushed = at


class Metrics:
    """The registry of one process."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.registry.register(REQUESTS)
        self.registry.register(Rows(database, now))
        self._since = Since(database, self.registry, now())

    def catch_up(self) -> None:
        """Before they are told."""
        self._since.catch_up()


def _queue(session: Session, now: datetime) -> Iterable[Metric]:
    depth = GaugeMetricFamily(
        "assay_queue_depth", "Evaluations that wait, by lane.", labels=["lane"]
    )
    oldest = GaugeMetricFamily(
        "assay_queue_oldest_seconds", "How long the longest waits.", labels=["lane"]
    )
    waiting = session.exec(
        select(Evaluation.lane, func.count(), func.min(Evaluation.queued_at))
        .where(Evaluation.state == EvaluationState.QUEUED)
        .group_by(col(Evaluation.lane))
    ).all()
    found = {lane: (count, since) for lane, count, since in waiting}
    for lane in Lane:
        count, since = found.get(lane, (0, now))
        depth.add_metric([lane.value], count)
        oldest.add_metric([lane.value], max(0.0, (now - since).total_seconds()))
    return depth, oldest


def _counts(session: Session, states: Collection[EvaluationState]) -> Counts:
    rows = session.exec(
        select(Evaluation.lane, Evaluation.state, func.count())
        .where(col(Evaluation.state).in_(states))
        .group_by(col(Evaluation.lane), col(Evaluation.state))
    ).all()
    return {(Lane(lane), EvaluationState(state)): count for lane, state, count in rows}


def _evaluations(counts: Counts) -> Iterable[Metric]:
    family = GaugeMetricFamily(
        "assay_evaluations", "Evaluations by lane and state.", labels=["lane", "state"]
    )
    for (lane, state), count in sorted(counts.items()):
        family.add_metric([lane.value, state.value], count)
    given_up = _in_state(counts, EvaluationState.PLATFORM_FAULT)
    return family, GaugeMetricFamily(
        "assay_platform_faults", "Given up by a fault of ours, waiting for a person.", given_up
    )


def _workers(session: Session, counts: Counts, now: datetime) -> Iterable[Metric]:
    workers, slots = session.exec(
        select(func.count(), func.coalesce(func.sum(Worker.slots), 0)).where(
            col(Worker.seen_at) > now - SEEN_WITHIN
        )
    ).one()
    told = {
        "assay_workers": ("Workers seen lately.", workers),
        "assay_slots": ("Evaluations that can run at once.", slots),
        "assay_slots_busy": (
            "Evaluations that run.",
            _in_state(counts, EvaluationState.RUNNING),
        ),
    }
    return [GaugeMetricFamily(name, text, value=value) for name, (text, value) in told.items()]


def _in_state(counts: Counts, wanted: EvaluationState) -> int:
    return sum(count for (_, state), count in counts.items() if state is wanted)
