"""Who may measure beside whom."""

import asyncio
from collections.abc import Awaitable, Callable
from math import inf

import pytest
from tests.fakes.evidence import GOOD, make_capacity

from assay.domain.challenge import StageName
from assay.toolkit.proving.room import Guest, Room, cores_taken, sharing_of

WHOLE: tuple[StageName, ...] = ("build", "load", "capacity", "incidents", "shutdown")
LONGEST_S = 5.0


def run(scene: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        async with asyncio.timeout(LONGEST_S):
            await scene()

    asyncio.run(within())


async def settled() -> None:
    """Let everybody who can go on do so."""
    for _ in range(20):
        await asyncio.sleep(0)


class Visitor:
    """A guest whose next move is made in a task of its own."""

    def __init__(self, room: Room, stages: tuple[StageName, ...], *, strict: bool = False) -> None:
        self.room = room
        self.guest: Guest = room.join(stages, stages if strict else ())
        self.moves: asyncio.Task[None] | None = None

    async def move(self) -> bool:
        """Whether the next stage began at once."""
        self.moves = asyncio.ensure_future(self.room.move(self.guest))
        await settled()
        return self.moves.done()

    @property
    def is_in(self) -> bool:
        return self.moves is not None and self.moves.done() and self.guest.holds is not None

    async def leave(self) -> None:
        await self.room.leave(self.guest)
        await settled()


def watcher(room: Room, cores: float) -> Visitor:
    """One with a timeline that takes so much of the core."""
    visitor = Visitor(room, ("incidents",))
    visitor.guest.cores = cores
    return visitor


@pytest.mark.parametrize("stage", ["load", "capacity", "shutdown"])
def test_what_measures_time_is_measured_alone(stage: StageName) -> None:
    assert sharing_of(stage) == "alone"


@pytest.mark.parametrize(
    ("cpu_s", "answers", "cores"),
    [
        (1.0, {"o": 400}, 0.125),
        (1.0, {"o": 200, "w": 200, "t": 5}, 0.125),  # a wrong answer costs as much as a right one
        (7.5, {"t": 64}, inf),
        (None, {"o": 3}, 0.0),
        (0.0, {"t": 3}, 0.0),
    ],
)
def test_a_timeline_takes_what_its_answers_cost(
    cpu_s: float | None, answers: dict[str, int], cores: float
) -> None:
    capacity = make_capacity(GOOD, cpu_s=cpu_s, outcomes=answers)

    assert cores_taken(capacity, rate_rps=50) == cores


def test_a_service_whose_cost_was_not_measured_is_taken_to_cost_nothing() -> None:
    assert cores_taken(None, rate_rps=50) == 0.0


def test_timelines_run_together_while_they_leave_some_of_the_core_idle() -> None:
    async def scene() -> None:
        room = Room(together=4)
        first, second, hard, light = (watcher(room, cores) for cores in (0.1, 0.1, 0.12, 0.05))
        assert await first.move()
        assert await second.move()
        assert not await hard.move()
        assert await light.move()
        await first.leave()
        assert hard.is_in

    run(scene)


def test_who_takes_the_whole_core_has_it_alone_and_is_not_passed_over_for_ever() -> None:
    async def scene() -> None:
        room = Room(together=4)
        first, hard, late = (watcher(room, cores) for cores in (0.1, inf, 0.1))
        assert await first.move()
        assert not await hard.move()
        await first.leave()
        assert hard.is_in
        assert not await late.move()
        await hard.leave()
        assert late.is_in

    run(scene)


def test_of_two_that_wait_for_the_core_the_elder_begins() -> None:
    async def scene() -> None:
        room = Room(together=4)
        first, elder, younger = (watcher(room, inf) for _ in range(3))
        assert await first.move()
        assert not await elder.move()
        assert not await younger.move()
        await first.leave()
        assert elder.is_in
        assert not younger.is_in

    run(scene)


def test_timelines_begin_apart_so_that_they_are_not_busy_in_the_same_second() -> None:
    async def scene() -> None:
        room = Room(together=3, apart_s=0.05)
        first, second, third = (Visitor(room, ("incidents",)) for _ in range(3))
        assert await first.move()
        assert not await second.move()
        assert not await third.move()
        begun_s = asyncio.get_running_loop().time()
        assert second.moves is not None
        assert third.moves is not None
        await second.moves
        assert not third.moves.done()
        await third.moves
        assert asyncio.get_running_loop().time() - begun_s >= 0.09

    run(scene)


def test_nothing_begins_while_somebody_is_measured_alone() -> None:
    async def scene() -> None:
        room = Room(together=2)
        timed, builder, watcher = (
            Visitor(room, (stage,)) for stage in ("load", "build", "incidents")
        )
        assert await timed.move()
        assert not await builder.move()
        assert not await watcher.move()
        await timed.leave()
        assert builder.is_in
        assert watcher.is_in

    run(scene)


def test_who_is_to_be_measured_alone_waits_until_all_others_have_paused() -> None:
    async def scene() -> None:
        room = Room(together=2)
        builder, timed = Visitor(room, ("build", "load")), Visitor(room, ("load",))
        assert await builder.move()
        assert not await timed.move()
        assert not await builder.move(), "it leaves its build, and another was first"
        assert timed.is_in
        await timed.leave()
        assert builder.is_in

    run(scene)


def test_builds_and_timelines_run_beside_each_other() -> None:
    async def scene() -> None:
        room = Room(together=2)
        watcher, builder = Visitor(room, ("incidents",)), Visitor(room, ("build",))
        assert await watcher.move()
        assert await builder.move()

    run(scene)


def test_no_more_timelines_run_together_than_are_allowed() -> None:
    async def scene() -> None:
        room = Room(together=2)
        first, second, third = (Visitor(room, ("incidents",)) for _ in range(3))
        assert await first.move()
        assert await second.move()
        assert not await third.move()
        await first.leave()
        assert third.is_in

    run(scene)


def test_load_and_capacity_follow_each_other_without_a_pause() -> None:
    async def scene() -> None:
        room = Room(together=2)
        first, second = Visitor(room, ("load", "capacity")), Visitor(room, ("load",))
        assert await first.move()
        assert not await second.move()
        assert await first.move()
        assert not second.is_in

    run(scene)


def test_two_whole_evaluations_are_measured_alone_in_turn_then_their_timelines_together() -> None:
    async def scene() -> None:
        room = Room(together=2)
        first, second = Visitor(room, WHOLE), Visitor(room, WHOLE)
        assert await first.move()
        assert await second.move()
        assert not await first.move(), "the other still builds"
        assert not await second.move(), "the other is measured alone"
        assert first.is_in
        assert await first.move()
        assert not await first.move(), "the other came before and is still to be measured alone"
        assert second.is_in
        assert await second.move()
        assert await second.move()
        assert first.is_in, "both timelines run"
        assert not await first.move()
        assert not await second.move()
        assert first.is_in, "both shut down, one after the other"

    run(scene)


def test_a_timeline_does_not_wait_for_somebody_who_came_later() -> None:
    async def scene() -> None:
        room = Room(together=1)
        busy, early = Visitor(room, ("incidents",)), Visitor(room, ("incidents",))
        assert await busy.move()
        assert not await early.move()
        late = Visitor(room, ("build", "load"))
        assert await late.move()
        await busy.leave()
        assert early.is_in

    run(scene)


def test_a_timeline_does_not_wait_for_the_shutdown_after_another() -> None:
    async def scene() -> None:
        room = Room(together=2)
        elder = Visitor(room, ("incidents", "shutdown"))
        younger = Visitor(room, ("incidents",))
        assert await elder.move()
        assert await younger.move()

    run(scene)


def test_who_waited_for_a_timeline_joins_it_though_another_waits_to_be_alone() -> None:
    """Both waited while the first was measured alone; the last would have to wait anyway."""

    async def scene() -> None:
        room = Room(together=2)
        first, watcher = Visitor(room, ("load", "incidents")), Visitor(room, ("incidents",))
        assert await first.move()
        assert not await watcher.move()
        late = Visitor(room, ("load",))
        assert not await late.move()
        await first.move()
        assert late.is_in, "it waited to be alone, and no timeline had begun"
        await late.leave()
        assert first.is_in
        assert watcher.is_in

    run(scene)


def test_nobody_joins_a_timeline_late_while_another_waits_to_be_alone() -> None:
    async def scene() -> None:
        room = Room(together=3)
        watcher = Visitor(room, ("incidents",))
        assert await watcher.move()
        timed = Visitor(room, ("load",))
        assert not await timed.move()
        late = Visitor(room, ("incidents",))
        assert not await late.move()
        await watcher.leave()
        assert timed.is_in
        assert not late.is_in

    run(scene)


def test_a_timeline_takes_along_who_waits_even_if_the_next_is_to_be_alone() -> None:
    async def scene() -> None:
        room = Room(together=2)
        first, watcher = Visitor(room, ("load", "incidents")), Visitor(room, ("incidents",))
        assert await first.move()
        assert not await watcher.move()
        builder = Visitor(room, ("build", "load"))
        assert not await builder.move(), "the first is measured alone"
        await first.move()
        assert watcher.is_in, "who builds came after it"
        assert first.is_in, "it would wait for the builder, but a timeline has begun"

    run(scene)


def test_builds_go_on_beside_a_timeline_though_another_waits_to_be_alone() -> None:
    async def scene() -> None:
        room = Room(together=2)
        watcher = Visitor(room, ("incidents",))
        assert await watcher.move()
        timed, builder = Visitor(room, ("load",)), Visitor(room, ("build",))
        assert not await timed.move()
        assert await builder.move()

    run(scene)


def test_a_second_attempt_bears_nothing_beside_it() -> None:
    async def scene() -> None:
        room = Room(together=2)
        builder, strict = Visitor(room, ("build",)), Visitor(room, ("build",), strict=True)
        assert await builder.move()
        assert not await strict.move()
        await builder.leave()
        assert strict.is_in

    run(scene)


def test_who_gives_up_waiting_blocks_nobody() -> None:
    async def scene() -> None:
        room = Room(together=2)
        other = Visitor(room, ("build",))
        assert await other.move()
        timed = Visitor(room, ("load",))
        assert not await timed.move()
        builder = Visitor(room, ("build",))
        assert not await builder.move(), "who waits to be alone is let in first"
        assert timed.moves is not None
        timed.moves.cancel()
        await settled()
        await timed.leave()
        assert builder.is_in

    run(scene)


def test_it_is_told_beforehand_whether_a_stage_must_wait() -> None:
    async def scene() -> None:
        room = Room(together=2)
        timed, other = Visitor(room, ("load",)), Visitor(room, ("build",))
        assert not room.must_wait(timed.guest)
        assert await timed.move()
        assert room.must_wait(other.guest)

    run(scene)
