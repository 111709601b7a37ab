"""The hidden suite: every test becomes one record, and a failure has the right owner."""

import json
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.fakes.probe_runs import Run, right, run_plan, serving, spec

from assay_probe.plan import ContractPlan, Target
from assay_probe.records import Event, TestRecord

Records = dict[str, TestRecord]


def suite(
    folder: Path,
    tests: str,
    answer: Callable[[str, bytes], tuple[int, bytes]] = right,
    *,
    deadline_s: float = 20.0,
    seed: int = 3,
) -> Run:
    """Run a test file against a service; rows come from `spec`."""
    spec(folder)
    harness = folder / "harness"
    harness.mkdir(exist_ok=True)
    (harness / "test_contract.py").write_text(textwrap.dedent(tests))
    with serving(answer) as target:
        plan = ContractPlan(
            target,
            "test_contract.py",
            "harness",
            [],
            {"rows": "../rows.jsonl", "limit": 5},
            seed,
            deadline_s,
            test_timeout_s=0.5,
        )
        return run_plan(plan, folder)


def records(run: Run) -> Records:
    return {record.test: record for record in run.of(TestRecord)}


def test_a_passed_test_carries_its_rule_criterion_and_points(tmp_path: Path) -> None:
    run = suite(
        tmp_path,
        '''
        import pytest

        @pytest.mark.criterion("input_validation")
        @pytest.mark.points(3)
        def test_good(service, settings):
            """A good request is answered.

            Details nobody needs.
            """
            answer = service.post("/score", json={"row": 1}, headers={"X-A": "b"}, timeout_s=2)
            assert answer.status == 200
            assert answer.json() == {"p": 0.5}
            assert answer.headers["content-length"] == "10"
            assert 0 < answer.elapsed_ms < 2000
            assert answer.text == '{"p": 0.5}'
            assert answer.error == ""
            assert settings["limit"] == 5
        ''',
    )
    record = run.one(TestRecord)
    assert record.outcome == "passed", record.message
    assert record.title == "A good request is answered."
    assert (record.criterion, record.points) == ("input_validation", 3)
    event = run.one(Event)
    assert (event.name, event.done, event.total) == ("test", 1, 1)


def test_a_failure_says_what_was_sent_what_came_and_what_was_expected(tmp_path: Path) -> None:
    run = suite(
        tmp_path,
        """
        def test_bad(service):
            answer = service.post("/score", json={"row": "secret" * 100})
            assert answer.status == 422, "a text in place of a number must be refused"
        """,
    )
    record = run.one(TestRecord)
    assert record.outcome == "failed"
    assert "a text in place of a number must be refused" in record.message
    assert "200 == 422" in record.message
    assert 'sent POST /score {"row": "secretsecret' in record.message
    assert '{"p": 0.5}' in record.message
    assert len(record.message) <= 600


def test_the_owner_of_a_failure_is_told_apart(tmp_path: Path) -> None:
    run = suite(
        tmp_path,
        """
        import time

        import pytest

        @pytest.fixture
        def broken(service):
            service.get("/")
            raise KeyError("ours")

        @pytest.fixture
        def broken_afterwards():
            yield
            raise OSError("ours")

        def test_answer_has_another_shape(service):
            service.get("/").json()["scores"][0]

        def test_service_is_compared_with_none(service):
            assert service.get("/", timeout_s=0.0001).status < 500

        def test_service_is_too_slow(service):
            service.get("/slow")
            service.get("/slow")
            service.get("/slow")

        def test_explicit_failure(service):
            pytest.fail("not good enough")

        def test_broken_test(rows):
            rows[0]["nothing of this name"]

        def test_broken_test_after_asking(service):
            service.get("/")
            raise RuntimeError("ours")

        def test_sleeps_for_ever():
            time.sleep(100)

        def test_with_broken_fixture(broken): pass

        def test_with_broken_teardown(broken_afterwards): pass

        def test_with_unknown_fixture(nobody_knows): pass

        def test_skipped():
            pytest.skip("not today")

        def test_unknown_dependency(dependency):
            dependency("bureau")
        """,
        slowly,
    )
    outcomes = {name: record.outcome for name, record in records(run).items()}
    assert outcomes == {
        "test_answer_has_another_shape": "failed",
        "test_service_is_compared_with_none": "failed",
        "test_service_is_too_slow": "failed",
        "test_explicit_failure": "failed",
        "test_broken_test": "error",
        "test_broken_test_after_asking": "error",
        "test_sleeps_for_ever": "error",
        "test_with_broken_fixture": "error",
        "test_with_broken_teardown": "error",
        "test_with_unknown_fixture": "error",
        "test_skipped": "error",
        "test_unknown_dependency": "error",
    }


