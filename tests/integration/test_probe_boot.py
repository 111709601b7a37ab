"""Boot and answers: ready means able to answer, and answers come back as they are."""

import json
import threading
import time
from pathlib import Path

import pytest
from tests.fakes.probe_runs import right, run_plan, serving, spec

from assay_probe.plan import AnswersPlan, BootPlan, Target
from assay_probe.records import AnswersRecord, BootRecord, Done, Event


def test_ready_is_the_first_200_and_the_first_requests_follow_at_once(tmp_path: Path) -> None:
    begin_s = time.monotonic()
    at_s: list[float] = []

    def warming_up(path: str, body: bytes) -> tuple[int, bytes]:
        if path == "/readyz":
            return (200 if time.monotonic() > begin_s + 1.0 else 503), b""
        at_s.append(time.monotonic())
        return right(path, body)

    with serving(warming_up) as target:
        run = run_plan(BootPlan(target, spec(tmp_path), "/readyz", deadline_s=10), tmp_path)
    record = run.one(BootRecord)
    assert record.first_outcomes == "ooooo"
    assert record.last_status == "503"
    assert begin_s + 1.0 <= record.ready_at_s < begin_s + 5.0
    assert max(at_s) - record.ready_at_s < 3
    assert run.one(Event).name == "ready"
    assert record.polls > 5


def test_the_first_requests_are_sent_together(tmp_path: Path) -> None:
    together = threading.Barrier(5)

    def meet(path: str, body: bytes) -> tuple[int, bytes]:
        if path != "/readyz":
            together.wait(timeout=5)
        return right(path, body)

    with serving(meet) as target:
        plan = BootPlan(target, spec(tmp_path), "/readyz", deadline_s=10)
        assert run_plan(plan, tmp_path).one(BootRecord).first_outcomes == "ooooo"


def test_a_service_that_says_ready_too_early_is_caught(tmp_path: Path) -> None:
    def empty_promise(path: str, _body: bytes) -> tuple[int, bytes]:
        return (200, b"") if path == "/readyz" else (503, b"")

    with serving(empty_promise) as target:
        plan = BootPlan(target, spec(tmp_path), "/readyz", deadline_s=2)
        assert run_plan(plan, tmp_path).one(BootRecord).first_outcomes == "55555"


def test_a_service_that_was_ready_too_early_is_waited_for(tmp_path: Path) -> None:
    begin_s = time.monotonic()

    def loading(path: str, body: bytes) -> tuple[int, bytes]:
        if path == "/readyz" or time.monotonic() > begin_s + 2.0:
            return right(path, body)
        return 503, b""

    with serving(loading) as target:
        run = run_plan(BootPlan(target, spec(tmp_path), "/readyz", deadline_s=10), tmp_path)
    assert run.one(BootRecord).first_outcomes == "55555"
    assert begin_s + 2.0 <= run.one(Done).ended_s < begin_s + 4.0


def test_a_service_that_never_comes_up_ends_at_the_deadline_with_the_reason(
    tmp_path: Path,
) -> None:
    nobody = Target("service", "http://127.0.0.1:1")
    run = run_plan(BootPlan(nobody, spec(tmp_path), "/readyz", deadline_s=0.5), tmp_path)
    record = run.one(BootRecord)
    assert record.ready_s is None
    assert record.ready_at_s is None
    assert record.last_status == "Connection refused"
    assert record.first_outcomes == ""
    assert record.polls >= 2
    assert run.elapsed_s < 5


def test_answers_come_back_by_row_wrong_ones_too(tmp_path: Path) -> None:
    def by_row(_path: str, body: bytes) -> tuple[int, bytes]:
        row = json.loads(body)["row"]
        answers = {0: (200, b'{"p": 0.5}'), 1: (200, b'{"p": 0.9}'), 2: (200, b'{"p": NaN}')}
        return answers.get(row, (500, b'{"p": 0.5}'))

    with serving(by_row) as target:
        plan = AnswersPlan(target, spec(tmp_path, rows=9), 2, deadline_s=10, first=4)
        record = run_plan(plan, tmp_path).one(AnswersRecord)
    assert record.answers == {"r0": 0.5, "r1": 0.9, "r2": None, "r3": None}
    assert record.outcomes == "owm5"


def test_no_more_rows_are_asked_at_once_than_the_plan_says(tmp_path: Path) -> None:
    lock, now, most = threading.Lock(), [0], [0]

    def count(path: str, body: bytes) -> tuple[int, bytes]:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.01)
        with lock:
            now[0] -= 1
        return right(path, body)

    with serving(count) as target:
        run_plan(AnswersPlan(target, spec(tmp_path, rows=60), 3, deadline_s=10), tmp_path)
    assert most[0] == 3


@pytest.mark.slow
def test_a_light_plan_starts_within_a_second_of_cpu(tmp_path: Path) -> None:
    """CPU and best of three, because the machine may be busy."""
    nobody = Target("service", "http://127.0.0.1:1")
    plan = BootPlan(nobody, spec(tmp_path), "/readyz", deadline_s=0.0)
    assert min(run_plan(plan, tmp_path).one(Done).cpu_s for _ in range(3)) < 1
