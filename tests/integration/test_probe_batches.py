"""Answers to many rows come from the many-row endpoint, and from the other where that fails."""

import json
from pathlib import Path

import pytest
from tests.fakes.probe_runs import run_plan, serving, spec

from assay_probe.plan import AnswersPlan, BatchSpec
from assay_probe.records import AnswersRecord

BATCH = BatchSpec("POST", "/batch", "rows", "answers", 20, 2.0, 100_000)
Asked = list[tuple[str, int]]


def ask(
    folder: Path, *, refuse: str = "", short: bool = False, rows: int = 70
) -> tuple[AnswersRecord, Asked]:
    """The record, and path and number of rows of every request."""
    asked: Asked = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        sent = json.loads(body)
        asked.append((path, len(sent.get("rows", [0]))))
        if path != "/batch":
            return 200, json.dumps({"p": 0.5}).encode()
        if refuse and refuse in body.decode():
            return 422, b"{}"
        found = [{"p": 0.25} for _ in sent["rows"]]
        return 200, json.dumps({"answers": found[:-1] if short else found}).encode()

    with serving(answer) as target:
        plan = AnswersPlan(target, spec(folder, rows=rows), 2, deadline_s=10, batch=BATCH)
        return run_plan(plan, folder).one(AnswersRecord), asked


def test_many_rows_are_asked_about_at_once(tmp_path: Path) -> None:
    record, asked = ask(tmp_path)

    assert sorted(asked) == [("/batch", 10), ("/batch", 20), ("/batch", 20), ("/batch", 20)]
    assert set(record.answers.values()) == {0.25}
    assert len(record.answers) == len(record.outcomes) == 70


def test_rows_of_a_batch_that_is_refused_are_asked_about_one_by_one(tmp_path: Path) -> None:
    folder = tmp_path
    rows = spec(folder, rows=70).rows
    name = json.loads((folder / rows).read_text().splitlines()[25])["id"]
    body = json.dumps(json.loads((folder / rows).read_text().splitlines()[25])["body"])
    record, asked = ask(folder, refuse=body.replace(" ", "")[1:-1])

    assert sum(path != "/batch" for path, _ in asked) == 20
    assert record.answers[name] == 0.5
    assert sorted(record.answers.values()) == [0.25] * 50 + [0.5] * 20


def test_a_batch_with_too_few_answers_is_no_answer(tmp_path: Path) -> None:
    record, asked = ask(tmp_path, short=True, rows=30)

    assert sum(path != "/batch" for path, _ in asked) == 30
    assert set(record.answers.values()) == {0.5}


@pytest.mark.parametrize("body", [b"[]", b"nonsense", b'{"answers": 7}', b'{"answers": [{}]}'])
def test_nonsense_for_a_batch_is_no_answer(tmp_path: Path, body: bytes) -> None:
    def answer(path: str, _body: bytes) -> tuple[int, bytes]:
        return 200, body if path == "/batch" else b'{"p": 0.5}'

    with serving(answer) as target:
        plan = AnswersPlan(target, spec(tmp_path, rows=1), 2, deadline_s=10, batch=BATCH)
        record = run_plan(plan, tmp_path).one(AnswersRecord)

    assert set(record.answers.values()) == {0.5}
