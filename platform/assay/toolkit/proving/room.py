"""Who may measure beside whom.

`alone`     load, capacity and shutdown are timed: nothing else of this proof runs meanwhile
`together`  timelines of incidents send 60 requests a second and are judged by minutes: a few run
            side by side, also beside what is free. All submissions share a core: no more join
            than leave some of it idle (`cores_taken`)
`free`      everything else measures no time: it runs beside all but the first

Who waits to be alone is let in before others. But a timeline takes four minutes, and so:

* none begins while somebody who came earlier is still to be measured alone: they are measured
  alone one after the other, then their timelines run together;
* once one has begun, whoever waited joins if it fits, and what is free goes on beside it: who waits
  to be alone waits for its end all the same.
"""

import asyncio
import itertools
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from assay.domain.challenge import StageName
from assay.domain.checks.resilience import ANSWERED_200, count_of
from assay.domain.measurements import CapacityMeasurement

Sharing = Literal["free", "together", "alone"]

TIMED: frozenset[StageName] = frozenset({"load", "capacity", "shutdown"})
TIMELINE: StageName = "incidents"
SHARED_CORES = 0.3
"""Of the core that submissions share, so much may several timelines take together on average. What
is left is for their busy seconds, and for one that starts again: that takes all it can get for two
or three seconds, and is to answer within seven."""


def sharing_of(stage: StageName) -> Sharing:
    """What a stage bears beside it."""
    if stage in TIMED:
        return "alone"
    return "together" if stage == TIMELINE else "free"


def cores_taken(capacity: CapacityMeasurement | None, rate_rps: float) -> float:
    """How much of its core a service takes at that rate, by what answers cost it before.

    What was not measured is taken to cost nothing. A service that was busy and answered nothing
    takes more than there is.
    """
    if capacity is None or not capacity.cpu_s:
        return 0.0
    answered = count_of(capacity.outcomes, ANSWERED_200)
    return rate_rps * capacity.cpu_s / answered if answered else math.inf


@dataclass(slots=True, eq=False)
class Guest:
    """One evaluation under way.

    Attributes:
        ahead: What its stages bear that have not begun.
        came: Its place in the order of arrivals.
        holds: What it is measured with now; None between stages.
        waits: What it waits for.
        since: When it began to wait, in the order of arrivals.
        cores: Of the core that submissions share, so much its timeline takes.
    """

    ahead: list[Sharing]
    came: int
    holds: Sharing | None = None
    waits: Sharing | None = None
    since: int = 0
    cores: float = 0.0

    @property
    def to_be_alone(self) -> bool:
        """Whether it is still to be measured alone, before its timeline or without one."""
        before = itertools.takewhile(lambda sharing: sharing != "together", self.ahead)
        return "together" not in (self.holds, self.waits) and "alone" in before


class Room:
    """Lets stages begin. All of its guests run on one event loop."""

    def __init__(self, together: int, apart_s: float = 0.0) -> None:
        """Nobody is in it.

        Args:
            together: So many timelines may run side by side.
            apart_s: So long after one the next begins. All of a proof have the same seed: begun at
                once, they would all be at their busiest in the same second.
        """
        self._together, self._apart_s = together, apart_s
        self._timeline_began_s = -math.inf
        self._guests: list[Guest] = []
        self._arrivals = itertools.count()
        self._changed = asyncio.Condition()
        self._company_began = 0

    def join(self, stages: Sequence[StageName], alone: Collection[StageName] = ()) -> Guest:
        """A new guest with all of its stages ahead; `leave` at its end, whatever happens.

        Args:
            stages: In their order.
            alone: Those in which it bears nothing beside it, whatever they bear otherwise.
        """
        ahead: list[Sharing] = [
            "alone" if stage in alone else sharing_of(stage) for stage in stages
        ]
        guest = Guest(ahead, next(self._arrivals))
        self._guests.append(guest)
        return guest

    def must_wait(self, guest: Guest) -> bool:
        """Whether its next stage could not begin at once."""
        wanted = guest.ahead[0]
        return wanted != guest.holds and not self._may(guest, wanted, next(self._arrivals))

    async def move(self, guest: Guest) -> None:
        """Leave the stage before, and wait until the next one may begin."""
        async with self._changed:
            wanted = guest.ahead.pop(0)
            if guest.holds != wanted:
                guest.holds, guest.waits, guest.since = None, wanted, next(self._arrivals)
                self._changed.notify_all()
                try:
                    await self._changed.wait_for(lambda: self._may(guest, wanted, guest.since))
                    if wanted == "together" and not self._holders("together"):
                        self._company_began = next(self._arrivals)
                    guest.holds = wanted
                finally:
                    guest.waits = None
            self._changed.notify_all()
        if guest.holds == "together":
            await self._until_apart()

    async def _until_apart(self) -> None:
        now_s = asyncio.get_running_loop().time()
        begins_s = max(now_s, self._timeline_began_s + self._apart_s)
        self._timeline_began_s = begins_s
        await asyncio.sleep(begins_s - now_s)

    async def leave(self, guest: Guest) -> None:
        """It has ended, in whatever way."""
        self._guests.remove(guest)
        async with self._changed:
            self._changed.notify_all()

    def _holders(self, sharing: Sharing) -> int:
        return sum(guest.holds == sharing for guest in self._guests)

    def _may(self, guest: Guest, wanted: Sharing, since: int) -> bool:
        others = [other for other in self._guests if other is not guest]
        if wanted == "alone":
            first = not any(other.waits == "alone" and other.since < since for other in others)
            return first and not any(other.holds for other in others)
        if any(other.holds == "alone" for other in others):
            return False
        company = [other for other in others if other.holds == "together"]
        waited_for = any(other.waits == "alone" for other in others)
        if wanted == "free":
            return bool(company) or not waited_for
        if company and since < self._company_began:
            return self._fits(guest, company)
        if waited_for or any(o.to_be_alone and o.came < since for o in others):
            return False
        if company:
            return self._fits(guest, company)
        return not any(other.waits == "together" and other.since < since for other in others)

    def _fits(self, guest: Guest, company: Sequence[Guest]) -> bool:
        cores = guest.cores + sum(other.cores for other in company)
        return len(company) < self._together and cores <= SHARED_CORES
