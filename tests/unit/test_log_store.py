"""What a container printed: all of it counted, a bounded part kept, lines whole."""

import threading
import time
from pathlib import Path

import pytest

from assay_sandbox.docker_call import Until
from assay_sandbox.log_store import EDGE_BYTES, LINE_BYTES, LogStore

MUCH = 64 * 1024 * 1024


def lines_of(store: LogStore) -> list[str]:
    lines: list[str] = []
    assert store.follow(lines.append, Until.after(5))
    return lines


def test_lines_of_two_streams_are_never_mixed() -> None:
    store = LogStore(MUCH)
    store.write(1, b'{"record":')
    store.write(2, b"a warning\n")
    store.write(1, b" 1}\n")
    store.end()

    assert lines_of(store) == ["a warning", '{"record": 1}']


def test_an_unfinished_line_is_told_and_handed_over_at_the_end() -> None:
    store = LogStore(MUCH)
    store.write(1, b"no newline")

    assert store.tail().text == "no newline"
    store.end()
    assert lines_of(store) == ["no newline"]


def test_a_byte_over_the_budget_is_noticed_and_not_kept() -> None:
    store = LogStore(10)

    assert store.write(1, b"0123456789")
    assert not store.write(1, b"x")
    store.end()
    assert store.tail().text.startswith("0123456789")
    assert store.tail().total_bytes == 11
    assert store.tail().truncated


def test_head_and_tail_are_kept_with_a_note_of_what_is_missing() -> None:
    store = LogStore(MUCH)
    for number in range(20_000):
        store.write(1, f"line {number:06}\n".encode())
    tail = store.tail()

    assert tail.text.startswith("line 000000\n")
    assert tail.text.endswith("line 019999\n")
    assert tail.total_bytes == 20_000 * 12
    assert f"{20_000 * 12 - 2 * EDGE_BYTES} bytes left out" in tail.text


def test_a_short_log_is_whole() -> None:
    store = LogStore(MUCH)
    store.write(1, b"x" * (EDGE_BYTES + 5) + b"\n")

    assert store.tail().truncated is False
    assert len(store.tail().text) == EDGE_BYTES + 6


def test_an_endless_line_is_stored_in_pieces_and_costs_little_time() -> None:
    store = LogStore(MUCH)
    began = time.monotonic()
    for _ in range(50_000):
        store.write(1, b"y" * 64)
    store.end()

    assert time.monotonic() - began < 5
    assert store.tail().total_bytes == 50_000 * 64
    assert LINE_BYTES < 50_000 * 64
    assert lines_of(store) == ["y" * (50_000 * 64)]


def test_following_waits_for_lines_that_come_later() -> None:
    store = LogStore(MUCH)
    store.write(1, b"before\n")

    def later() -> None:
        time.sleep(0.1)
        store.write(1, b"after\n")
        store.end()

    thread = threading.Thread(target=later)
    thread.start()
    assert lines_of(store) == ["before", "after"]
    thread.join()


def test_following_stops_at_its_deadline() -> None:
    store = LogStore(MUCH)
    store.write(1, b"one\n")
    seen: list[str] = []

    assert not store.follow(seen.append, Until.after(0.05))
    assert seen == ["one"]


def test_bytes_that_are_no_text_are_replaced() -> None:
    store = LogStore(MUCH)
    store.write(1, b"a\xff\n")
    store.end()

    assert lines_of(store) == ["a\ufffd"]


def test_a_released_store_remembers_its_edges_and_has_no_file() -> None:
    store = LogStore(MUCH)
    store.write(1, b"hello\n")
    before = len(list(Path("/proc/self/fd").iterdir()))
    store.release()
    store.release()

    assert store.tail().text == "hello\n"
    assert len(list(Path("/proc/self/fd").iterdir())) == before - 1
    assert not store.write(1, b"too late\n")


@pytest.mark.parametrize("text", [b"a\r\nb\r\n", b"a\nb\n"])
def test_windows_line_ends_are_lines_too(text: bytes) -> None:
    store = LogStore(MUCH)
    store.write(1, text)
    store.end()

    assert lines_of(store) == ["a", "b"]
