"""Ask for the answer to every row, once each; what the answers are worth is judged elsewhere."""

import time
from collections.abc import Callable, Iterator

from gevent.pool import Group

from assay_probe.checking import number, outcome
from assay_probe.client import Client
from assay_probe.plan import AnswersPlan
from assay_probe.records import ANSWERED_200, AnswersRecord, Event, Record
from assay_probe.rows import Row, encoded, read_rows

PROGRESS_EVERY = 200
"""Rows between two events of progress."""
UNASKED = ("t", None)
"""A row the deadline came before."""


def run(plan: AnswersPlan, emit: Callable[[Record], None]) -> None:
    """Send all rows through `concurrency` workers, write one record in file order."""
    rows = read_rows(plan.request)[: plan.first or None]
    client = Client(plan.target.url, plan.request.max_response_bytes)
    started_s = time.monotonic()
    results: list[tuple[str, float | None]] = [UNASKED] * len(rows)
    queue = enumerate(rows)
    workers = Group()
    for _ in range(plan.concurrency):
        workers.spawn(_work, plan, client, queue, results, emit)
    workers.join(timeout=plan.deadline_s)
    workers.kill()
    client.close()
    emit(
        AnswersRecord(
            answers={row.id: answer for row, (_, answer) in zip(rows, results, strict=True)},
            outcomes="".join(letter for letter, _ in results),
            started_s=started_s,
            ended_s=time.monotonic(),
        )
    )


def _work(
    plan: AnswersPlan,
    client: Client,
    queue: Iterator[tuple[int, Row]],
    results: list[tuple[str, float | None]],
    emit: Callable[[Record], None],
) -> None:
    for index, row in queue:
        results[index] = _ask(plan, client, row)
        if index % PROGRESS_EVERY == PROGRESS_EVERY - 1:
            emit(Event("rows", time.monotonic(), "", index + 1, len(results)))


def _ask(plan: AnswersPlan, client: Client, row: Row) -> tuple[str, float | None]:
    """Outcome letter and the number in the answer, whether right or wrong."""
    spec = plan.request
    reply = client.send(encoded(client, spec, row), spec.timeout_s)
    letter = outcome(reply, spec.answer, row.expected, spec.tolerance)
    return letter, number(reply.body, spec.answer) if letter in ANSWERED_200 else None
