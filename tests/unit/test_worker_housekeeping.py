"""What a worker does beside evaluating, and how often."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes.evaluators import Studio, work_off
from tests.fakes.sittings import House, a_house

from assay.bootstrap.pruning import SHELVES
from assay.worker.housekeeping import CHORES, Chore, Rota, recover_lost


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


def a_chore(name: str, every_s: float) -> Chore:
    return Chore(name, every_s, lambda installation: None)


def names_due(rota: Rota, now_s: float) -> list[str]:
    return [chore.name for chore in rota.due(now_s)]


def test_everything_is_done_at_the_start_and_then_each_in_its_time() -> None:
    rota = Rota([a_chore("often", 2), a_chore("seldom", 30)])

    assert names_due(rota, 100.0) == ["often", "seldom"]
    assert names_due(rota, 101.9) == []
    assert names_due(rota, 102.0) == ["often"]
    assert names_due(rota, 130.0) == ["often", "seldom"]


def test_what_can_wait_is_not_done_at_the_start() -> None:
    rota = Rota([replace(a_chore("old things", 600), can_wait=True), a_chore("often", 2)])

    assert names_due(rota, 100.0) == ["often"]
    assert "old things" not in names_due(rota, 699.0)
    assert names_due(rota, 700.0) == ["old things"]
    assert "old things" in names_due(rota, 1300.0)


def test_a_worker_that_slept_does_a_chore_once() -> None:
    rota = Rota([a_chore("often", 2)])
    rota.due(0.0)

    assert names_due(rota, 1000.0) == ["often"]
    assert names_due(rota, 1001.0) == []


def test_a_worker_is_seen_long_before_it_counts_as_gone() -> None:
    every_s = {chore.name: chore.every_s for chore in CHORES}

    assert every_s["sign of life"] <= 30
    assert len(every_s) == len(CHORES)


def test_every_shelf_is_cleared_by_a_chore_of_its_own() -> None:
    names = [chore.name for chore in CHORES]

    assert {shelf.name for shelf in SHELVES} <= set(names)
    assert len(names) == len(set(names))


def test_lost_jobs_are_found_and_the_rest_is_left_alone(house: House) -> None:
    installation: Any = SimpleNamespace(database=house.database, queue=house.jobs)
    lost, kept = (house.push(house.started()).evaluation_id for _ in range(2))
    del house.jobs.entries[f"{lost}-1"]

    assert recover_lost(installation) == 1
    assert recover_lost(installation) == 0
    assert sorted(work_off(house, Studio())) == sorted([f"{lost}-1", f"{kept}-1"])
