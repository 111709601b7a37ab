"""Carries the runs of a proof out: a few at a time, each once, and each finished one is kept.

What was stored by an earlier proof, or by one that was interrupted, is not run again. A run that a
fault of ours spoilt is done once more with nothing beside what was spoilt; spoilt again, it is not
stored, so that the next proof tries anew.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from assay.domain.challenge import StageName
from assay.domain.errors import PlatformFault
from assay.domain.evidence import Evidence
from assay.toolkit.proving.estimate import Durations, seconds_for
from assay.toolkit.proving.ports import Progress, Runner, Store, Watcher
from assay.toolkit.proving.room import TIMELINE, Guest, Room
from assay.toolkit.proving.runs import Wanted

ATTEMPTS = 2

Told = Callable[[Evidence], str]
"""What a person is told of finished evidence: its score."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """A run and the digest of everything it depends on: the same digest is the same run."""

    wanted: Wanted
    key: str


@dataclass(frozen=True, slots=True)
class Gear:
    """What runs are carried out with.

    Attributes:
        jobs: Evaluations under way at once.
        now_s: A clock that never goes back.
        apart_s: So long after a timeline the next one begins.
    """

    store: Store
    runner: Runner
    watch: Watcher
    told: Told
    jobs: int
    now_s: Callable[[], float]
    apart_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Carried:
    """What became of all runs.

    Attributes:
        evidence: Key -> what was measured, now or earlier.
        faults: Key -> why it could not be measured.
    """

    evidence: Mapping[str, Evidence]
    faults: Mapping[str, str]


async def carry_out(runs: Sequence[Keyed], gear: Gear) -> Carried:
    """Run what is not stored yet. Cancelled, it ends what is under way and keeps the rest."""
    conduct = _Conduct(gear, _distinct(runs))
    conduct.recall()
    async with asyncio.TaskGroup() as workers:
        for _ in range(gear.jobs):
            workers.create_task(conduct.work())
    return Carried(conduct.evidence, conduct.faults)


def stored(runs: Sequence[Keyed], store: Store) -> dict[str, Evidence]:
    """Key -> evidence of those that an earlier proof has measured."""
    found = {one.key: store.get(one.key) for one in _distinct(runs)}
    return {key: evidence for key, evidence in found.items() if evidence is not None}


def left(runs: Sequence[Keyed], known: Mapping[str, Evidence], jobs: int) -> tuple[int, float]:
    """How many evaluations are to be run, and in how many seconds."""
    durations = Durations()
    for evidence in known.values():
        durations.learn(evidence.stages)
    missing = [one for one in _distinct(runs) if one.key not in known]
    stages = [one.wanted.reached for one in missing]
    return len(stages), seconds_for(stages, durations, jobs=jobs, hard=_hard(missing))


def _distinct(runs: Sequence[Keyed]) -> list[Keyed]:
    """The first of each key, in order: with one fault only, the starter is the mutant."""
    found: dict[str, Keyed] = {}
    for one in runs:
        found.setdefault(one.key, one)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Given:
    """What a runner gave, read and judged."""

    content: bytes
    evidence: Evidence
    told: str


@dataclass(slots=True)
class _UnderWay:
    """A run that has begun."""

    ahead: list[StageName]
    began_s: float


@dataclass(slots=True)
class _Conduct:
    """One proof being carried out."""

    gear: Gear
    runs: Sequence[Keyed]
    evidence: dict[str, Evidence] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    _queue: deque[Keyed] = field(default_factory=deque)
    _under_way: dict[str, _UnderWay] = field(default_factory=dict)
    _durations: Durations = field(default_factory=Durations)
    _room: Room = field(init=False)

    def __post_init__(self) -> None:
        """As many timelines run together as evaluations do."""
        self._room = Room(self.gear.jobs, self.gear.apart_s)

    def recall(self) -> None:
        """Take what was stored; the rest waits in order."""
        self.evidence.update(stored(self.runs, self.gear.store))
        for one in self.runs:
            evidence = self.evidence.get(one.key)
            if evidence is None:
                self._queue.append(one)
            else:
                self._durations.learn(evidence.stages)
        for one in self.runs:
            if one.key in self.evidence:
                self._tell(one, "stored", told=self.gear.told(self.evidence[one.key]))

    async def work(self) -> None:
        """Take runs from the queue until it is empty."""
        while self._queue:
            one = self._queue.popleft()
            self._under_way[one.key] = _UnderWay(list(one.wanted.reached), self.gear.now_s())
            self._tell(one, "began")
            try:
                told = await self._measured(one)
            finally:
                del self._under_way[one.key]
            self._tell(one, "ended", told=told)

    async def _measured(self, one: Keyed) -> str:
        """Run it, once more if we failed; what is told of it."""
        fault, alone = "", frozenset[StageName]()
        for attempt in range(ATTEMPTS):
            if attempt:
                self._tell(one, "again", told=fault)
            try:
                given = await self._run(one, alone)
                fault, alone = _spoilt(given.evidence)
            except (PlatformFault, ValidationError) as error:
                fault, alone = str(error), frozenset(one.wanted.stages)
            if not fault:
                self.gear.store.put(one.key, given.content)
                self._durations.learn(given.evidence.stages)
                self.evidence[one.key] = given.evidence
                return given.told
        self.faults[one.key] = fault
        return f"not measured: {fault}"

    async def _run(self, one: Keyed, alone: Collection[StageName]) -> _Given:
        """Run it, and judge it before anybody else is measured alone: that takes a processor."""
        guest = self._room.join(one.wanted.stages, alone)
        self._under_way[one.key].ahead = list(one.wanted.reached)

        async def turn(stage: StageName, *, cores: float = 0.0) -> None:
            guest.cores = cores
            await self._turn(one, guest, stage)

        try:
            content = await self.gear.runner.run(one.wanted, turn)
            evidence = Evidence.model_validate_json(content)
            return _Given(content, evidence, self.gear.told(evidence))
        finally:
            await asyncio.shield(self._room.leave(guest))

    async def _turn(self, one: Keyed, guest: Guest, stage: StageName) -> None:
        if self._room.must_wait(guest):
            self._tell(one, "waits", stage=stage)
        await self._room.move(guest)
        under_way = self._under_way[one.key]
        under_way.ahead = list(itertools.dropwhile(lambda name: name != stage, under_way.ahead))
        under_way.began_s = self.gear.now_s()
        self._tell(one, "stage", stage=stage)

    def _tell(self, one: Keyed, state: str, *, stage: str = "", told: str = "") -> None:
        finished = len(self.evidence) + len(self.faults)
        self.gear.watch(
            Progress(
                run=one.wanted.shown,
                state=state,  # type: ignore[arg-type]
                stage=stage,
                told=told,
                done=finished,
                total=len(self.runs),
                left_s=self._left_s(),
            )
        )

    def _left_s(self) -> float:
        """Of what waits and of what is under way, less what the stages under way have had."""
        waiting = [one.wanted.reached for one in self._queue]
        begun = [tuple(one.ahead) for one in self._under_way.values()]
        had_s = sum(self.gear.now_s() - one.began_s for one in self._under_way.values())
        whole_s = seconds_for(
            [*waiting, *begun],
            self._durations,
            jobs=self.gear.jobs,
            hard=_hard(self._queue),
        )
        return max(0.0, whole_s - had_s / max(1, len(begun)))


def _hard(runs: Iterable[Keyed]) -> int:
    """How many timelines will leave no room for another: a starter does much that it need not."""
    return sum(one.wanted.kind == "starter" and TIMELINE in one.wanted.reached for one in runs)


def _spoilt(evidence: Evidence) -> tuple[str, frozenset[StageName]]:
    """What we failed to measure, "" if nothing; and what is to have nothing beside it then."""
    for one in evidence.stages:
        if one.status == "platform_fault":
            return f"{one.stage}: {one.message}", frozenset(s.stage for s in evidence.stages)
    if evidence.incidents is not None and evidence.incidents.void:
        return f"{TIMELINE}: {evidence.incidents.void}", frozenset({TIMELINE})
    return "", frozenset()
