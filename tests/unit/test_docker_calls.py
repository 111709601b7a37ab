"""Every call to the engine ends: with an answer, a refusal, or a fault at its deadline."""

import threading
import time

import pytest
from docker.errors import APIError, DockerException

from assay_sandbox.docker_call import EngineRefused, Until, call
from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.errors import EngineFault, EngineUnavailable


def test_an_answer_is_returned() -> None:
    assert call("count", lambda: 42) == 42


def test_a_call_that_hangs_is_given_up_at_its_deadline() -> None:
    release = threading.Event()
    began = time.monotonic()

    with pytest.raises(EngineFault, match=r"did not wait within 0\.1 s"):
        call("wait", release.wait, deadline_s=0.1)

    assert time.monotonic() - began < 2
    release.set()


def test_a_broken_connection_is_a_fault_with_a_remedy() -> None:
    def broken() -> None:
        raise DockerException("connection reset")

    with pytest.raises(EngineFault, match="connection reset") as caught:
        call("list", broken)

    assert "doctor" in caught.value.remedy


def test_a_refusal_keeps_the_engines_words() -> None:
    def refuse() -> None:
        raise APIError("409 conflict", explanation="name is taken")

    with pytest.raises(EngineRefused) as caught:
        call("create", refuse)

    assert caught.value.reason == "name is taken"


def test_our_own_mistakes_are_not_dressed_as_engine_faults() -> None:
    def mistake() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        call("anything", mistake)


def test_no_time_is_left_after_the_deadline() -> None:
    assert Until.after(-1).left_s() == 0.0


def test_an_engine_that_is_not_there_is_unavailable_and_says_what_to_do() -> None:
    engine = DockerEngine("unix:///nowhere/docker.sock")

    with pytest.raises(EngineUnavailable, match="/nowhere") as caught:
        engine.connect()

    assert "assay doctor --fix" in caught.value.remedy
