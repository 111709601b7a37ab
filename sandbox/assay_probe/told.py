"""Ask a service what each of its requests cost: what it says of money it spent."""

import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

from gevent.pool import Group

from assay_probe.checking import OK, number
from assay_probe.client import Client
from assay_probe.plan import ToldPlan
from assay_probe.records import Record, ToldRecord


def run(plan: ToldPlan, emit: Callable[[Record], None]) -> None:
    """Ask for every id once, write one record."""
    client = Client(plan.target.url, plan.max_response_bytes)
    dollars: dict[str, float | None] = dict.fromkeys(plan.ids)
    waiting = iter(plan.ids)
    until_s = time.monotonic() + plan.deadline_s
    workers = Group()
    for _ in range(plan.concurrency):
        workers.spawn(_work, plan, client, waiting, dollars, until_s)
    workers.join(timeout=plan.deadline_s)
    workers.kill()
    client.close()
    emit(ToldRecord(dollars))


def _work(
    plan: ToldPlan,
    client: Client,
    waiting: Iterator[str],
    dollars: dict[str, float | None],
    until_s: float,
) -> None:
    for name in waiting:
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            return
        path = plan.path.replace("{id}", quote(name, safe=""))
        reply = client.send(client.encode("GET", path, None), min(plan.timeout_s, left_s))
        dollars[name] = number(reply.body, plan.field) if reply.status == OK else None
