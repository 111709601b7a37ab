"""Ask for the answer to every row, once each; what the answers are worth is judged elsewhere."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gevent.pool import Group

from assay_probe.batches import ask_batches
from assay_probe.checking import number, outcome
from assay_probe.client import Client
from assay_probe.plan import AnswersPlan, RequestSpec
from assay_probe.records import ANSWERED_200, AnswersRecord, Event, Record
from assay_probe.rows import Row, encoded, read_rows

MICROSECONDS = 1_000_000
PROGRESS_EVERY = 200
"""Rows between two events of progress."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one row: outcome letter, the number whether right or wrong, and the time."""

    letter: str = "t"
    answer: float | None = None
    latency_us: int = 0


UNASKED = Asked()
"""A row the deadline came before."""


def run(plan: AnswersPlan, emit: Callable[[Record], None]) -> None:
    """Send all rows through `concurrency` workers, write one record in file order."""
    rows = read_rows(plan.request)[: plan.first or None]
    client = Client(plan.target.url, plan.request.max_response_bytes)
    started_s = time.monotonic()
    results: list[Asked] = [UNASKED] * len(rows)
    for place, answer in (ask_batches(plan, plan.batch, rows) if plan.batch else {}).items():
        results[place] = Asked(letter_of(answer, rows[place], plan.request), answer)
    queue = ((place, row) for place, row in enumerate(rows) if results[place] is UNASKED)
    workers = Group()
    for _ in range(plan.concurrency):
        workers.spawn(_work, plan, client, queue, results, emit)
    workers.join(timeout=plan.deadline_s)
    workers.kill()
    client.close()
    emit(
        AnswersRecord(
            answers={row.id: one.answer for row, one in zip(rows, results, strict=True)},
            outcomes="".join(one.letter for one in results),
            started_s=started_s,
            ended_s=time.monotonic(),
            latency_us=[one.latency_us for one in results],
        )
    )


def letter_of(answer: float, row: Row, spec: RequestSpec) -> str:
    """The letter of `records` for a number that came back."""
    right = row.expected is None or abs(answer - row.expected) <= spec.tolerance
    return "o" if right else "w"


def _work(
    plan: AnswersPlan,
    client: Client,
    queue: Iterator[tuple[int, Row]],
    results: list[Asked],
    emit: Callable[[Record], None],
) -> None:
    for index, row in queue:
        results[index] = _ask(plan, client, row)
        if index % PROGRESS_EVERY == PROGRESS_EVERY - 1:
            emit(Event("rows", time.monotonic(), "", index + 1, len(results)))


def _ask(plan: AnswersPlan, client: Client, row: Row) -> Asked:
    spec = plan.request
    reply = client.send(encoded(client, spec, row), spec.timeout_s)
    letter = outcome(reply, spec.answer, row.expected, spec.tolerance)
    answer = number(reply.body, spec.answer) if letter in ANSWERED_200 else None
    return Asked(letter, answer, round((reply.ended_s - reply.started_s) * MICROSECONDS))
