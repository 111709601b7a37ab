"""pytest, as the hidden suites use it: fixtures, markers, limits, and one record per test.

Whose fault is a test that does not pass?
    failed       an assertion did not hold; or, once the service had been asked something in
                 this test, the time limit of the test came, or the test stumbled over an
                 answer of an unexpected shape (KeyError, TypeError, ...)
    error        everything else: a fixture, the test or the harness is broken; ours
    unfinished   the suite's deadline came first
A service that does not answer is no exception: the answer has `status` None.
"""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest

from assay_probe.contract_fixtures import Rows, Service
from assay_probe.meter_hand import Meters
from assay_probe.plan import ContractPlan
from assay_probe.records import Event, Record, TestRecord
from assay_probe.steering import Dependencies

MESSAGE_CHARACTERS = 600
ASSERTION_CHARACTERS = 350
SHAPE_ERRORS = (KeyError, IndexError, TypeError, AttributeError, ValueError, ArithmeticError)

MARKERS = (
    "criterion(id): the criterion of the rubric that the test counts for",
    "points(n): weight of the test inside its criterion, 1 without it",
)

Emit = Callable[[Record], None]


class ContractPlugin:
    """Fixtures and hooks of one run.

    Attributes:
        broken: A module of tests could not even be loaded; its record is written.
    """

    def __init__(self, plan: ContractPlan, harness: Path, emit: Emit) -> None:
        self.broken = False
        self._plan, self._harness, self._emit = plan, harness, emit
        self._until_s = time.monotonic() + plan.deadline_s
        self._service = Service(plan.target.url, _answer_s(plan.settings))
        self._dependencies = Dependencies(plan.stand_ins)
        self._rows = Rows(harness / plan.settings.get("rows", "rows.jsonl"), plan.seed)
        self._verdict = Verdict()
        self._done = self._total = 0

    # ---------------------------------------------------------------------- fixtures

    @pytest.fixture
    def service(self) -> Service:
        """The service under measurement."""
        return self._service

    @pytest.fixture
    def rows(self) -> list[dict[str, Any]]:
        """Rows of the traffic pool, `{"id", "body", "expected"}`, order drawn by the seed."""
        return self._rows.fresh()

    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        """What the challenge's contract says: paths, limits, names of fields."""
        return self._plan.settings

    @pytest.fixture
    def rng(self) -> random.Random:
        """Chance, the same in every run of this seed."""
        return random.Random(self._plan.seed)  # noqa: S311  (test data, not secrets)

    @pytest.fixture
    def dependency(self) -> Iterator[Dependencies]:
        """`dependency(name)` steers a stand-in; after the test all are well again."""
        yield self._dependencies
        self._dependencies.reset()

    @pytest.fixture
    def meter(self, dependency: Dependencies) -> Meters:
        """`meter(name)` tells the calls, tokens and dollars that a stand-in was asked for."""
        return Meters(dependency)

    # ------------------------------------------------------------------------- hooks

    def pytest_configure(self, config: pytest.Config) -> None:
        """Make the markers known."""
        for line in MARKERS:
            config.addinivalue_line("markers", line)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be loaded is our fault, and must not go unnoticed."""
        if report.failed:
            self.broken = True
            message = cut(str(report.longrepr), MESSAGE_CHARACTERS)
            self._emit(TestRecord(report.nodeid, report.nodeid, "", 1, "error", message, 0.0))

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """How many there are, for the progress."""
        self._total = len(items)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Around one test with its fixtures: write its record when all of it is over."""
        self._verdict = Verdict()
        self._service.forget()
        started_s = time.monotonic()
        result = yield
        self._done += 1
        record = self._record(item, time.monotonic() - started_s)
        self._emit(record)
        self._emit(Event("test", time.monotonic(), record.title, self._done, self._total))
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        """Fixtures have the test's time limit."""
        yield from self._limited()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """The test has its time limit and the rest of the suite's."""
        yield from self._limited()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Iterator[None]:
        """Judge each phase as it ends; the first that goes wrong decides."""
        if call.excinfo is not None and self._verdict.outcome == "passed":
            self._verdict = self._judge(call)
        return (yield)

    # ----------------------------------------------------------------------- judging

    def _limited(self) -> Iterator[None]:
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise SuiteOverError
        over: BaseException | None = None
        if left_s < self._plan.test_timeout_s:
            over = SuiteOverError()
        with gevent.Timeout(min(left_s, self._plan.test_timeout_s), over):
            return (yield)

    def _judge(self, call: pytest.CallInfo[None]) -> "Verdict":
        assert call.excinfo is not None  # noqa: S101  (narrowing for the type checker)
        problem = call.excinfo.value
        if isinstance(problem, SuiteOverError):
            return Verdict("unfinished", "the suite's time was over before this test ended")
        if call.when != "call":
            return Verdict("error", f"{call.when}: {call.excinfo.exconly()}")
        if isinstance(problem, gevent.Timeout) and self._service.asked:
            return self._failed(f"not finished within {self._plan.test_timeout_s:g} s")
        if isinstance(problem, AssertionError | pytest.fail.Exception):
            return self._failed(call.excinfo.exconly().removeprefix("AssertionError: "))
        if isinstance(problem, SHAPE_ERRORS) and self._service.asked:
            return self._failed(f"the answer is not of the agreed shape: {call.excinfo.exconly()}")
        return Verdict("error", call.excinfo.exconly())

    def _failed(self, why: str) -> "Verdict":
        last = f"\n{self._service.last_exchange}" if self._service.last_exchange else ""
        return Verdict("failed", cut(why.removeprefix("Failed: "), ASSERTION_CHARACTERS) + last)

    def _record(self, item: pytest.Item, duration_s: float) -> TestRecord:
        criterion, points = (item.get_closest_marker(n) for n in ("criterion", "points"))
        documentation = (getattr(item.obj, "__doc__", None) or "").strip()  # type: ignore[attr-defined]
        return TestRecord(
            test=item.name,
            title=documentation.splitlines()[0] if documentation else item.name,
            criterion=str(criterion.args[0]) if criterion else "",
            points=int(points.args[0]) if points else 1,
            outcome=self._verdict.outcome,
            message=cut(self._verdict.message, MESSAGE_CHARACTERS),
            duration_s=round(duration_s, 4),
        )


def _answer_s(settings: dict[str, Any]) -> float:
    """How long the contract allows for one answer, 0 if the plan does not say."""
    contract: dict[str, Any] = settings.get("contract") or {}
    return float((contract.get("score") or {}).get("timeout_s", 0.0))


class SuiteOverError(Exception):
    """The suite's deadline came."""


class Verdict:
    """How a test stands: passed until something went wrong."""

    def __init__(self, outcome: str = "passed", message: str = "") -> None:
        self.outcome, self.message = outcome, message


def cut(text: str, characters: int) -> str:
    """The beginning of a text, with a mark where it was cut."""
    return text if len(text) <= characters else text[: characters - 1] + "…"
