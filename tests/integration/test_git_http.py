"""Candidates clone and push with the git they have; nobody else gets in."""

import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.fakes.git_gate import REPOSITORY, TOKEN, FakeGate, make_access
from tests.fakes.git_site import (
    Clone,
    Site,
    make_app,
    make_starter,
    remote_lines,
    serving,
    wait_for,
)

from assay.web.git.gate import Access
from assay.web.git.limits import GitLimits

CHARLIES = "asm_charliecharliec0"


@pytest.fixture
def gate() -> FakeGate:
    gate = FakeGate()
    gate.accesses[CHARLIES, "asg_charlie"] = make_access(assessment_id=CHARLIES)
    return gate


@pytest.fixture
def site(gate: FakeGate, tmp_path: Path) -> Iterator[Site]:
    app = make_app(tmp_path / "home", gate, GitLimits(wrong_tokens=3))
    starter = make_starter(tmp_path / "starter")
    for name in (REPOSITORY, CHARLIES):
        app.git.repositories.create(name, starter)
    with serving(app) as site:
        yield site


def clone(site: Site, tmp_path: Path, **of: str) -> Clone:
    return Clone.of(site.url(**of), tmp_path / "clones")


def get(site: Site, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    """Status, text and headers."""
    asked = urllib.request.Request(f"http://127.0.0.1:{site.port}{path}", headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), dict(error.headers)


def test_a_candidate_clones_the_starter(site: Site, tmp_path: Path) -> None:
    work = clone(site, tmp_path)

    assert work.said("log", "--format=%s") == "Start"
    assert (work.path / "app/main.py").read_text() == "print('hello')\n"


def test_the_token_stays_out_of_the_clone_when_git_asks_for_it(site: Site, tmp_path: Path) -> None:
    tmp_path.joinpath("askpass").write_text(f"#!/bin/sh\necho {TOKEN}\n")
    tmp_path.joinpath("askpass").chmod(0o755)
    work = Clone(tmp_path / "work", tmp_path, {"GIT_ASKPASS": str(tmp_path / "askpass")})
    url = f"http://candidate@127.0.0.1:{site.port}/git/{REPOSITORY}.git"
    cloned = work.git("clone", "--quiet", url, str(work.path), cwd=tmp_path)
    work.commit({"new.py": "1"})

    assert cloned.returncode == 0
    assert work.push().returncode == 0
    assert TOKEN not in (work.path / ".git/config").read_text()


def test_a_push_reaches_the_platform_with_all_a_worker_needs(
    site: Site, gate: FakeGate, tmp_path: Path
) -> None:
    work = clone(site, tmp_path)
    commit = work.commit({"new.py": "1"}, "Serve faster")
    done = work.push("-o", "hint=x", "origin", "main")
    (push,) = gate.pushes
    (tmp_path / "bundle").write_bytes(push.bundle)
    copy = Clone.of(str(tmp_path / "bundle"), tmp_path / "workers")

    assert done.returncode == 0, done.stderr
    assert (push.assessment_id, push.new_sha) == (REPOSITORY, commit)
    assert (push.subject, push.options) == ("Serve faster", ("hint=x",))
    assert push.tree_sha == work.said("rev-parse", "HEAD^{tree}")
    assert copy.said("rev-parse", "main") == commit


def test_a_large_push_comes_in_chunks(site: Site, gate: FakeGate, tmp_path: Path) -> None:
    work = clone(site, tmp_path)
    work.commit({"noise.bin": os.urandom(3_000_000)})
    done = work.git("-c", "http.postBuffer=65536", "push", "origin", "main")

    assert done.returncode == 0, done.stderr
    assert gate.pushes[0].pack_bytes > 3_000_000


def test_a_push_that_failed_to_be_recorded_is_tried_again_at_once(
    site: Site, gate: FakeGate, tmp_path: Path
) -> None:
    gate.broken = 1
    work = clone(site, tmp_path)
    commit = work.commit({"new.py": "1"})
    done = work.push()
    wait_for(lambda: gate.pushes != [], GitLimits().settle_s / 2)

    assert done.returncode == 0
    assert [push.new_sha for push in gate.pushes] == [commit]


def test_without_a_token_git_is_asked_for_one(site: Site) -> None:
    status, text, headers = get(site, f"/git/{REPOSITORY}.git/info/refs?service=git-upload-pack")

    assert status == 401
    assert headers["www-authenticate"].startswith("Basic ")
    assert "git token on the page of your assessment" in text


def test_a_wrong_token_is_told_where_the_right_one_is(site: Site, tmp_path: Path) -> None:
    work = Clone(tmp_path / "work", tmp_path)
    done = work.git("clone", site.url(REPOSITORY, "asg_wrong"), "work", cwd=tmp_path)

    assert done.returncode != 0
    assert "Authentication failed" in done.stderr
    assert any("page of your assessment" in line for line in remote_lines(done))


def test_charlies_token_does_not_open_danas_repository(site: Site, tmp_path: Path) -> None:
    work = Clone(tmp_path / "work", tmp_path)
    own = work.git("ls-remote", site.url(CHARLIES, "asg_charlie"), cwd=tmp_path)
    danas = work.git("ls-remote", site.url(REPOSITORY, "asg_charlie"), cwd=tmp_path)

    assert own.returncode == 0
    assert danas.returncode != 0


def test_who_tries_many_tokens_has_to_wait_and_only_there(site: Site, tmp_path: Path) -> None:
    work = Clone(tmp_path / "work", tmp_path)
    for number in range(3):
        work.git("ls-remote", site.url(token=f"asg_{number}"), cwd=tmp_path)
    right = work.git("ls-remote", site.url(), cwd=tmp_path)
    elsewhere = work.git("ls-remote", site.url(CHARLIES, "asg_charlie"), cwd=tmp_path)

    assert "Too many wrong tokens" in right.stderr
    assert elsewhere.returncode == 0


def test_asking_without_a_token_is_never_counted(site: Site, tmp_path: Path) -> None:
    for _ in range(10):
        get(site, f"/git/{REPOSITORY}.git/info/refs?service=git-upload-pack")

    assert clone(site, tmp_path).path.exists()


def test_after_the_deadline_the_repository_is_read_only_and_says_why(
    site: Site, gate: FakeGate, tmp_path: Path
) -> None:
    work = clone(site, tmp_path)
    work.commit({"late.py": "1"})
    closed = make_access(write=False, refusal="The deadline was at 17:00.")
    gate.accesses[REPOSITORY, TOKEN] = closed
    done = work.push()

    assert done.returncode != 0
    assert remote_lines(done) == ["The deadline was at 17:00."]
    assert work.git("fetch", "origin").returncode == 0
    assert gate.pushes == []


@dataclass
class ClosingGate(FakeGate):
    """One that closes while a push is on its way."""

    looks: int = 2

    def access(self, repository: str, token: str) -> Access | None:
        self.looks -= 1
        if self.looks < 0:
            return make_access(write=False, refusal="The deadline has passed.")
        return make_access()


def test_a_push_that_arrives_after_the_deadline_is_too_late(tmp_path: Path) -> None:
    gate = ClosingGate(looks=100)
    app = make_app(tmp_path / "home", gate)
    app.git.repositories.create(REPOSITORY, make_starter(tmp_path / "starter"))
    with serving(app) as site:
        work = clone(site, tmp_path)
        work.commit({"late.py": "1"})
        gate.looks = 2
        done = work.push()

    assert done.returncode != 0
    assert "✗ The deadline has passed." in remote_lines(done)
    assert gate.pushes == []


def test_the_pages_are_served_beside_git(site: Site) -> None:
    assert get(site, "/page")[:2] == (200, "a page")


def test_nothing_but_git_is_answered_below_git(site: Site) -> None:
    repository = f"/git/{REPOSITORY}.git"
    files = ["", "/HEAD", "/config", "/info/refs", "/objects/info/packs"]
    paths = [f"{repository}{file}" for file in files]
    paths += ["/git/../repositories/x.git/HEAD", "/git/%2e%2e/%2e%2e/etc/passwd"]

    assert {path: get(site, path)[0] for path in paths} == dict.fromkeys(paths, 404)


def test_a_repository_that_is_not_there_is_not_found(site: Site, gate: FakeGate) -> None:
    gate.accesses["asm_gone", TOKEN] = make_access(assessment_id="asm_gone")
    done = Clone(Path("/"), Path("/")).git("ls-remote", site.url("asm_gone"))

    assert "not found" in done.stderr


def test_the_names_we_use_ourselves_are_hidden(site: Site, tmp_path: Path) -> None:
    work = clone(site, tmp_path)
    refs = {line.split("\t")[1] for line in work.said("ls-remote", "origin").splitlines()}

    assert refs == {"HEAD", "refs/heads/main"}
