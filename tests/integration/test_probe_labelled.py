"""The probe asks a real service about letters: objects come back, leaks are seen."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.fakes.labelled import knows, rows, spec_of
from tests.fakes.probe_runs import run_plan, serving

from assay.domain.generated import BODY_BYTES_MAX
from assay.evaluation.material import Row, write_rows
from assay_probe.plan import (
    AnswersPlan,
    OpenLoopPlan,
    OpenLoopWindow,
    RequestSpec,
    SaturationPlan,
    SaturationWindow,
)
from assay_probe.records import AnswersRecord, OpenLoopRecord, SaturationRecord

SPEC = RequestSpec("POST", "/letters", "rows.jsonl", "", 0.0, 5.0, labelled=spec_of())
Json = dict[str, Any]
ROWS = rows(count=20)
BY_ID = {row.id: row for row in ROWS}


def answering(says: Callable[[Json, Row], Json]) -> Callable[[str, bytes], tuple[int, bytes]]:
    """A service that answers by the row it was asked about; metrics repeat what it says of them."""

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        if path == "/metrics":
            return 200, b"letters_total 1\n"
        asked = json.loads(body)
        return 200, json.dumps(says(asked, BY_ID[asked["id"]])).encode()

    return answer


def right(_asked: Json, row: Row) -> Json:
    return knows(row)


def asked(
    folder: Path,
    answer: Callable[[str, bytes], tuple[int, bytes]],
    made: list[Row] = ROWS,
    **changes: Any,
) -> AnswersRecord:
    (folder / "rows.jsonl").write_bytes(write_rows(made))
    with serving(answer) as target:
        plan = AnswersPlan(target, SPEC, 4, deadline_s=20, canaries=["mail"], exports=["/metrics"])
        return run_plan(replace(plan, **changes), folder).one(AnswersRecord)  # type: ignore[return-value]


def test_every_answer_comes_back_as_far_as_it_is_compared(tmp_path: Path) -> None:
    record = asked(tmp_path, answering(lambda a, r: {**knows(r), "notes": "x" * 5000}))

    assert record.outcomes == "o" * 20
    assert record.told[ROWS[3].id]["fields"] == (ROWS[3].truth or {})["fields"]
    assert "notes" not in record.told[ROWS[3].id]
    assert (record.searched, record.values, record.leaks) == (20, 20, [])


def test_a_service_that_mixes_requests_up_is_seen(tmp_path: Path) -> None:
    def mixes(_asked: Json, row: Row) -> Json:
        return {**knows(row), "notes": f"see {ROWS[0].body['mail']}"}

    record = asked(tmp_path, answering(mixes))

    assert len(record.leaks) == 19
    assert {(place, owner, field) for place, _, owner, field in record.leaks} == {
        ("answer", ROWS[0].id, "mail")
    }


def test_what_metrics_show_is_searched_too(tmp_path: Path) -> None:
    def shows(path: str, body: bytes) -> tuple[int, bytes]:
        if path == "/metrics":
            return 200, f'letters_total{{of="{ROWS[2].body["mail"]}"}} 1\n'.encode()
        return answering(right)(path, body)

    assert asked(tmp_path, shows).leaks == [["/metrics", "", ROWS[2].id, "mail"]]


def test_a_body_of_a_quarter_of_a_mebibyte_is_sent_whole(tmp_path: Path) -> None:
    large = replace(ROWS[0], body={**ROWS[0].body, "text": "x" * (BODY_BYTES_MAX - 200)})
    lengths: list[int] = []

    def measures(path: str, body: bytes) -> tuple[int, bytes]:
        lengths.append(len(body))
        return answering(right)(path, body)

    record = asked(tmp_path, measures, [large], canaries=[])

    assert record.outcomes == "o"
    assert max(lengths) > BODY_BYTES_MAX - 200


def test_under_load_what_is_handed_on_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(write_rows(ROWS))
    with serving(answering(lambda a, r: {**knows(r), "decision": "ask"})) as target:
        window = OpenLoopWindow(target.name, "window", 60.0, 1.0, seed=5)
        plan = OpenLoopPlan([target], SPEC, [window])
        record = run_plan(plan, tmp_path).one(OpenLoopRecord)
        full = SaturationWindow([target.name], "full", 2, 1.0, 0.0, seed=5)
        duet = run_plan(SaturationPlan([target], SPEC, [full]), tmp_path).one(SaturationRecord)

    assert set(record.outcomes) == {"o", "h"}  # type: ignore[union-attr]
    assert set(duet.outcomes) == {"o", "h"}  # type: ignore[union-attr]
    assert sum(duet.correct_per_second) <= duet.outcomes["o"]  # type: ignore[union-attr]
