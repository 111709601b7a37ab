"""Wait until a service says it is ready, then see at once whether it can answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import gevent

from assay_probe.checking import OK
from assay_probe.client import Client
from assay_probe.plan import BootPlan
from assay_probe.records import BootRecord, Event, Record
from assay_probe.reply import Reply
from assay_probe.rows import Row, encoded, read_rows
from assay_probe.verdicts import letter_for

POLL_TIMEOUT_S = 1.0
READY_BYTES = 65_536


@dataclass(slots=True)
class Polls:
    """The readiness polls so far."""

    count: int = 0
    last_status: str = ""
    ready_at_s: float | None = None


def run(plan: BootPlan, emit: Callable[[Record], None]) -> None:
    """Poll, send the first requests together, write one record."""
    rows = _drawn(plan)
    started_s = time.monotonic()
    polls = _poll(plan, until_s=started_s + plan.deadline_s)
    replies: list[Reply] = []
    if polls.ready_at_s is not None:
        emit(Event("ready", polls.ready_at_s))
        replies = _send_together(plan, rows)
        if not any(reply.status == OK for reply in replies):
            _wait_for_an_answer(plan, rows[0], until_s=started_s + plan.deadline_s)
    spec = plan.request
    emit(
        BootRecord(
            ready_s=None if polls.ready_at_s is None else polls.ready_at_s - started_s,
            ready_at_s=polls.ready_at_s,
            polls=polls.count,
            last_status=polls.last_status,
            first_outcomes="".join(
                letter_for(reply, row, spec) for reply, row in zip(replies, rows, strict=False)
            ),
            first_latency_ms=[round((r.ended_s - r.started_s) * 1e3, 3) for r in replies],
        )
    )


def _wait_for_an_answer(plan: BootPlan, row: Row, *, until_s: float) -> None:
    """Ask until something is answered: what comes next measures a service that has started.

    What a service says too early costs it the first requests, which are recorded, and
    nothing else.
    """
    client = Client(plan.target.url, plan.request.max_response_bytes)
    request = encoded(client, plan.request, row)
    while (left_s := until_s - time.monotonic()) > 0:
        if client.send(request, min(plan.request.timeout_s, left_s)).status == OK:
            break
        gevent.sleep(plan.poll_s)
    client.close()


def _drawn(plan: BootPlan) -> list[Row]:
    pool = read_rows(plan.request)
    rng = Random(f"{plan.seed}/boot")  # noqa: S311  (a schedule, not a secret)
    return [rng.choice(pool) for _ in range(plan.first_requests)]


def _poll(plan: BootPlan, *, until_s: float) -> Polls:
    client = Client(plan.target.url, READY_BYTES)
    request = client.encode("GET", plan.ready_path)
    polls = Polls()
    while polls.ready_at_s is None and (left_s := until_s - time.monotonic()) > 0:
        reply = client.send(request, min(POLL_TIMEOUT_S, left_s))
        polls.count += 1
        if reply.status == OK:
            polls.ready_at_s = reply.ended_s
        else:
            polls.last_status = reply.detail if reply.failure else str(reply.status)
            gevent.sleep(plan.poll_s)
    client.close()
    return polls


def _send_together(plan: BootPlan, rows: list[Row]) -> list[Reply]:
    client = Client(plan.target.url, plan.request.max_response_bytes)
    sending = [
        gevent.spawn(client.send, encoded(client, plan.request, row), plan.request.timeout_s)
        for row in rows
    ]
    gevent.joinall(sending, raise_error=True)
    client.close()
    return [greenlet.value for greenlet in sending]
