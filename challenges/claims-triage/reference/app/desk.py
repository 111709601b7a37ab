"""Who is served: the same claim once, as many as can be answered in time, nobody else for now."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app import metrics
from app.schemas import Claim

Decision = dict[str, Any]
REMEMBERED = 5_000
RETRY_AFTER_S = 2


class Busy(Exception):
    """More is waiting than can be answered in time."""


class Conflict(Exception):
    """A claim of that id was decided before, with other content."""


@dataclass(slots=True)
class _Entry:
    digest: str
    task: asyncio.Task[Decision]


class Desk:
    """Joins what is the same, limits what is not.

    Args:
        decide: Decides one claim, given when it was taken in, by the monotonic clock.
        in_work: Claims decided at a time; `waiting` more are let in.
    """

    def __init__(
        self, decide: Callable[[Claim, float], Awaitable[Decision]], in_work: int, waiting: int
    ) -> None:
        self._decide = decide
        self._turns = asyncio.Semaphore(in_work)
        self._room = in_work + waiting
        self._open = 0
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    async def decide(self, claims: Sequence[Claim]) -> list[Decision]:
        """Decisions in the order of the claims, all or none.

        Raises:
            Busy: come back later; nothing was begun.
            Conflict: one of the ids has been used for something else.
        """
        keyed = [(claim, claim.digest()) for claim in claims]
        self._refuse_conflicts(keyed)
        fresh = {claim.claim_id for claim, _ in keyed if claim.claim_id not in self._entries}
        if self._open + len(fresh) > self._room:
            metrics.TURNED_AWAY.inc(len(fresh))
            raise Busy
        tasks = [self._entry(claim, digest).task for claim, digest in keyed]
        # Whoever asked may hang up; the decision is made, and is there when asked for again.
        return list(await asyncio.gather(*map(asyncio.shield, tasks)))

    def _refuse_conflicts(self, keyed: Sequence[tuple[Claim, str]]) -> None:
        seen: dict[str, str] = {}
        for claim, digest in keyed:
            known = self._entries.get(claim.claim_id)
            before = known.digest if known else seen.setdefault(claim.claim_id, digest)
            if before != digest:
                raise Conflict

    def _entry(self, claim: Claim, digest: str) -> _Entry:
        known = self._entries.get(claim.claim_id)
        if known is not None:
            self._entries.move_to_end(claim.claim_id)
            return known
        self._open += 1
        metrics.IN_WORK.set(self._open)
        task = asyncio.create_task(self._in_turn(claim, time.monotonic()))
        task.add_done_callback(lambda done: self._ended(claim.claim_id, done))
        entry = self._entries[claim.claim_id] = _Entry(digest, task)
        self._forget_the_oldest()
        return entry

    async def _in_turn(self, claim: Claim, taken_s: float) -> Decision:
        async with self._turns:
            return await self._decide(claim, taken_s)

    def _ended(self, claim_id: str, task: asyncio.Task[Decision]) -> None:
        self._open -= 1
        metrics.IN_WORK.set(self._open)
        if task.cancelled() or task.exception() is not None:
            self._entries.pop(claim_id, None)

    def _forget_the_oldest(self) -> None:
        while len(self._entries) > REMEMBERED:
            oldest = next(iter(self._entries.values()))
            if not oldest.task.done():
                break
            self._entries.popitem(last=False)
