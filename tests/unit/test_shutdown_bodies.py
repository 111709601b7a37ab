"""Around SIGTERM no batch is answered from memory: its rows are new every time."""

from typing import Any

from assay_probe.plan import ShutdownPlan, Target
from assay_probe.shutdown import body_of

ROWS = {"claims": [{"claim": {"id": "C-1"}, "size": 1}, {"claim": {"id": "C-2"}, "size": 2}]}


def plan(**changes: Any) -> ShutdownPlan:
    target = Target("submission", "http://127.0.0.1:1")
    return ShutdownPlan(target, "POST", "/batch", ROWS, 2.0, 3.0, 5.0, 1, **changes)


def ids(body: Any) -> list[str]:
    return [row["claim"]["id"] for row in body["claims"]]


def test_every_request_has_ids_of_its_own() -> None:
    seen = [name for number in range(3) for name in ids(body_of(plan(unique="claim.id"), number))]
    assert len(set(seen)) == 6


def test_nothing_else_of_a_row_changes() -> None:
    body: Any = body_of(plan(unique="claim.id"), 7)
    assert [row["size"] for row in body["claims"]] == [1, 2]
    assert ids(ROWS) == ["C-1", "C-2"]


def test_without_such_a_field_the_body_is_sent_as_it_is() -> None:
    assert body_of(plan(), 1) is ROWS
