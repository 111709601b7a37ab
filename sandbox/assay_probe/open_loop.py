"""Open-loop load: requests leave when the schedule says, whatever the service does.

One Locust user is the whole crowd: its one task walks through the windows of the plan and
spawns a greenlet per arrival, so that a slow answer can delay nobody else. Latency counts
from the intended instant and is what Locust's own events, statistics and listeners see, too:
coordinated omission has no place to happen. A generator that fell behind shows in the send
lag; the schedule never shifts for it.
"""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass

import locust.stats
from gevent.event import Event as Signal
from gevent.pool import Group
from hdrh.histogram import HdrHistogram
from locust import User, task
from locust.env import Environment

from assay_probe.arrivals import Schedule, nearest_rank, schedule
from assay_probe.client import Client
from assay_probe.dispatch import on_schedule
from assay_probe.pacer import Pacer, new_pacer
from assay_probe.plan import OpenLoopPlan, OpenLoopWindow
from assay_probe.records import Event, OpenLoopRecord, Record
from assay_probe.rows import Row, encoded, read_rows
from assay_probe.urgency import ask_for_short_slices
from assay_probe.verdicts import letter_for

LEAD_S = 0.05
"""Between setting a window up and its first possible arrival."""
DRAIN_SLACK_S = 1.0
"""Beyond the timeout of the last request, in which its greenlet must have ended."""
HIGHEST_US = 3_600_000_000
SIGNIFICANT_DIGITS = 3


def run(plan: OpenLoopPlan, emit: Callable[[Record], None]) -> None:
    """Drive every window of the plan, an event before each and a record after it."""
    locust.stats.bucket_response_time = _bucket_ms  # type: ignore[assignment]
    ask_for_short_slices()
    finished = Signal()
    failures: list[BaseException] = []
    rows = read_rows(plan.request)

    class Crowd(User):
        """Everyone who sends requests."""

        @task
        def all_windows(self) -> None:
            try:
                _drive(plan, rows, self.environment, emit)
            except Exception as problem:  # noqa: BLE001  (raised again by the main greenlet)
                failures.append(problem)
            finished.set()
            Signal().wait()

    runner = Environment(user_classes=[Crowd]).create_local_runner()
    runner.start(1, spawn_rate=1)
    finished.wait()
    if failures:
        raise failures[0]


def _bucket_ms(response_time: float) -> float:
    """Locust's default keeps two digits, which is 33 % off at 1.5 ms; keep a hundredth."""
    return round(response_time, 2)


def _drive(
    plan: OpenLoopPlan, rows: list[Row], environment: Environment, emit: Callable[[Record], None]
) -> None:
    urls = {target.name: target.url for target in plan.targets}
    pacer = new_pacer()
    for done, window in enumerate(plan.windows):
        emit(Event("window", time.monotonic(), "", done, len(plan.windows)))
        client = Client(urls[window.target], plan.request.max_response_bytes)
        emit(Window(plan, window, rows, client, environment).run(pacer))
        client.close()
    pacer.close()


@dataclass(slots=True)
class Sent:
    """What became of one arrival; instants are monotonic seconds."""

    sent_s: float
    ended_s: float
    outcome: str


class Window:
    """One window of one target."""

    def __init__(
        self,
        plan: OpenLoopPlan,
        window: OpenLoopWindow,
        rows: list[Row],
        client: Client,
        environment: Environment,
    ) -> None:
        self.spec, self.window, self.rows = plan.request, window, rows
        self.client, self.environment = client, environment
        self.arrivals: Schedule = schedule(
            window.rate_rps, window.duration_s, window.seed, [row.id for row in rows]
        )
        self.requests = [
            encoded(client, self.spec, rows[row], fresh)
            for row, fresh in zip(self.arrivals.rows, self.arrivals.fresh, strict=True)
        ]
        self.sent: list[Sent | None] = [None] * len(self.arrivals.intended_us)
        self.origin_s = 0.0

    def run(self, pacer: Pacer) -> OpenLoopRecord:
        """Send every arrival at its instant, wait until all are answered or given up."""
        gc.collect()
        gc.disable()  # a collection in the middle would be a stall of ours
        cpu_s = time.process_time()
        self.origin_s = time.monotonic() + LEAD_S
        crowd = Group()
        self._dispatch(pacer, crowd)
        crowd.join(timeout=self.spec.timeout_s + DRAIN_SLACK_S)
        crowd.kill()
        ended_s = time.monotonic()
        cpu_s = time.process_time() - cpu_s
        gc.enable()
        return self._record(ended_s, cpu_s)

    def _dispatch(self, pacer: Pacer, crowd: Group) -> None:
        for index in on_schedule(pacer, self.origin_s, self.arrivals.intended_us):
            crowd.spawn(self._one, index)

    def _one(self, index: int) -> None:
        row = self.rows[self.arrivals.rows[index]]
        reply = self.client.send(self.requests[index], self.spec.timeout_s)
        letter = letter_for(reply, row, self.spec)
        self.sent[index] = Sent(reply.started_s, reply.ended_s, letter)
        self._tell_locust(index, reply.ended_s, len(reply.body), letter)

    def _tell_locust(self, index: int, ended_s: float, length: int, letter: str) -> None:
        latency_s = ended_s - self.origin_s - self.arrivals.intended_us[index] * 1e-6
        self.environment.events.request.fire(  # type: ignore[no-untyped-call]
            request_type=self.spec.method,
            name=f"{self.window.target} {self.window.label} {self.spec.path}",
            response_time=latency_s * 1e3,
            response_length=length,
            exception=None if letter == "o" else UnlikeExpected(letter),
            context={},
        )

    def _record(self, ended_s: float, cpu_s: float) -> OpenLoopRecord:
        sent = [one or Sent(ended_s, ended_s, "t") for one in self.sent]
        latency_us = [self._since_intended_us(i, one.ended_s) for i, one in enumerate(sent)]
        lag_us = [self._since_intended_us(i, one.sent_s) for i, one in enumerate(sent)]
        return OpenLoopRecord(
            target=self.window.target,
            label=self.window.label,
            rate_rps=self.window.rate_rps,
            seed=self.window.seed,
            started_s=self.origin_s,
            ended_s=ended_s,
            offered=len(sent),
            intended_us=list(self.arrivals.intended_us),
            latency_us=latency_us,
            outcomes="".join(one.outcome for one in sent),
            send_lag_us_p50=nearest_rank(lag_us, 0.50),
            send_lag_us_p99=nearest_rank(lag_us, 0.99),
            send_lag_us_max=max(lag_us, default=0),
            generator_cpu_s=cpu_s,
            hdr=_histogram(latency_us),
            schedule_sha256=self.arrivals.sha256,
        )

    def _since_intended_us(self, index: int, instant_s: float) -> int:
        intended_s = self.origin_s + self.arrivals.intended_us[index] * 1e-6
        return max(0, round((instant_s - intended_s) * 1e6))


class UnlikeExpected(Exception):
    """A request that did not end in a correct answer, for Locust's own failure table."""


def _histogram(latency_us: list[int]) -> str:
    histogram = HdrHistogram(1, HIGHEST_US, SIGNIFICANT_DIGITS)
    for value in latency_us:
        histogram.record_value(max(1, value))
    encoded_histogram: bytes = histogram.encode()
    return encoded_histogram.decode()
