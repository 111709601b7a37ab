"""A hook asks the server; when the server is silent, nothing unseen is let in."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assay.web.git.hooks import HOOKS, RELAY, HookServer, Question, Say
from assay.web.git.rules import Update

UPDATE = Update("1" * 40, "2" * 40, "refs/heads/main")
Serve = Callable[[Callable[[Question, Say], int]], HookServer]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    servers: list[HookServer] = []

    def start(answer: Callable[[Question, Say], int]) -> HookServer:
        servers.append(HookServer(tmp_path / "run", answer))
        servers[-1].start()
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def ask(
    environment: dict[str, str], hook: str = "pre-receive", *options: str
) -> subprocess.CompletedProcess[str]:
    told = {f"GIT_PUSH_OPTION_{n}": option for n, option in enumerate(options)}
    return subprocess.run(
        [HOOKS / hook],
        env={
            "PATH": os.environ["PATH"],
            "GIT_PUSH_OPTION_COUNT": str(len(options)),
            "GIT_OBJECT_DIRECTORY": "objects/tmp",
            **environment,
            **told,
        },
        input=f"{UPDATE.old} {UPDATE.new} {UPDATE.ref}\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(("hook", "code"), [("pre-receive", 1), ("post-receive", 0)])
def test_the_answer_is_printed_and_its_code_is_the_hooks(
    serve: Serve, hook: str, code: int
) -> None:
    def answer(question: Question, say: Say) -> int:
        say(f"{question.hook}\n")
        say("✓ said\n")
        return code

    done = ask(serve(answer).environment("ticket"), hook)

    assert (done.stdout, done.returncode) == (f"{hook}\n✓ said\n", code)


def test_the_server_is_told_everything_git_told_the_hook(serve: Serve) -> None:
    asked: list[Question] = []

    def answer(question: Question, _: Say) -> int:
        asked.append(question)
        return 0

    ask(serve(answer).environment("ticket"), "pre-receive", "nowait", "note=a b\nc")

    options = ("nowait", "note=a b\nc")
    assert asked == [Question("pre-receive", "ticket", "objects/tmp", "", (UPDATE,), options)]


@pytest.mark.parametrize(("hook", "code"), [("pre-receive", 1), ("post-receive", 0)])
def test_a_server_that_fails_refuses_what_it_has_not_seen_and_keeps_what_it_has(
    serve: Serve, hook: str, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    def answer(_: Question, say: Say) -> int:
        say("half an ans")
        raise RuntimeError("broken")

    done = ask(serve(answer).environment("ticket"), hook)

    assert done.returncode == code
    assert ("Nothing was changed" in done.stdout) == (hook == "pre-receive")
    assert "could not be answered" in caplog.text


@pytest.mark.parametrize(("hook", "code"), [("pre-receive", 1), ("post-receive", 0)])
def test_a_server_that_is_gone_is_like_one_that_fails(serve: Serve, hook: str, code: int) -> None:
    server = serve(lambda _question, _say: 0)
    environment = server.environment("ticket")
    server.stop()

    assert ask(environment, hook).returncode == code


def test_nobody_else_can_enter_where_the_socket_is(serve: Serve) -> None:
    made = Path(serve(lambda _question, _say: 0).environment("t")["ASSAY_HOOK_SOCKET"])

    assert made.parent.stat().st_mode & 0o077 == 0


def test_what_a_killed_server_left_is_cleared_away_and_a_living_one_kept(
    serve: Serve, tmp_path: Path
) -> None:
    living = Path(serve(lambda _question, _say: 0).environment("t")["ASSAY_HOOK_SOCKET"])
    killed = tmp_path / "run/hooks-killed"
    killed.mkdir()
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(killed / "socket"))
    serve(lambda _question, _say: 0)

    assert not killed.exists()
    assert living.exists()


def test_a_path_too_long_for_a_socket_is_avoided(tmp_path: Path) -> None:
    server = HookServer(tmp_path / ("long" * 30), lambda _question, _say: 0)
    server.start()
    done = ask(server.environment("ticket"))
    server.stop()

    assert done.returncode == 0


def test_the_relay_imports_next_to_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "importtime", RELAY, "post-receive"],
        input="",
        env={"ASSAY_HOOK_SOCKET": "/nonexistent"},
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {row.rsplit("|", 1)[-1].strip() for row in done.stderr.splitlines()}

    assert "_socket" in imported
    assert imported.isdisjoint({"site", "json", "socket", "re", "enum", "typing", "collections"})
