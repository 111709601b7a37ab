"""Run the challenge's hidden pytest suite in this process, one record per test as it ends."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from gevent import monkey

from assay_probe.contract_plugin import ContractPlugin
from assay_probe.plan import ContractPlan
from assay_probe.records import Record, TestRecord

PYTEST_FAILED_ITSELF = (
    pytest.ExitCode.INTERNAL_ERROR,
    pytest.ExitCode.USAGE_ERROR,
    pytest.ExitCode.NO_TESTS_COLLECTED,
)


def run(plan: ContractPlan, emit: Callable[[Record], None]) -> None:
    """Run the suite. Everything that sleeps is made cooperative, so that limits bite."""
    monkey.patch_all(ssl=False)
    sys.dont_write_bytecode = True
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    harness = Path(plan.harness).resolve()
    sys.path.insert(0, str(harness))
    plugin = ContractPlugin(plan, harness, emit)
    status = pytest.main(_arguments(harness / plan.tests, harness), plugins=[plugin])
    if status in PYTEST_FAILED_ITSELF and not plugin.broken:
        emit(_broken(plan.tests, f"pytest ended with {pytest.ExitCode(status).name}"))


def _arguments(tests: Path, harness: Path) -> list[str]:
    """Nothing of the machine's own configuration, nothing written."""
    return [
        str(tests),
        f"--rootdir={harness}",
        f"--confcutdir={harness}",
        f"-c{os.devnull}",
        "--import-mode=importlib",
        "--continue-on-collection-errors",
        "--strict-markers",
        "-pno:cacheprovider",
        "-pno:terminal",
        "-pno:faulthandler",
    ]


def _broken(tests: str, message: str) -> TestRecord:
    return TestRecord(tests, tests, "", 1, "error", message, duration_s=0.0)
