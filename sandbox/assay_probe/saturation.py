"""Closed-loop saturation of one or more targets at once, each with the same requests.

How many *correct* answers a second, with everybody busy: run beside the reference on the
same core ("duet") the ratio of two targets repeats within one percent on a noisy machine.
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import gevent
from gevent.pool import Group

from assay_probe.arrivals import fresh_string, nearest_rank
from assay_probe.client import Client
from assay_probe.plan import RequestSpec, SaturationPlan, SaturationWindow
from assay_probe.records import ANSWERED_200, Event, Record, SaturationRecord
from assay_probe.rows import Row, encoded, read_rows
from assay_probe.verdicts import letter_for

BACK_OFF_S = 0.005
"""After a refused connection, so that a dead service does not eat the generator's core."""


@dataclass(slots=True)
class Count:
    """What one target did in the counted part."""

    target: str
    client: Client
    outcomes: Counter[str] = field(default_factory=Counter)
    correct_at_s: list[float] = field(default_factory=list)
    answered_us: list[int] = field(default_factory=list)


def run(plan: SaturationPlan, emit: Callable[[Record], None]) -> None:
    """Drive every window of the plan; one record per target and window."""
    rows = read_rows(plan.request)
    urls = {target.name: target.url for target in plan.targets}
    for done, window in enumerate(plan.windows):
        emit(Event("window", time.monotonic(), "", done, len(plan.windows)))
        for record in _drive(plan.request, window, rows, urls):
            emit(record)


def _drive(
    spec: RequestSpec, window: SaturationWindow, rows: list[Row], urls: dict[str, str]
) -> list[SaturationRecord]:
    counts = [Count(name, Client(urls[name], spec.max_response_bytes)) for name in window.targets]
    started_s = time.monotonic() + window.warmup_s
    ended_s = started_s + window.duration_s
    workers = Group()
    for number in range(window.concurrency):
        for count in counts:
            workers.spawn(_work, spec, window.seed, number, rows, count, (started_s, ended_s))
    gevent.sleep(max(0.0, started_s - time.monotonic()))
    cpu_s = time.process_time()
    gevent.sleep(max(0.0, ended_s - time.monotonic()))
    cpu_s = time.process_time() - cpu_s
    workers.join(timeout=spec.timeout_s + 1.0)
    workers.kill()
    for count in counts:
        count.client.close()
    return [_record(window, count, started_s, ended_s, cpu_s) for count in counts]


def _work(
    spec: RequestSpec,
    seed: int,
    number: int,
    rows: list[Row],
    count: Count,
    counted: tuple[float, float],
) -> None:
    """One worker: the same seed and number send the same rows to every target."""
    rng = Random(f"{seed}/{number}")  # noqa: S311  (a schedule, not a secret)
    sent = 0
    while time.monotonic() < counted[1]:
        row = rows[rng.randrange(len(rows))]
        request = encoded(count.client, spec, row, fresh_string(seed, number, sent))
        sent += 1
        reply = count.client.send(request, spec.timeout_s)
        letter = letter_for(reply, row, spec)
        if counted[0] <= reply.ended_s < counted[1]:
            _note(count, letter, reply.started_s, reply.ended_s)
        if letter == "r":
            gevent.sleep(BACK_OFF_S)


def _note(count: Count, letter: str, sent_s: float, ended_s: float) -> None:
    count.outcomes[letter] += 1
    if letter == "o":
        count.correct_at_s.append(ended_s)
    if letter in ANSWERED_200:
        count.answered_us.append(round((ended_s - sent_s) * 1e6))


def _record(
    window: SaturationWindow, count: Count, started_s: float, ended_s: float, cpu_s: float
) -> SaturationRecord:
    seconds = [0] * int(window.duration_s)
    for at_s in count.correct_at_s:
        second = int(at_s - started_s)
        if second < len(seconds):
            seconds[second] += 1
    return SaturationRecord(
        target=count.target,
        label=window.label,
        concurrency=window.concurrency,
        started_s=started_s,
        ended_s=ended_s,
        outcomes=dict(count.outcomes),
        correct_per_second=seconds,
        latency_us_p50=nearest_rank(count.answered_us, 0.50) if count.answered_us else None,
        latency_us_p95=nearest_rank(count.answered_us, 0.95) if count.answered_us else None,
        generator_cpu_s=cpu_s,
    )
