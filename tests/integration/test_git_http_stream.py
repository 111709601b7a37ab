"""The pusher watches the evaluation, may leave at any time, and nothing depends on it."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.git_gate import REPOSITORY, FakeGate
from tests.fakes.git_site import (
    PAGE,
    Clone,
    Site,
    make_app,
    make_starter,
    remote_lines,
    serving,
    wait_for,
)

from assay.web.git.cgi import NICENESS
from assay.web.git.gate import Line
from assay.web.git.limits import GitLimits

PROMPT_S = 20.0


@pytest.fixture
def gate() -> FakeGate:
    return FakeGate()


@pytest.fixture
def site(gate: FakeGate, tmp_path: Path) -> Iterator[Site]:
    limits = GitLimits(slots=1, pause_s=0.05, settle_s=0.2)
    app = make_app(tmp_path / "home", gate, limits)
    app.git.repositories.create(REPOSITORY, make_starter(tmp_path / "starter"))
    with serving(app) as site:
        yield site


@pytest.fixture
def work(site: Site, tmp_path: Path) -> Clone:
    work = Clone.of(site.url(), tmp_path / "clones")
    work.commit({"a.py": "1"})
    return work


def test_the_pusher_reads_that_it_arrived_and_then_the_platforms_lines(work: Clone) -> None:
    commit = work.said("rev-parse", "HEAD")

    assert remote_lines(work.push()) == [f"✓ Received {commit[:10]}.", "✓ build", "▸ score 87.5"]


def test_lines_come_while_the_evaluation_runs(gate: FakeGate, work: Clone) -> None:
    gate.script, gate.endless = [Line("build", "good")], True
    client = work.start("push", "origin", "main")
    assert client.stderr is not None
    said = ""
    while "build" not in said:
        said += client.stderr.readline()
    watching = client.poll() is None
    leave(client)

    assert watching


def test_git_gives_way_to_pages_within_one_session(site: Site, gate: FakeGate, work: Clone) -> None:
    gate.endless = True
    client = work.start("push", "origin", "main")
    wait_for(lambda: gate.followed != [], PROMPT_S)
    found = {pid: os.getsid(int(pid)) for pid in site.git_processes()}
    niceness = {os.getpriority(os.PRIO_PROCESS, int(pid)) for pid in found}
    leave(client)

    assert set(found.values()) == {os.getsid(0)}
    assert min(niceness) == min(19, os.nice(0) + NICENESS)


@pytest.mark.parametrize("option", ["colour", "color"])
def test_colours_are_for_those_who_ask(work: Clone, option: str) -> None:
    done = work.push("-o", option, "origin", "main")

    assert "\x1b[32m✓ build" in done.stderr


def test_no_colour_is_sent_unasked(work: Clone) -> None:
    assert "\x1b[32m" not in work.push().stderr


def test_who_does_not_want_to_wait_need_not(gate: FakeGate, work: Clone) -> None:
    gate.endless = True
    done = work.push("-o", "nowait", "origin", "main")

    assert done.returncode == 0
    assert PAGE in remote_lines(done)[-1]
    assert len(gate.pushes) == 1
    assert gate.followed == []


def test_without_a_run_left_the_push_is_recorded_all_the_same(gate: FakeGate, work: Clone) -> None:
    gate.runs_left = 0

    assert work.push().returncode == 0
    assert len(gate.pushes) == 1
    assert gate.followed == [None]


def test_closing_the_terminal_stops_nothing_and_leaves_nothing_running(
    site: Site, gate: FakeGate, work: Clone
) -> None:
    gate.endless = True
    client = work.start("push", "origin", "main")
    wait_for(lambda: gate.followed != [], PROMPT_S)
    leave(client)

    assert gate.unfollowed.wait(PROMPT_S)
    assert [push.new_sha for push in gate.pushes] == [work.said("rev-parse", "HEAD")]
    assert site.repositories.head(REPOSITORY) == gate.pushes[0].new_sha
    wait_for(lambda: site.git_processes() == [], PROMPT_S)


def test_a_client_killed_at_any_moment_leaves_a_push_that_counts_or_none(
    site: Site, gate: FakeGate, work: Clone
) -> None:
    gate.endless = True
    for number in range(12):
        work.commit({f"f{number}.bin": os.urandom(200_000)})
        client = work.start("push", "origin", "main")
        time.sleep(0.03 * number)
        leave(client)
        wait_for(lambda: site.git_processes() == [], PROMPT_S)
    wait_for(lambda: recorded_head(gate, site) == site.repositories.head(REPOSITORY), PROMPT_S)
    gate.endless = False
    last = work.push()

    assert last.returncode == 0, last.stderr
    chain = [push.new_sha for push in gate.pushes]
    assert chain[-1] == work.said("rev-parse", "HEAD")
    assert len(chain) == len(set(chain))


def test_who_only_watches_takes_nobodys_place(
    site: Site, gate: FakeGate, work: Clone, tmp_path: Path
) -> None:
    gate.endless = True
    client = work.start("push", "origin", "main")
    wait_for(lambda: gate.followed != [], PROMPT_S)
    other = Clone.of(site.url(), tmp_path / "others")
    leave(client)

    assert other.said("rev-parse", "HEAD") == work.said("rev-parse", "HEAD")


def test_a_newer_push_is_taken_while_the_older_is_watched(
    site: Site, gate: FakeGate, work: Clone
) -> None:
    gate.endless = True
    client = work.start("push", "origin", "main")
    wait_for(lambda: gate.followed != [], PROMPT_S)
    work.commit({"b.py": "2"})
    newer = work.push("-o", "nowait", "origin", "main")
    leave(client)

    assert newer.returncode == 0
    assert len(gate.pushes) == 2


def test_a_push_the_platform_could_not_record_is_safe_and_recorded_soon(
    gate: FakeGate, work: Clone, caplog: pytest.LogCaptureFixture
) -> None:
    gate.broken = 2
    done = work.push()

    assert done.returncode == 0
    assert "Your push has arrived and is safe" in done.stderr
    wait_for(lambda: len(gate.pushes) == 1, PROMPT_S)
    assert "could not be recorded" in caplog.text


def test_a_push_left_unrecorded_comes_before_the_next(
    gate: FakeGate, work: Clone, site: Site
) -> None:
    gate.broken = 2
    first = work.said("rev-parse", "HEAD")
    work.push()
    gate.broken = 0
    second = work.commit({"b.py": "2"})
    work.push()

    assert [push.new_sha for push in gate.pushes] == [first, second]


def test_a_server_that_ends_sends_watchers_home_in_words(
    gate: FakeGate, work: Clone, site: Site
) -> None:
    gate.endless = True
    client = work.start("push", "origin", "main")
    wait_for(lambda: gate.followed != [], PROMPT_S)
    site.app.git.wind_down()
    _, said = client.communicate(timeout=PROMPT_S)

    assert client.returncode == 0
    assert "The server restarts; the evaluation goes on" in said


def leave(client: "subprocess.Popen[str]") -> None:
    """Kill the client as a closed terminal does not even do."""
    os.killpg(client.pid, signal.SIGKILL)
    client.communicate()


def recorded_head(gate: FakeGate, site: Site) -> str:
    start = site.repositories.create(REPOSITORY, Path("/nonexistent"))
    return gate.pushes[-1].new_sha if gate.pushes else start
