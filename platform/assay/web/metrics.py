"""What `/metrics` says: about requests from memory, about everything else from the database.

Any web process tells about the whole installation. What grows without end (pushes, stages) is
counted from the moment the process starts, reading only what came since the last scrape.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlmodel import Session, col, func, select

from assay.db.session import Database
from assay.db.tables import Evaluation, EvaluationStage, Submission, Worker
from assay.domain.lifecycle import EvaluationState, Lane

SEEN_WITHIN = timedelta(minutes=2)
"""A worker that was silent for longer is not counted."""
STAGE_BUCKETS = (1, 5, 10, 20, 40, 80, 160, 320, 640)
PUSH_BUCKETS = (10_000, 100_000, 1_000_000, 5_000_000, 20_000_000)
REQUEST_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 10)
ROWS_AT_ONCE = 20_000

REQUESTS = Histogram(
    "assay_request_seconds",
    "Time to answer a request, by route.",
    ["method", "route", "status"],
    registry=None,
    buckets=REQUEST_BUCKETS,
)


class Rows(Collector):
    """Figures that a query gives when they are asked for."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        with self._database.read() as session:
            yield from _queue(session, self._now())
            yield from _evaluations(session)
            yield from _workers(session, self._now())


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


def _evaluations(session: Session) -> Iterable[Metric]:
    family = GaugeMetricFamily(
        "assay_evaluations", "Evaluations by lane and state.", labels=["lane", "state"]
    )
    rows = session.exec(
        select(Evaluation.lane, Evaluation.state, func.count()).group_by(
            col(Evaluation.lane), col(Evaluation.state)
        )
    ).all()
    for lane, state, count in rows:
        family.add_metric([str(lane), str(state)], count)
    given_up = sum(count for _, state, count in rows if state is EvaluationState.PLATFORM_FAULT)
    return family, GaugeMetricFamily(
        "assay_platform_faults", "Given up by a fault of ours, waiting for a person.", given_up
    )


def _workers(session: Session, now: datetime) -> Iterable[Metric]:
    workers, slots = session.exec(
        select(func.count(), func.coalesce(func.sum(Worker.slots), 0)).where(
            col(Worker.seen_at) > now - SEEN_WITHIN
        )
    ).one()
    running = session.exec(
        select(func.count())
        .select_from(Evaluation)
        .where(Evaluation.state == EvaluationState.RUNNING)
    ).one()
    told = {
        "assay_workers": ("Workers seen lately.", workers),
        "assay_slots": ("Evaluations that can run at once.", slots),
        "assay_slots_busy": ("Evaluations that run.", running),
    }
    return [GaugeMetricFamily(name, text, value=value) for name, (text, value) in told.items()]