def slowly(path: str, body: bytes) -> tuple[int, bytes]:
    import time

    time.sleep(0.3 if path == "/slow" else 0.01)
    return right(path, body)


def test_a_service_that_does_not_answer_is_a_status_of_none(tmp_path: Path) -> None:
    harness = tmp_path / "harness"
    harness.mkdir()
    (harness / "test_contract.py").write_text(
        "def test_silent(service):\n"
        "    answer = service.get('/')\n"
        "    assert answer.status is None\n"
        "    assert answer.error == 'Connection refused'\n"
    )
    nobody = Target("service", "http://127.0.0.1:1")
    plan = ContractPlan(nobody, "test_contract.py", "harness", [], {}, 1, 10.0)
    record = run_plan(plan, tmp_path).one(TestRecord)
    assert record.outcome == "passed", record.message


@pytest.mark.parametrize("body", ["NaN", '{"p": Infinity}', "{", ""])
def test_json_is_json_by_the_book(body: str, tmp_path: Path) -> None:
    run = suite(
        tmp_path,
        "def test_json(service):\n    service.get('/').json()\n",
        lambda _path, _body: (200, body.encode()),
    )
    record = run.one(TestRecord)
    assert record.outcome == "failed"
    assert record.message.startswith("the body is not JSON")


def test_what_is_sent_can_be_anything(tmp_path: Path) -> None:
    bodies: list[bytes] = []

    def remember(path: str, body: bytes) -> tuple[int, bytes]:
        bodies.append(body)
        return right(path, body)

    suite(
        tmp_path,
        """
        def test_send(service):
            service.post("/", json={"x": float("nan")})
            service.post("/", json=None)
            service.post("/", content="{")
            service.post("/", content=b"\\xff", headers={"content-type": "text/plain"})
            service.post("/")
        """,
        remember,
    )
    assert bodies == [b'{"x": NaN}', b"null", b"{", b"\xff", b""]


def test_after_the_suites_deadline_tests_are_unfinished_not_failed(tmp_path: Path) -> None:
    run = suite(
        tmp_path,
        """
        import time, pytest

        @pytest.mark.parametrize("turn", range(5))
        def test_slow(service, turn):
            service.get("/")
            time.sleep(0.4)
        """,
        deadline_s=1.0,
    )
    outcomes = [record.outcome for record in run.of(TestRecord)]
    assert outcomes == ["passed", "passed", "unfinished", "unfinished", "unfinished"]


@pytest.mark.parametrize(
    "tests", ["import nothing_of_this_name\n", "def test_(:\n", "", "def test_x(: pass"]
)
def test_a_suite_that_cannot_be_loaded_is_our_error(tests: str, tmp_path: Path) -> None:
    record = suite(tmp_path, tests).one(TestRecord)
    assert record.outcome == "error"
    assert record.message


def test_rows_and_chance_are_the_same_for_the_same_seed(tmp_path: Path) -> None:
    tests = """
        def test_draw(service, rows, rng):
            service.post("/", json=[rows[0]["id"], rows[1]["expected"], rng.random()])

        def test_spoil(rows):
            rows[0]["id"] = "spoilt"

        def test_draw_again(service, rows, rng):
            service.post("/", json=[rows[0]["id"], rows[1]["expected"], rng.random()])
        """
    sent: dict[int, list[object]] = {}
    for turn, seed in enumerate([3, 3, 4]):
        bodies: list[object] = []

        def remember(path: str, body: bytes, into: list[object] = bodies) -> tuple[int, bytes]:
            into.append(json.loads(body))
            return right(path, body)

        suite(tmp_path, tests, remember, seed=seed)
        sent[turn] = bodies
    assert sent[0][0] == sent[0][1]
    assert sent[0] == sent[1]
    assert sent[0] != sent[2]


def test_printing_and_leaving_files_disturb_nothing(tmp_path: Path) -> None:
    run = suite(
        tmp_path,
        """
        import sys
        print("not a record")

        def test_prints():
            print("not a record")
            sys.__stdout__.write("not a record")
        """,
    )
    assert run.one(TestRecord).outcome == "passed"
    names = {path.name for path in tmp_path.rglob("*")}
    assert names == {"harness", "test_contract.py", "rows.jsonl", "plan.json"}
