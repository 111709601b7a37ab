"""The hidden tests of one criterion. A test we broke costs nobody points; one unfinished does."""

from collections.abc import Sequence

from assay.domain.checks.absent import fact_of
from assay.domain.evidence import Evidence
from assay.domain.measurements import ContractMeasurement, TestResult
from assay.domain.rubric import Criterion
from assay.domain.verdict import Observation, Observed, Unmeasured

MESSAGES_SHOWN = 3
MESSAGE_LENGTH = 300


def contract_tests(evidence: Evidence, criterion: Criterion) -> Observation:
    """Share of the points of the hidden tests marked with the criterion that passed.

    Setting `criterion` names the marker; without it the criterion's own id.
    """
    contract = fact_of(evidence, "contract", evidence.contract)
    if not isinstance(contract, ContractMeasurement):
        return contract
    marker = str(criterion.settings.get("criterion", criterion.id))
    tests = [t for t in contract.tests if t.criterion == marker]
    broken = next((t for t in tests if t.outcome == "error"), None)
    if broken:
        return Unmeasured(f"our own test {broken.test!r} broke: {broken.message[:MESSAGE_LENGTH]}")
    unloaded = [t.test for t in contract.tests if t.outcome == "error" and t.test.endswith(".py")]
    return _passed(tests, marker, unloaded)


def _passed(tests: Sequence[TestResult], marker: str, unloaded: Sequence[str]) -> Observation:
    whole = sum(t.points for t in tests)
    if whole == 0 and unloaded:
        return Unmeasured(
            f"the hidden tests could not be loaded: {', '.join(unloaded)} fails when it is imported"
        )
    if whole == 0:
        return Unmeasured(f"no hidden test with points is marked {marker!r}")
    passed = [t for t in tests if t.outcome == "passed"]
    value = sum(t.points for t in passed) / whole
    failed = [t for t in tests if t.outcome != "passed"]
    told = "\n".join([f"{len(passed)} of {len(tests)} tests passed.", *_told(failed)])
    return Observed(value, told, source=f"contract.tests[{marker}]")


def _told(failed: Sequence[TestResult]) -> list[str]:
    lines = [f"{_mark(t)}: {t.title or t.test}{_because(t)}" for t in failed[:MESSAGES_SHOWN]]
    more = len(failed) - MESSAGES_SHOWN
    return [*lines, f"And {more} more."] if more > 0 else lines


def _mark(test: TestResult) -> str:
    return "Not finished in time" if test.outcome == "unfinished" else "Failed"


def _because(test: TestResult) -> str:
    message = " ".join(test.message.split())[:MESSAGE_LENGTH]
    return f" ({message})." if message else "."
