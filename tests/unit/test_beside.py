"""What a worker does beside evaluating lasts as long as the worker."""

import threading
import time

import pytest

from assay.worker.beside import beside


def test_the_work_begins_with_the_block_and_has_ended_after_it() -> None:
    begun, ended = threading.Event(), threading.Event()

    def work(over: threading.Event) -> None:
        begun.set()
        over.wait()
        ended.set()

    with beside("a test", work, stop_s=5):
        assert begun.wait(5)
        assert not ended.is_set()

    assert ended.is_set()


def test_the_work_ends_as_well_when_the_block_fails() -> None:
    ended = threading.Event()

    def work(over: threading.Event) -> None:
        over.wait()
        ended.set()

    with pytest.raises(ZeroDivisionError), beside("a test", work, stop_s=5):
        raise ZeroDivisionError

    assert ended.is_set()


def until(free: threading.Event) -> None:
    free.wait(60)


def test_who_does_not_end_is_not_waited_for_without_end() -> None:
    free = threading.Event()
    began_s = time.monotonic()

    with beside("a test", lambda _: until(free), stop_s=0.1):
        pass
    took_s = time.monotonic() - began_s
    free.set()

    assert took_s < 30
