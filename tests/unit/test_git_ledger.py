"""Whatever git has accepted and nobody recorded is found again, in order."""

import threading
from pathlib import Path

import pytest

from assay.adapters.push_ledger import LOG, Move, PushLedger

START, FIRST, SECOND, THIRD = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)


@pytest.fixture
def ledger(tmp_path: Path) -> PushLedger:
    ledger = PushLedger(tmp_path)
    ledger.mark(START)
    return ledger


def accept(ledger: PushLedger, old: str, new: str) -> None:
    log = ledger.repository / LOG
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as out:
        out.write(f"{old} {new} candidate <candidate@host> 1700000000 +0000\tpush\n")


def test_a_fresh_repository_has_nothing_to_record(ledger: PushLedger) -> None:
    assert ledger.settled()
    assert ledger.unrecorded(START) == []


def test_pushes_nobody_recorded_are_told_oldest_first(ledger: PushLedger) -> None:
    accept(ledger, START, FIRST)
    accept(ledger, FIRST, SECOND)

    assert not ledger.settled()
    assert ledger.unrecorded(SECOND) == [Move(START, FIRST), Move(FIRST, SECOND)]


def test_what_was_recorded_is_not_told_again(ledger: PushLedger) -> None:
    accept(ledger, START, FIRST)
    ledger.mark(FIRST)
    accept(ledger, FIRST, SECOND)

    assert ledger.unrecorded(SECOND) == [Move(FIRST, SECOND)]
    ledger.mark(SECOND)
    assert ledger.settled()


def test_a_move_that_was_never_completed_is_not_told(ledger: PushLedger) -> None:
    accept(ledger, START, FIRST)
    accept(ledger, START, SECOND)
    accept(ledger, SECOND, THIRD)

    assert ledger.unrecorded(THIRD) == [Move(START, SECOND), Move(SECOND, THIRD)]


def test_a_move_the_log_has_lost_is_one_step(ledger: PushLedger) -> None:
    assert ledger.unrecorded(SECOND) == [Move(START, SECOND)]


def test_half_a_line_is_no_move(ledger: PushLedger) -> None:
    accept(ledger, START, FIRST)
    with (ledger.repository / LOG).open("a") as out:
        out.write(f"{FIRST} {SECOND[:10]}")

    assert ledger.unrecorded(FIRST) == [Move(START, FIRST)]


def test_two_recorders_take_turns(ledger: PushLedger) -> None:
    order: list[str] = []

    def second() -> None:
        with PushLedger(ledger.repository).locked():
            order.append("second")

    thread = threading.Thread(target=second)
    with ledger.locked():
        thread.start()
        thread.join(0.1)
        order.append("first")
    thread.join()

    assert order == ["first", "second"]
