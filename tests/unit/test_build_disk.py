"""A build is cut off for what it wrote, and not blamed for an engine that does not say."""

from typing import Any

import pytest
from docker.errors import DockerException

from assay_sandbox.build_disk import DiskWatch
from assay_sandbox.build_stream import Cut

LIMIT = 100


class Engine:
    """What the engine says of a build: bytes of running containers, sizes of images."""

    def __init__(self, running: list[int], layers: list[int], *, silent: int = 0) -> None:
        self.running, self.layers, self.silent = running, layers, silent
        self.api = self

    def containers(self, **_asked: Any) -> list[dict[str, int]]:
        if self.silent:
            self.silent -= 1
            raise DockerException("no answer")
        return [{"SizeRw": size} for size in self.running]

    def images(self, **_asked: Any) -> list[dict[str, int]]:
        return [{"Size": size} for size in self.layers]


@pytest.mark.parametrize(
    ("running", "layers", "cut"),
    [
        ([], [], None),
        ([100], [300, 10], None),
        ([60, 60], [], Cut.DISK),
        ([], [301], Cut.DISK),
    ],
)
def test_all_that_runs_counts_together_and_layers_have_a_limit_of_their_own(
    running: list[int], layers: list[int], cut: Cut | None
) -> None:
    engine: Any = Engine(running, layers)
    assert DiskWatch(engine, "n", LIMIT).look() is cut


def test_an_engine_that_stays_silent_ends_the_build_but_not_at_the_candidates_cost() -> None:
    engine: Any = Engine([], [], silent=2)
    watch = DiskWatch(engine, "n", LIMIT)
    assert [watch.look(), watch.look()] == [None, Cut.UNWATCHED]


def test_one_missed_answer_is_forgiven() -> None:
    engine: Any = Engine([], [], silent=1)
    watch = DiskWatch(engine, "n", LIMIT)
    assert [watch.look(), watch.look()] == [None, None]
    engine.silent = 1
    assert watch.look() is None
