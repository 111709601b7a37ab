"""What a watchdog does about a dead run, on engines of which each answer is known."""

from collections.abc import Iterator
from typing import cast

from assay_sandbox.engine import Engine
from assay_sandbox.errors import EngineUnavailable
from assay_sandbox.watchdog import MOST_LOOKS, until_clean

Answer = tuple[str, ...] | EngineUnavailable
AWAY = EngineUnavailable("nobody answers")


class Answering:
    """Answers in turn; the last answer for ever."""

    def __init__(self, *answers: Answer) -> None:
        self._answers: Iterator[Answer] = iter(answers)
        self._last: Answer = ()
        self.looks = 0

    def reap(self, run_id: str) -> tuple[str, ...]:
        assert run_id == "run1"
        self.looks += 1
        self._last = next(self._answers, self._last)
        if isinstance(self._last, EngineUnavailable):
            raise self._last
        return self._last


def cleaned(engine: Answering, engine_back_s: float = 60.0) -> str:
    return until_clean(cast(Engine, engine), "run1", pause_s=0.0, engine_back_s=engine_back_s)


def test_a_run_is_clean_once_nothing_was_found_twice() -> None:
    engine = Answering(("container box",), (), ("network box",), (), ())

    assert cleaned(engine) == ""
    assert engine.looks == 5


def test_an_engine_that_is_away_for_long_is_waited_for() -> None:
    engine = Answering(*[AWAY] * (5 * MOST_LOOKS), ("container box",), ())

    assert cleaned(engine) == ""


def test_an_engine_that_stays_away_is_given_up_with_its_own_words() -> None:
    assert cleaned(Answering(AWAY), engine_back_s=0.0) == "nobody answers"


def test_what_goes_on_starting_things_is_given_up() -> None:
    engine = Answering(("container box",))

    assert "starting" in cleaned(engine)
    assert engine.looks == MOST_LOOKS
