"""The letter of a labelled reply: status first, then the decision, then the number it goes with."""

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.fakes.labelled import spec_of

from assay_probe.plan import RequestSpec
from assay_probe.reply import Reply
from assay_probe.rows import Row, row_of
from assay_probe.timeline_rows import TimelineRow, judged
from assay_probe.verdicts import letter_for

TRUTH = {"fields": {"name": "Ada", "sum": 12.5}, "kind": "bill", "decision": "pay"}
LABELLED = RequestSpec("POST", "/letters", "rows.jsonl", "", 0.0, labelled=spec_of())
PAYING = replace(spec_of(), number="owed", number_tolerance=0.01)
WITH_NUMBER = replace(LABELLED, answer="owed", tolerance=0.01, labelled=PAYING)
ROW = Row("r", 12.5, b"{}", truth=TRUTH)


def reply(body: Any, status: int | None = 200, failure: str = "") -> Reply:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, {}, text, failure, failure, started_s=0.0, ended_s=0.01)


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        (reply(TRUTH), "o"),
        (reply({**TRUTH, "decision": "ask"}), "h"),
        (reply({**TRUTH, "decision": "no"}), "w"),
        (reply({"error": "the model is away"}), "e"),
        (reply(b"<h1>"), "m"),
        (reply([]), "m"),
        (reply(TRUTH, status=429), "4"),
        (reply(TRUTH, status=503), "5"),
        (reply(TRUTH, status=None, failure="t"), "t"),
    ],
)
def test_a_labelled_reply_has_one_letter(answer: Reply, letter: str) -> None:
    assert letter_for(answer, ROW, LABELLED) == letter


def test_what_is_decided_has_its_number_right_too() -> None:
    assert letter_for(reply({**TRUTH, "owed": 12.5}), ROW, WITH_NUMBER) == "o"
    assert letter_for(reply({**TRUTH, "owed": 99.0}), ROW, WITH_NUMBER) == "w"
    assert letter_for(reply(TRUTH), ROW, WITH_NUMBER) == "w"


def test_what_is_handed_on_needs_no_number() -> None:
    asks = {**TRUTH, "decision": "ask", "owed": None}

    assert letter_for(reply(asks), ROW, WITH_NUMBER) == "h"
    assert letter_for(reply(asks), replace(ROW, truth=asks), WITH_NUMBER) == "o"


def test_answers_that_are_numbers_are_judged_as_ever() -> None:
    numbers = replace(WITH_NUMBER, labelled=None)

    assert letter_for(reply({"owed": 12.5}), ROW, numbers) == "o"
    assert letter_for(reply({"owed": 13.5}), ROW, numbers) == "w"


def test_a_row_of_a_file_brings_its_truth_along() -> None:
    row = row_of({"id": "r", "body": {"x": 1}, "truth": TRUTH}, "")

    assert row.truth == TRUTH
    assert letter_for(reply({**TRUTH, "decision": "ask"}), row, LABELLED) == "h"


@pytest.mark.parametrize(("status", "letter"), [(422, "o"), (200, "w")])
def test_a_labelled_row_that_is_to_be_refused_is_right_only_if_it_is(
    status: int, letter: str
) -> None:
    row = TimelineRow("r", {}, b"{}", None, None, None, True, None, None, truth=TRUTH)

    assert judged(reply({**TRUTH, "decision": "ask"}, status), row, LABELLED) == (letter, False)
