"""What a push is told at the desk: looked for ever more seldom while nothing happens."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.fakes.git_gate import REPOSITORY, TOKEN, FakeGate
from tests.fakes.git_site import make_starter

from assay.adapters.repositories import Repositories
from assay.web.git.desk import ACCEPT, REFUSE, Desk, Visit, pause_s
from assay.web.git.gate import Line, Push
from assay.web.git.hooks import Question
from assay.web.git.limits import GitLimits
from assay.web.git.rules import BRANCH, Update


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    repositories = Repositories(tmp_path / "repositories")
    repositories.create(REPOSITORY, make_starter(tmp_path / "starter"))
    return repositories


def said_after_push(repositories: Repositories, gate: FakeGate, limits: GitLimits) -> list[str]:
    """What is said to a pusher of the commit that is there already."""
    desk = Desk(repositories, gate, page_url="", limits=limits)
    ticket = desk.admit(Visit(REPOSITORY, TOKEN, lambda: None))
    head, said = repositories.head(REPOSITORY), list[str]()
    update = Update(head, head, BRANCH)
    question = Question("post-receive", ticket, "", "", (update,), ())
    assert desk.answer(question, said.append) == ACCEPT
    return said


def test_the_longer_nothing_happens_the_more_seldom_it_is_looked_for_within_limits() -> None:
    limits = GitLimits(pause_s=0.25, longest_pause_s=2.0)
    pauses = [pause_s(quiet_s, limits) for quiet_s in (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 3600.0)]

    assert pauses == [0.25, 0.25, 0.25, 0.5, 1.0, 2.0, 2.0]


def test_news_are_told_late_by_no_more_than_an_eighth_of_the_time_they_took(
    repositories: Repositories,
) -> None:
    class Slow(FakeGate):
        """Has nothing new for a second."""

        def follow(self, repository: str, evaluation_id: str | None) -> Iterator[Line | None]:
            asked, began = 0, time.monotonic()
            while time.monotonic() - began < 1.0:
                asked += 1
                yield None
            yield Line(f"asked {asked} times")

    limits, began = GitLimits(pause_s=0.01, longest_pause_s=60.0), time.monotonic()
    said = said_after_push(repositories, Slow(), limits)
    took_s, asked = time.monotonic() - began, int(said[-1].split()[1])

    assert 1.0 < took_s < 5.0
    assert 5 < asked < 60


def test_after_news_it_is_looked_for_often_again(repositories: Repositories) -> None:
    limits, began = GitLimits(pause_s=0.01, longest_pause_s=60.0), time.monotonic()
    gate = FakeGate(script=[None, None, None, Line("build")] * 10)
    said_after_push(repositories, gate, limits)

    assert time.monotonic() - began < 20.0


@dataclass
class CountingGate(FakeGate):
    """Takes a moment to record a push, and notes how many it recorded at once."""

    now: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def received(self, push: Push) -> str | None:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.05)
        with self.lock:
            self.now -= 1
        return None


def test_no_more_pushes_are_recorded_at_once_than_pages_can_bear(
    repositories: Repositories,
) -> None:
    gate = CountingGate(script=[])
    desk = Desk(repositories, gate, page_url="", limits=GitLimits(at_work=2))
    head = repositories.head(REPOSITORY)

    def push(_: int) -> int:
        ticket = desk.admit(Visit(REPOSITORY, TOKEN, lambda: None))
        update = Update(head, head, BRANCH)
        return desk.answer(
            Question("post-receive", ticket, "", "", (update,), ()), lambda text: None
        )

    with ThreadPoolExecutor(8) as candidates:
        assert list(candidates.map(push, range(8))) == [ACCEPT] * 8
    assert gate.most == 2


def test_who_watches_for_too_long_is_sent_to_the_page(repositories: Repositories) -> None:
    limits = GitLimits(pause_s=0.01, follow_s=0.05)
    said = said_after_push(repositories, FakeGate(script=[None] * 1000), limits)

    assert "goes on without this terminal" in said[-1]


def test_a_hook_of_a_push_nobody_admitted_is_refused(repositories: Repositories) -> None:
    desk = Desk(repositories, FakeGate(), page_url="", limits=GitLimits())
    said = list[str]()

    assert desk.answer(Question("pre-receive", "forged", "", "", (), ()), said.append) == REFUSE
    assert "not known here" in said[0]
