"""Whatever a service sends, a request ends at its deadline or its cap, in bounded memory."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.hostile_http import OK, REDIRECT, Stream, bomb, drip, forever, hostile, silence
from tests.fakes.probe_runs import run_plan, spec

from assay_probe.plan import AnswersPlan
from assay_probe.records import AnswersRecord

TIMEOUT_S = 1.0
GOOD = OK + b'Content-Length: 10\r\n\r\n{"p": 0.5}'
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"


HOSTILE: dict[str, tuple[str, Stream]] = {
    "gzip bomb": ("mx", lambda: iter([bomb()])),
    "endless body": ("x", lambda: forever(OK + b"\r\n", b"x" * 100)),
    "endless chunked body": (
        "x",
        lambda: forever(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\naaaaa\r\n"),
    ),
    "dripping body": ("t", lambda: drip(OK + b"Content-Length: 1000\r\n\r\n")),
    "dripping headers": ("t", lambda: drip(OK + b"X-A: ")),
    "dripping status line": ("t", lambda: drip(b"HTTP/1.1 200 ")),
    "silence": ("t", lambda: silence(40)),
    "endless 100 Continue": ("x", lambda: forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n")),
    "slow 100 Continue": (
        "t",
        lambda: (time.sleep(0.02) or b"HTTP/1.1 100 Continue\r\n\r\n" for _ in itertools.count()),
    ),
    "chunk-extension flood": (
        "x5",
        lambda: forever(OK + b"Transfer-Encoding: chunked\r\n\r\n5;", b"ext=aaaaaaaaaaaaaaaa;"),
    ),
    "header flood": ("x5", lambda: forever(OK, b"X-Flood: aaaaaaaaaaaaaaaaaaaaaaaa\r\n")),
    "one endless header": ("x5", lambda: forever(OK + b"X-A: ", b"aaaaaaaaaaaaaaaaaaaaaaa")),
    "length of 10^15": ("tr", lambda: drip(OK + b"Content-Length: 1000000000000000\r\n\r\n")),
    "length beyond 64 bits": ("5", lambda: iter([OK + b"Content-Length: %d\r\n\r\n" % 10**30])),
    "negative length": ("5", lambda: iter([OK + b"Content-Length: -1\r\n\r\n"])),
    "body shorter than its length": (
        "r",
        lambda: iter([OK + b'Content-Length: 100\r\n\r\n{"p": 0.5}']),
    ),
    "body longer than its length": (
        "o",
        lambda: iter([GOOD + b"and more that nobody asked for"]),
    ),
    "a second answer behind the first": ("o", lambda: iter([GOOD + GOOD.replace(b"0.5", b"0.9")])),
    "not HTTP": ("5", lambda: iter([b"SSH-2.0-OpenSSH_9.2\r\n"])),
    "closed at once": ("r", lambda: iter([b""])),
    "HTTP/1.0, end of body by closing": ("o", lambda: iter([b'HTTP/1.0 200 OK\r\n\r\n{"p": 0.5}'])),
    "redirect": ("5", lambda: iter([REDIRECT])),
    "switching protocols": ("5tr", lambda: iter([SWITCH])),
    "100 Continue, then the answer": ("o", lambda: iter([b"HTTP/1.1 100 Continue\r\n\r\n" + GOOD])),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_every_hostile_answer_ends_in_time_and_in_bounded_memory(name: str, tmp_path: Path) -> None:
    letters, stream = HOSTILE[name]
    bomb()  # takes a moment to make, which must not count as the service being slow
    with hostile(stream) as target:
        plan = AnswersPlan(target, spec(tmp_path, rows=3, timeout_s=TIMEOUT_S), 3, deadline_s=10)
        run = run_plan(plan, tmp_path)
    record = run.one(AnswersRecord)
    assert set(record.outcomes) <= set(letters)
    assert record.ended_s - record.started_s < TIMEOUT_S + 2.0
    assert run.memory_mib_peak < 60


def test_a_connection_closed_while_idle_is_opened_again(tmp_path: Path) -> None:
    """The server promises keep-alive and closes after each answer."""

    def one_answer() -> Iterator[bytes]:
        yield GOOD

    with hostile(one_answer) as target:
        plan = AnswersPlan(target, spec(tmp_path, rows=20), 1, deadline_s=10)
        assert run_plan(plan, tmp_path).one(AnswersRecord).outcomes == "o" * 20


def test_the_overall_deadline_ends_a_run_over_many_rows(tmp_path: Path) -> None:
    with hostile(HOSTILE["dripping body"][1]) as target:
        plan = AnswersPlan(target, spec(tmp_path, rows=100, timeout_s=0.3), 2, deadline_s=1.0)
        record = run_plan(plan, tmp_path).one(AnswersRecord)
    assert record.outcomes == "t" * 100
    assert set(record.answers.values()) == {None}
    assert record.ended_s - record.started_s < 8
