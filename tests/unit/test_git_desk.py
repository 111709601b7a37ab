"""What a push is told at the desk: looked for ever more seldom while nothing happens."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.fakes.git_gate import REPOSITORY, TOKEN, FakeGate
from tests.fakes.git_site import make_starter

from assay.adapters.repositories import Repositories
from assay.web.git.desk import ACCEPT, REFUSE, Desk, Visit
from assay.web.git.gate import Line
from assay.web.git.hooks import Question
from assay.web.git.limits import GitLimits
from assay.web.git.rules import BRANCH, Update


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    repositories = Repositories(tmp_path / "repositories")
    repositories.create(REPOSITORY, make_starter(tmp_path / "starter"))
    return repositories


def said_after_push(
    repositories: Repositories, script: Sequence[Line | None], limits: GitLimits
) -> list[str]:
    """What is said to a pusher of the commit that is there already."""
    desk = Desk(repositories, FakeGate(script=script), page_url="", limits=limits)
    ticket = desk.admit(Visit(REPOSITORY, TOKEN, lambda: None))
    head, said = repositories.head(REPOSITORY), list[str]()
    update = Update(head, head, BRANCH)
    question = Question("post-receive", ticket, "", "", (update,), ())
    assert desk.answer(question, said.append) == ACCEPT
    return said


def test_an_evaluation_with_nothing_new_is_asked_ever_more_seldom_up_to_a_limit(
    repositories: Repositories,
) -> None:
    limits, began = GitLimits(pause_s=0.01, longest_pause_s=0.04), time.monotonic()
    said = said_after_push(repositories, [None] * 12 + [Line("done")], limits)

    assert 0.4 < time.monotonic() - began < 10.0
    assert said[-1] == "  done\n"


def test_after_news_it_is_asked_often_again(repositories: Repositories) -> None:
    limits, began = GitLimits(pause_s=0.01, longest_pause_s=60.0), time.monotonic()
    said_after_push(repositories, [None, None, None, Line("build")] * 10, limits)

    assert time.monotonic() - began < 20.0


def test_who_watches_for_too_long_is_sent_to_the_page(repositories: Repositories) -> None:
    limits = GitLimits(pause_s=0.01, follow_s=0.05)
    said = said_after_push(repositories, [None] * 1000, limits)

    assert "goes on without this terminal" in said[-1]


def test_a_hook_of_a_push_nobody_admitted_is_refused(repositories: Repositories) -> None:
    desk = Desk(repositories, FakeGate(), page_url="", limits=GitLimits())
    said = list[str]()

    assert desk.answer(Question("pre-receive", "forged", "", "", (), ()), said.append) == REFUSE
    assert "not known here" in said[0]
