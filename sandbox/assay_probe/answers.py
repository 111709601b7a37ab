"""Ask for the answer to every row, once each; what the answers are worth is judged elsewhere."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gevent.pool import Group

from assay_probe.batches import ask_batches
from assay_probe.checking import number, parsed
from assay_probe.client import Client
from assay_probe.foreign import Foreign, Leak
from assay_probe.plan import AnswersPlan, RequestSpec
from assay_probe.pruned import pruned
from assay_probe.records import ANSWERED_200, AnswersRecord, Event, Record
from assay_probe.reply import Reply
from assay_probe.rows import Row, encoded, read_rows
from assay_probe.verdicts import letter_for

MICROSECONDS = 1_000_000
PROGRESS_EVERY = 200
"""Rows between two events of progress."""
LEAKS_MAX = 2
"""Of one answer, which may hold the values of all rows: it counts once."""

Emit = Callable[[Record], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one row: outcome letter, the number whether right or wrong, and the time.

    Attributes:
        told: What a labelled answer says.
        leaks: Values of other rows in the answer.
    """

    letter: str = "t"
    answer: float | None = None
    latency_us: int = 0
    told: Any = None
    leaks: list[Leak] = field(default_factory=list)


UNASKED = Asked()
"""A row the deadline came before."""


def run(plan: AnswersPlan, emit: Emit) -> None:
    """Send all rows through `concurrency` workers, write one record in file order."""
    rows = read_rows(plan.request)[: plan.first or None]
    foreign = Foreign.in_rows(plan.request.rows, plan.canaries)
    client = Client(plan.target.url, plan.request.max_response_bytes)
    started_s = time.monotonic()
    results: list[Asked] = [UNASKED] * len(rows)
    for place, answer in (ask_batches(plan, plan.batch, rows) if plan.batch else {}).items():
        results[place] = Asked(letter_of(answer, rows[place], plan.request), answer)
    queue = ((place, row) for place, row in enumerate(rows) if results[place] is UNASKED)
    workers = Group()
    for _ in range(plan.concurrency):
        workers.spawn(_Worker(plan, client, foreign, results, emit).work, queue)
    workers.join(timeout=plan.deadline_s)
    workers.kill()
    ended_s = time.monotonic()
    leaks = [leak for one in results for leak in one.leaks]
    leaks += _exported(plan, client, foreign)
    client.close()
    emit(
        AnswersRecord(
            answers={row.id: one.answer for row, one in zip(rows, results, strict=True)},
            outcomes="".join(one.letter for one in results),
            started_s=started_s,
            ended_s=ended_s,
            latency_us=[one.latency_us for one in results],
            told={r.id: one.told for r, one in zip(rows, results, strict=True) if one.told},
            searched=sum(one.letter in ANSWERED_200 for one in results) if foreign.owned else 0,
            values=len(foreign.owned),
            leaks=leaks,
        )
    )


def letter_of(answer: float, row: Row, spec: RequestSpec) -> str:
    """The letter of `records` for a number that came back."""
    right = row.expected is None or abs(answer - row.expected) <= spec.tolerance
    return "o" if right else "w"


def _exported(plan: AnswersPlan, client: Client, foreign: Foreign) -> list[Leak]:
    """Values of rows in what the service shows to everybody."""
    found: list[Leak] = []
    for path in plan.exports if foreign.owned else ():
        reply = client.send(client.encode("GET", path), plan.request.timeout_s)
        found += foreign.in_export(reply.body, path)
    return found


@dataclass(frozen=True, slots=True)
class _Worker:
    """One caller that waits for its answer before it asks again."""

    plan: AnswersPlan
    client: Client
    foreign: Foreign
    results: list[Asked]
    emit: Emit

    def work(self, queue: Iterator[tuple[int, Row]]) -> None:
        """Ask about what is left of the queue."""
        spec = self.plan.request
        for index, row in queue:
            reply = self.client.send(encoded(self.client, spec, row), spec.timeout_s)
            self.results[index] = self._asked(reply, row)
            if index % PROGRESS_EVERY == PROGRESS_EVERY - 1:
                self.emit(Event("rows", time.monotonic(), "", index + 1, len(self.results)))

    def _asked(self, reply: Reply, row: Row) -> Asked:
        spec = self.plan.request
        letter = letter_for(reply, row, spec)
        answered = letter in ANSWERED_200
        labelled = spec.labelled if answered else None
        return Asked(
            letter,
            number(reply.body, spec.answer) if answered else None,
            round((reply.ended_s - reply.started_s) * MICROSECONDS),
            pruned(parsed(reply.body), labelled) if labelled else None,
            self.foreign.in_answer(reply.body, row.id)[:LEAKS_MAX] if answered else [],
        )
