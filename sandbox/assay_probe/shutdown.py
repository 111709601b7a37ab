"""Keep requests in flight while someone else sends SIGTERM, and watch which are answered.

Arrivals are open loop: a service that is going down does not slow the traffic it still gets.
"""

import copy
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gevent.pool import Group

from assay_probe.arrivals import poisson_us
from assay_probe.checking import answers_in
from assay_probe.client import Client
from assay_probe.pacer import Pacer, new_pacer
from assay_probe.plan import ShutdownPlan
from assay_probe.records import Event, Record, ShutdownRecord
from assay_probe.reply import Reply

GOOD_BEFORE_TRAFFIC = 3
DRAIN_SLACK_S = 1.0


@dataclass(slots=True)
class Traffic:
    """What was sent so far, in the order of sending, and what became of it."""

    emit: Callable[[Record], None]
    sent_s: list[float] = field(default_factory=list)
    ended_s: list[float] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    good: int = 0
    failed_at_s: float | None = None

    def begin(self) -> int:
        """A request is being sent; until it ends it counts as unanswered."""
        now = time.monotonic()
        self.sent_s.append(now)
        self.ended_s.append(now)
        self.outcomes.append("t")
        return len(self.sent_s) - 1

    def end(self, index: int, reply: Reply, letter: str) -> None:
        """Its outcome is known. The first good ones announce that traffic flows."""
        self.ended_s[index], self.outcomes[index] = reply.ended_s, letter
        if letter == "o":
            self.good += 1
            if self.good == GOOD_BEFORE_TRAFFIC:
                self.emit(Event("traffic", reply.ended_s))
        elif self.good >= GOOD_BEFORE_TRAFFIC and self.failed_at_s is None:
            self.failed_at_s = reply.ended_s

    def goes_on(self, after_s: float) -> bool:
        """Whether to send more."""
        return self.failed_at_s is None or time.monotonic() < self.failed_at_s + after_s


def run(plan: ShutdownPlan, emit: Callable[[Record], None]) -> None:
    """Send until a while after the first failure, wait for what is in flight, write."""
    traffic = Traffic(emit)
    client = Client(plan.target.url, plan.max_response_bytes)
    pacer, crowd = new_pacer(), Group()
    _dispatch(plan, traffic, pacer, lambda: crowd.spawn(_one, plan, client, traffic))
    crowd.join(timeout=plan.timeout_s + DRAIN_SLACK_S)
    crowd.kill()
    pacer.close()
    client.close()
    emit(ShutdownRecord(traffic.sent_s, traffic.ended_s, "".join(traffic.outcomes)))


def _dispatch(
    plan: ShutdownPlan, traffic: Traffic, pacer: Pacer, send: Callable[[], object]
) -> None:
    origin_s = time.monotonic()
    for at_us in poisson_us(plan.rate_rps, plan.duration_s, plan.seed):
        pacer.wait_until(origin_s + at_us * 1e-6)
        if not traffic.goes_on(plan.after_s):
            return
        send()


def _one(plan: ShutdownPlan, client: Client, traffic: Traffic) -> None:
    index = traffic.begin()
    body = json.dumps(body_of(plan, index)).encode()
    request = client.encode(plan.method, plan.path, body)
    reply = client.send(request, plan.timeout_s)
    traffic.end(index, reply, _letter(reply, plan))


def body_of(plan: ShutdownPlan, number: int) -> object:
    """The body of a request: the plan's, its rows with values of their own if it says so."""
    if not plan.unique:
        return plan.body
    body: dict[str, Any] = copy.deepcopy(plan.body)
    *path, last = plan.unique.split(".")
    [rows] = body.values()
    for place, row in enumerate(rows):
        inner = row
        for name in path:
            inner = inner[name]
        inner[last] = f"{inner[last]}.{number}.{place}"
    return body


def _letter(reply: Reply, plan: ShutdownPlan) -> str:
    if reply.failure:
        return reply.failure
    if reply.status == plan.expected_status:
        return "o" if _is_whole(reply, plan) else "m"
    return "4" if reply.status is not None and 400 <= reply.status < 500 else "5"


def _is_whole(reply: Reply, plan: ShutdownPlan) -> bool:
    """Whether all answers are in it: a good status alone is none."""
    if not plan.answers_field:
        return True
    return answers_in(reply.body, plan.answers_field, plan.answer) == plan.answers
