"""Clients that stall, leave or mean harm, and a platform that fails: nobody else is harmed."""

import hashlib
import os
import socket
import struct
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.fakes.git_gate import REPOSITORY, TOKEN, FakeGate
from tests.fakes.git_site import (
    Clone,
    Site,
    make_app,
    make_starter,
    raw_push,
    remote_lines,
    serving,
    wait_for,
)

from assay.web.git.gate import Access
from assay.web.git.limits import GitLimits

PROMPT_S = 20.0
MIB = 2**20
Serve = Callable[[GitLimits, FakeGate], Site]


@contextmanager
def open_site(base: Path, gate: FakeGate, limits: GitLimits) -> Iterator[Site]:
    app = make_app(base / "home", gate, limits)
    app.git.repositories.create(REPOSITORY, make_starter(base / "starter"))
    with serving(app) as site:
        yield site


@pytest.fixture
def gate() -> FakeGate:
    return FakeGate()


@pytest.fixture
def site(gate: FakeGate, tmp_path: Path) -> Iterator[Site]:
    limits = GitLimits(slots=1, pushes=1, silent_s=1.0, settle_s=0.3)
    with open_site(tmp_path, gate, limits) as site:
        yield site


@pytest.fixture
def work(site: Site, tmp_path: Path) -> Clone:
    work = Clone.of(site.url(), tmp_path / "clones")
    work.commit({"a.py": "1"})
    return work


def half_a_push(site: Site) -> socket.socket:
    """A client that has sent the beginning of a pack and keeps the line open."""
    head = site.repositories.head(REPOSITORY)
    begun = raw_push(head, "1" * 40, pack([(3, b"", os.urandom(MIB))] * 5))[: 2 * MIB]
    client = socket.create_connection(("127.0.0.1", site.port))
    client.sendall(request_head(site, "git-receive-pack", 5_000_000) + begun)
    return client


def a_fetch_nobody_reads(site: Site) -> socket.socket:
    """A client that asks for everything and does not look at the answer."""
    want = f"want {site.repositories.head(REPOSITORY)} side-band-64k\n"
    asked = f"{len(want) + 4:04x}{want}00000009done\n".encode()
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", site.port))
    client.sendall(request_head(site, "git-upload-pack", len(asked)) + asked)
    return client


