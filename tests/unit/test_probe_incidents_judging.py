"""What counts as right on a timeline: the answer, the fallback, or a refusal."""

import json
from pathlib import Path

import pytest

from assay_probe.checking import word
from assay_probe.client import Client
from assay_probe.plan import RequestSpec, Segment
from assay_probe.reply import Reply
from assay_probe.segment_tally import MOST_CLASSES, OTHER, SegmentTally
from assay_probe.timeline_rows import TimelineRow, judged, read_timeline_rows
from assay_probe.timeline_schedule import SegmentArrivals

FRESH = "0123456789abcdef"
SPEC = RequestSpec("POST", "/score", "", "p", 0.01, unique="person.national_id")
CLIENT = Client("http://127.0.0.1:1")


def read(folder: Path, *rows: object, id_field: str = "id") -> list[TimelineRow]:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return read_timeline_rows(str(path), SPEC, CLIENT, id_field)


def a_row(folder: Path, **fields: object) -> TimelineRow:
    body = {"id": "A-1", "person": {"national_id": "x"}, "age": 3}
    (row,) = read(folder, {"id": "r", "body": body, "expected": 0.5, **fields})
    return row


def reply(status: int | None = 200, body: bytes = b'{"p": 0.5}', failure: str = "") -> Reply:
    return Reply(status, {}, body, failure, failure, started_s=10.5, ended_s=10.75)


@pytest.mark.parametrize(
    ("answer", "letter", "fallback"),
    [
        (reply(), "o", False),
        (reply(body=b'{"p": 0.7}'), "o", True),
        (reply(body=b'{"p": 0.6}'), "w", False),
        (reply(body=b"oops"), "m", False),
        (reply(422), "4", False),
        (reply(503), "5", False),
        (reply(None, b"", "t"), "t", False),
    ],
)
def test_a_fallback_is_right_and_told_from_the_answer(
    answer: Reply, letter: str, fallback: bool, tmp_path: Path
) -> None:
    assert judged(answer, a_row(tmp_path, fallback=0.7), SPEC) == (letter, fallback)


def test_without_a_fallback_another_answer_is_wrong(tmp_path: Path) -> None:
    assert judged(reply(body=b'{"p": 0.7}'), a_row(tmp_path), SPEC) == ("w", False)


def test_any_number_is_no_fallback_where_nothing_is_expected(tmp_path: Path) -> None:
    row = a_row(tmp_path, expected=None, fallback=0.7)
    assert judged(reply(body=b'{"p": 0.9}'), row, SPEC) == ("o", False)


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        (reply(422), "o"),
        (reply(400), "o"),
        (reply(), "w"),
        (reply(body=b"oops"), "m"),
        (reply(500), "5"),
        (reply(None, b"", "r"), "r"),
    ],
)
def test_an_invalid_row_must_be_refused(answer: Reply, letter: str, tmp_path: Path) -> None:
    row = a_row(tmp_path, expected=None, refuse=True)
    assert judged(answer, row, SPEC) == (letter, False)


def test_a_request_carries_its_fresh_string_and_its_right_length(tmp_path: Path) -> None:
    row = a_row(tmp_path)
    head, _, body = row.request(FRESH).partition(b"\r\n\r\n")
    assert json.loads(body)["person"]["national_id"] == FRESH
    assert f"Content-Length: {len(body)}".encode() in head
    assert row.request(FRESH).count(FRESH.encode()) == 1


@pytest.mark.parametrize("body", [{"id": "A-1"}, {"id": "A-1", "person": {"name": "x"}}])
def test_a_row_that_lost_the_field_for_the_fresh_string_is_sent_as_it_is(
    body: object, tmp_path: Path
) -> None:
    (row,) = read(tmp_path, {"id": "r", "body": body, "refuse": True})
    assert json.loads(row.request(FRESH).partition(b"\r\n\r\n")[2]) == body


@pytest.mark.parametrize(("given", "label"), [(1, True), (0, False), (True, True), (None, None)])
def test_labels_are_true_or_false_or_not_there(
    given: object, label: bool | None, tmp_path: Path
) -> None:
    row = a_row(tmp_path, label=given)
    assert (row.label, row.label_id) == (label, "A-1")


def test_a_row_without_the_field_of_the_id_gets_no_label(tmp_path: Path) -> None:
    row = {"id": "r", "body": {"renamed": "A-1"}, "label": 1}
    assert read(tmp_path, row)[0].label is None


def test_a_line_that_is_no_row_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"rows\.jsonl, line 2: not a row"):
        read(tmp_path, {"id": "r", "body": {}}, {"id": "s", "body": "text"})


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        (b'{"d": {"c": "approve"}}', "approve"),
        (b'{"d": {"c": true}}', "true"),
        (b'{"d": {"c": 3}}', "3"),
        (b'{"d": {"c": 0.5}}', None),
        (b'{"d": {"c": null}}', None),
        (b'{"d": {"c": ["approve"]}}', None),
        (b'{"d": "c"}', None),
        (b"oops", None),
    ],
)
def test_a_class_is_a_word_in_the_answer(body: bytes, seen: str | None) -> None:
    assert word(body, "d.c") == seen


def tally(requests: int) -> SegmentTally:
    instants = tuple(500_000 + 1000 * i for i in range(requests))
    arrivals = SegmentArrivals(
        index=2,
        segment=Segment("shift", 0.5, 2.0, 60.0, "a", "b"),
        intended_us=instants,
        rows=tuple(range(requests)),
        drifted="1" * requests,
        labelled=(False,) * requests,
    )
    return SegmentTally(arrivals, origin_s=10.0)


def test_latency_and_lag_count_from_the_intended_instant() -> None:
    one = tally(1)
    one.note(0, reply(), "o", fallback=True, seen="yes")
    record = one.record(now_s=99.0)
    assert (record.latency_us, record.send_lag_us) == ([250_000], [0])
    assert (record.outcomes, record.fallbacks) == ("o", 1)
    assert (record.classes, record.class_of) == (["yes"], [0])
    assert (record.started_s, record.ended_s, record.index) == (10.5, 10.75, 2)


def test_what_never_ended_was_given_up_unanswered() -> None:
    one = tally(2)
    one.note(1, reply(), "o", fallback=False, seen=None)
    record = one.record(now_s=12.5)
    assert one.left == 1
    assert (record.outcomes, record.class_of) == ("to", [-1, -1])
    assert record.latency_us == [2_000_000, 249_000]
    assert record.ended_s == 12.5


def test_a_segment_without_requests_has_a_record_too() -> None:
    record = tally(0).record(now_s=12.0)
    assert (record.outcomes, record.intended_us, record.send_lag_us) == ("", [], [])


def test_a_service_that_answers_another_class_every_time_fills_nothing() -> None:
    one = tally(50)
    for number in range(50):
        one.note(number, reply(), "o", fallback=False, seen=f"class {number}" + "x" * 1000)
    record = one.record(now_s=12.0)
    assert len(record.classes) == MOST_CLASSES + 1
    assert record.classes[record.class_of[49]] == OTHER
    assert max(map(len, record.classes)) <= 64
