"""A batch that was not answered was lost, whatever status its caller got."""

import pytest
from tests.fakes.world import FakeClock

from assay.evaluation.ports import ExitReport, Termination
from assay.evaluation.stages.shutdown import _measured
from assay_probe.plan import ShutdownPlan, Target
from assay_probe.records import ShutdownRecord
from assay_probe.reply import Reply
from assay_probe.shutdown import _letter

WHOLE = b'{"scores": [{"p": 0.1}, {"p": 0.2}]}'
PLAN = ShutdownPlan(
    target=Target("submission", "http://127.0.0.1:1"),
    method="POST",
    path="/batch",
    body={},
    rate_rps=10,
    duration_s=1,
    timeout_s=1,
    seed=1,
    answers_field="scores",
    answer="p",
    answers=2,
)


def reply(body: bytes, status: int | None = 200, failure: str = "") -> Reply:
    return Reply(status, {}, body, failure, failure, started_s=0.0, ended_s=0.01)


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        (reply(WHOLE), "o"),
        (reply(b'{"scores": [{"p": 0.1}]}'), "m"),
        (reply(b'{"scores": [{}, {}]}'), "m"),
        (reply(b'{"error": "shutting down"}'), "m"),
        (reply(b"", 503), "5"),
        (reply(WHOLE, 422), "4"),
        (reply(b"", None, "r"), "r"),
    ],
)
def test_a_good_status_alone_answers_no_batch(answer: Reply, letter: str) -> None:
    assert _letter(answer, PLAN) == letter


@pytest.mark.parametrize("letter", ["m", "5"])
def test_what_is_taken_after_the_signal_and_not_answered_is_an_error(letter: str) -> None:
    now_s = FakeClock().now_s
    end = Termination(ExitReport(0, False, False), 0.5, now_s, now_s + 0.01)
    record = ShutdownRecord(
        sent_s=[now_s - 1.0, now_s - 0.1, now_s + 0.2],
        ended_s=[now_s - 0.9, now_s + 0.2, now_s + 0.3],
        outcomes=f"o{letter}{letter}",
    )

    fact = _measured(record, end, grace_s=10)

    assert (fact.answered_before, fact.in_flight, fact.in_flight_answered) == (1, 1, 0)
    assert fact.late_errors == 1
