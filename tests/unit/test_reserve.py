"""A process waits for the next evaluation of a slot, serves one, and never outlives its worker."""

import os

import pytest

from assay.bootstrap.reserve import Reserve
from assay.domain.errors import PlatformFault

FIRST, SECOND = (0, 1), (2, 3)


class Started:
    """A process that only remembers."""

    def __init__(self, cores: tuple[int, ...]) -> None:
        self.cores = cores
        self.is_fit = True
        self.killed = 0

    def kill(self) -> None:
        self.killed += 1


class Starter:
    """Starts such processes, as long as it may."""

    def __init__(self) -> None:
        self.made: list[Started] = []
        self.refuses = False

    def __call__(self, cores: tuple[int, ...]) -> Started:
        if self.refuses:
            raise PlatformFault("no more processes")
        self.made.append(Started(cores))
        return self.made[-1]


@pytest.fixture
def starter() -> Starter:
    return Starter()


@pytest.fixture
def reserve(starter: Starter) -> Reserve:
    return Reserve(starter)  # type: ignore[arg-type]


def test_who_needs_a_process_gets_the_one_that_waits_for_these_cores(
    reserve: Reserve, starter: Starter
) -> None:
    reserve.prepare(FIRST)
    reserve.prepare(SECOND)

    assert reserve.take(SECOND) is starter.made[1]
    assert reserve.take(FIRST) is starter.made[0]
    assert len(starter.made) == 2


def test_no_process_is_given_twice(reserve: Reserve, starter: Starter) -> None:
    reserve.prepare(FIRST)
    first, second = reserve.take(FIRST), reserve.take(FIRST)

    assert first is not second
    assert starter.made == [first, second]


def test_one_slot_has_at_most_one_process_in_reserve(reserve: Reserve, starter: Starter) -> None:
    reserve.prepare(FIRST)
    reserve.prepare(FIRST)

    assert len(starter.made) == 1


def test_without_a_reserve_a_process_starts_when_it_is_needed(
    reserve: Reserve, starter: Starter
) -> None:
    assert reserve.take(FIRST) is starter.made[0]
    assert starter.made[0].cores == FIRST


def test_a_process_that_died_or_knows_an_old_environment_is_replaced(
    reserve: Reserve, starter: Starter
) -> None:
    reserve.prepare(FIRST)
    starter.made[0].is_fit = False

    assert reserve.take(FIRST) is starter.made[1]
    assert starter.made[0].killed == 1


def test_a_reserve_that_cannot_be_made_is_told_when_it_is_needed(
    reserve: Reserve, starter: Starter
) -> None:
    starter.refuses = True
    reserve.prepare(FIRST)

    with pytest.raises(PlatformFault, match="no more processes"):
        reserve.take(FIRST)


def test_at_the_end_of_the_worker_nothing_waits_any_more(
    reserve: Reserve, starter: Starter
) -> None:
    reserve.prepare(FIRST)
    reserve.prepare(SECOND)
    taken = reserve.take(FIRST)
    reserve.close()
    reserve.prepare(FIRST)

    assert [one.killed for one in starter.made] == [0, 1]
    assert taken is starter.made[0]
    assert len(starter.made) == 2


def test_a_real_one_is_fit_as_long_as_the_environment_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cores = tuple(os.sched_getaffinity(0))[:1]
    reserve = Reserve()
    reserve.prepare(cores)
    process = reserve.take(cores)
    try:
        assert process.is_fit
        monkeypatch.setenv("ASSAY_SECRET_KEY", "another")
        assert process.is_fit
        monkeypatch.setenv("DOCKER_HOST", "unix:///elsewhere.sock")
        assert not process.is_fit
        monkeypatch.undo()
        process.kill()
        assert not process.is_fit
    finally:
        process.kill()
