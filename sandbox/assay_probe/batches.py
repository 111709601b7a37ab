"""Answers to many rows at a time, where the many-row endpoint gives them."""

import json
from collections.abc import Iterator, Sequence

from gevent.pool import Group

from assay_probe.checking import OK, number
from assay_probe.client import Client
from assay_probe.plan import AnswersPlan, BatchSpec
from assay_probe.rows import Row

Batch = tuple[int, Sequence[Row]]
"""Place of the first row in the file, and the rows."""


def ask_batches(plan: AnswersPlan, batch: BatchSpec, rows: Sequence[Row]) -> dict[int, float]:
    """Place of a row -> its answer, for all rows of batches that were answered whole.

    What one of these rows would have been refused for takes its whole batch along.
    """
    found: dict[int, float] = {}
    client = Client(plan.target.url, batch.max_response_bytes)
    queue = ((n, rows[n : n + batch.rows]) for n in range(0, len(rows), batch.rows))
    workers = Group()
    for _ in range(plan.concurrency):
        workers.spawn(_work, batch, plan.request.answer, client, queue, found)
    workers.join(timeout=plan.deadline_s)
    workers.kill()
    client.close()
    return found


def _work(
    batch: BatchSpec,
    answer: str,
    client: Client,
    queue: Iterator[Batch],
    found: dict[int, float],
) -> None:
    for first, rows in queue:
        list_of_rows = b"[" + b",".join(row.body("") for row in rows) + b"]"
        body = b"{" + json.dumps(batch.rows_field).encode() + b":" + list_of_rows + b"}"
        reply = client.send(client.encode(batch.method, batch.path, body), batch.timeout_s)
        if reply.status == OK and not reply.failure:
            answers = _answers(reply.body, batch.answers_field, answer)
            if len(answers) == len(rows):
                found |= {first + n: value for n, value in enumerate(answers)}


def _answers(body: bytes, field: str, answer: str) -> list[float]:
    """The numbers of all answers; fewer than there are rows if one is none."""
    try:
        found = json.loads(body)[field]
        values = [number(json.dumps(one).encode(), answer) for one in found]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return [value for value in values if value is not None]