def request_head(site: Site, service: str, length: int) -> bytes:
    """What goes before the body."""
    lines = (
        f"POST /git/{REPOSITORY}.git/{service} HTTP/1.1",
        "Host: assay.test",
        f"Content-Type: application/x-{service}-request",
        f"Authorization: {site.authorization(TOKEN)}",
        f"Content-Length: {length}",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def http_request(site: Site, body: bytes) -> urllib.request.Request:
    url = f"http://127.0.0.1:{site.port}/git/{REPOSITORY}.git/git-receive-pack"
    kind = "application/x-git-receive-pack-request"
    return urllib.request.Request(
        url, body, {"Content-Type": kind, "Authorization": site.authorization(TOKEN)}
    )


def push_past(site: Site, work: Clone) -> None:
    """As a server did that took a push and died."""
    path = str(site.repositories.path(REPOSITORY))
    taking = "--receive-pack=git -c core.logAllRefUpdates=true receive-pack"
    assert work.push(taking, path, "main").returncode == 0


def arriving(site: Site) -> list[Path]:
    """Where git keeps what is not taken yet."""
    objects = site.repositories.path(REPOSITORY) / "objects"
    return list(objects.glob("tmp_objdir-*"))


def test_a_push_cut_off_in_the_middle_leaves_nothing_behind(site: Site) -> None:
    client = half_a_push(site)
    wait_for(lambda: arriving(site) != [], PROMPT_S)
    client.close()

    wait_for(lambda: site.git_processes() == [], PROMPT_S)
    assert arriving(site) == []


def test_a_client_that_falls_silent_gives_its_place_to_others(site: Site, tmp_path: Path) -> None:
    with half_a_push(site):
        wait_for(lambda: arriving(site) != [], PROMPT_S)
        other = Clone.of(site.url(), tmp_path / "others")

    assert other.said("log", "--format=%s") == "Start"


def test_a_client_that_takes_nothing_gives_its_place_to_others(
    site: Site, tmp_path: Path, work: Clone
) -> None:
    work.commit({"noise.bin": os.urandom(12 * MIB)})
    push_past(site, work)
    with a_fetch_nobody_reads(site):
        wait_for(lambda: site.git_processes() != [], PROMPT_S)
        began = time.monotonic()
        listed = work.git("ls-remote", "origin")

    assert listed.returncode == 0
    assert time.monotonic() - began < PROMPT_S


def test_a_few_bytes_that_unfold_to_gigabytes_get_no_gigabytes(site: Site) -> None:
    head = site.repositories.head(REPOSITORY)
    commit, objects = swelling_commit(head, size=3 * 2**29)
    with urllib.request.urlopen(
        http_request(site, raw_push(head, commit, pack(objects)))
    ) as answer:
        said = answer.read()

    assert b"Out of memory" in said
    assert b"ng refs/heads/main" in said
    assert site.repositories.head(REPOSITORY) == head
    wait_for(lambda: site.git_processes() == [], PROMPT_S)
    assert arriving(site) == []


def test_locks_of_a_git_that_was_killed_keep_nobody_out(site: Site, work: Clone) -> None:
    for name in ("HEAD.lock", "refs/heads/main.lock"):
        lock = site.repositories.path(REPOSITORY) / name
        lock.touch()
        os.utime(lock, (time.time() - 60, time.time() - 60))

    assert work.push().returncode == 0


def test_one_push_too_many_at_once_is_told_to_come_again(
    site: Site, gate: FakeGate, work: Clone
) -> None:
    gate.endless = True
    client = work.start("push", "origin", "main")
    wait_for(lambda: gate.followed != [], PROMPT_S)
    work.commit({"b.py": "2"})
    refused = work.push()
    site.app.git.wind_down()
    client.communicate(timeout=PROMPT_S)

    assert refused.returncode != 0
    assert "Too many pushes are under way just now. Push again in a minute." in refused.stderr
    wait_for(lambda: work.push().returncode == 0, PROMPT_S)


class AwayGate(FakeGate):
    """A platform whose database is away."""

    def access(self, repository: str, token: str) -> Access | None:
        raise RuntimeError("the database is away")


def test_a_platform_that_cannot_answer_says_whose_fault_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with open_site(tmp_path, AwayGate(), GitLimits()) as site:
        done = Clone(tmp_path, tmp_path).git("ls-remote", site.url())

    assert any("our fault, not yours" in line for line in remote_lines(done))
    assert "the database is away" in caplog.text


def test_a_push_that_another_server_took_before_it_died_is_recorded_by_this_one(
    site: Site, gate: FakeGate, work: Clone
) -> None:
    push_past(site, work)

    wait_for(lambda: len(gate.pushes) == 1, PROMPT_S)
    assert gate.pushes[0].new_sha == work.said("rev-parse", "HEAD")


def test_a_server_that_ended_leaves_nothing_behind(tmp_path: Path, gate: FakeGate) -> None:
    with open_site(tmp_path, gate, GitLimits()):
        during = list((tmp_path / "home/run").iterdir())

    assert during != []
    assert list((tmp_path / "home/run").iterdir()) == []


def swelling_commit(parent: str, size: int) -> tuple[str, list[tuple[int, bytes, bytes]]]:
    """A commit of one file that is 15 MiB of zeros, many times over, told as "copy that"."""
    zeros = bytes(15 * MIB)
    times = size // len(zeros)
    copy = b"\xf0" + struct.pack("<I", len(zeros))[:3]
    delta = varint(len(zeros)) + varint(len(zeros) * times) + copy * times
    whole = hashlib.sha1(b"blob %d\0" % (len(zeros) * times), usedforsecurity=False)
    for _ in range(times):
        whole.update(zeros)
    tree = b"100644 big\0" + whole.digest()
    who = "Dana <dana@example.org> 1700000000 +0000"
    commit = (
        f"tree {object_id('tree', tree).hex()}\nparent {parent}\n"
        f"author {who}\ncommitter {who}\n\nGrow\n"
    ).encode()
    base = object_id("blob", zeros)
    objects = [(3, b"", zeros), (7, base, delta), (2, b"", tree), (1, b"", commit)]
    return object_id("commit", commit).hex(), objects


def object_id(kind: str, content: bytes) -> bytes:
    described = f"{kind} {len(content)}\0".encode()
    return hashlib.sha1(described + content, usedforsecurity=False).digest()


def pack(objects: list[tuple[int, bytes, bytes]]) -> bytes:
    """(kind, base of a delta, content) as git packs them."""
    packed = b"PACK" + struct.pack(">II", 2, len(objects))
    for kind, base, content in objects:
        rest = len(content) >> 4
        first = kind << 4 | len(content) & 15
        packed += bytes([first | 0x80]) + varint(rest) if rest else bytes([first])
        packed += base + zlib.compress(content)
    return packed + hashlib.sha1(packed, usedforsecurity=False).digest()


def varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first."""
    said = b""
    while number > 0x7F:
        said += bytes([number & 0x7F | 0x80])
        number >>= 7
    return said + bytes([number])
