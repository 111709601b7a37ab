"""`assay gateway` as people start it: on the loopback alone, metered, stopped by Ctrl-C."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.llm import chat
from tests.fakes.metered_challenge import write_metered_challenge

ROOT = Path(__file__).parents[2]
EXPORT = re.compile(r"export MODEL_URL=http://127\.0\.0\.1:(\d+) MODEL_KEY=(\S+)")
PATIENCE_S = 60.0


class Started:
    """A command that has told where it listens."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.greeting = self.line()
        found = EXPORT.fullmatch(self.line())
        assert found, process.stderr.read()
        self.port, self.key = int(found[1]), found[2]

    def line(self) -> str:
        return self.process.stdout.readline().rstrip("\n")

    def post(self, body: dict[str, Any], key: str = "") -> tuple[int, Any]:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            head = {"Authorization": f"Bearer {key or self.key}"}
            connection.request("POST", "/v1/chat/completions", json.dumps(body), head)
            response = connection.getresponse()
            return response.status, json.loads(response.read())

    def end(self, number: signal.Signals = signal.SIGINT) -> list[str]:
        """What it says when it is stopped."""
        self.process.send_signal(number)
        said, complaints = self.process.communicate(timeout=PATIENCE_S)
        assert (self.process.returncode, complaints) == (0, "")
        return said.splitlines()


def begun(directory: Path, *words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "assay.cli", "gateway", ".", "--port", "0", *words]
    return subprocess.Popen(
        command, cwd=directory, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip


@contextmanager
def started(directory: Path, *words: str) -> Iterator[Started]:
    with begun(directory, *words) as process:
        try:
            yield Started(process)
        finally:
            with suppress(ProcessLookupError):
                process.kill()


@pytest.fixture
def challenge(tmp_path: Path) -> Path:
    return write_metered_challenge(tmp_path)


def test_calls_are_told_as_they_are_metered_and_summed_at_the_end(challenge: Path) -> None:
    with started(challenge) as gateway:
        status, answer = gateway.post(chat("Total amount: EUR 21.00"))
        line = gateway.line()
        used = answer["usage"]

        assert status == 200
        assert "mode ok; Ctrl-C ends it" in gateway.greeting
        assert re.match(r"assay-large +200 +\$0\.000", line)
        assert f"{used['prompt_tokens']} tokens in (0 cached), {used['completion_tokens']}" in line

        assert gateway.post(chat("Hello"), key="another")[0] == 401
        assert re.match(r"/v1/chat/completions +401 +\$0\.000000 ", gateway.line())

        said = gateway.end()
        assert said[-1].startswith("sum ")
        assert "2 calls, 1 answered" in said[-1]


def test_nobody_elsewhere_can_reach_it(challenge: Path) -> None:
    with started(challenge) as gateway:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", gateway.port), timeout=5)
        gateway.end(signal.SIGTERM)


def test_a_storm_is_that_of_an_incident(challenge: Path) -> None:
    with started(challenge, "--mode", "storm", "--setting", "retry_after_s=7") as gateway:
        assert gateway.post(chat("Hello"))[0] == 429
        assert "429" in gateway.line()
        assert "1 call, 0 answered" in gateway.end()[-1]


def test_down_refuses_connections(challenge: Path) -> None:
    with started(challenge, "--mode", "down") as gateway:
        assert "reach no model" in gateway.line()
        with pytest.raises(ConnectionRefusedError):
            gateway.post(chat("Hello"))
        assert "0 calls" in gateway.end()[-1]


def test_a_bad_day_follows_a_good_one_at_the_same_address(challenge: Path) -> None:
    with (
        started(challenge) as good,
        socket.create_connection(("127.0.0.1", good.port), timeout=5),
    ):
        good.post(chat("Hello"))
        good.end()
    with started(challenge, "--mode", "down", "--port", str(good.port)) as bad:
        assert (bad.port, bad.key) == (good.port, good.key)
        bad.end()


def test_it_ends_with_whoever_started_it(challenge: Path) -> None:
    with started(challenge) as gateway:
        gateway.process.kill()
        gateway.process.wait()
        assert gateway.process.stderr.read() == ""  # ends when the last who holds it is gone
        port = gateway.port
    with started(challenge, "--port", str(port)) as again:
        assert again.port == port
        again.end()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--mode", "rain"), "no mode 'rain'; there are: ok, slow, storm, error, "),
        (("--mode", "storm", "--setting", "delay_ms=3"), "takes no setting delay_ms=3"),
        (("--mode", "error", "--setting", "status=429"), "429 is mode 'storm'"),
        (("--setting", "percent"), "write NAME=NUMBER"),
    ],
)
def test_what_it_cannot_do_is_refused(challenge: Path, words: tuple[str, ...], said: str) -> None:
    with begun(challenge, *words) as process:
        _, complaints = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 2
    assert said in complaints
    assert "Traceback" not in complaints


def test_a_port_that_is_taken_is_told(challenge: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with begun(challenge, "--port", str(port)) as process:
            _, complaints = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in complaints


def test_a_broken_rule_file_is_told_with_its_name(challenge: Path) -> None:
    (challenge / "harness/model-rules.json").write_text('{"seeds": 3}')
    with begun(challenge) as process:
        _, complaints = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 2
    assert "harness/model-rules.json: " in complaints
    assert "seeds" in complaints
