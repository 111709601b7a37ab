"""What holds for all tests.

Tests marked `docker` need an engine: skipped on a desk without one, refused in CI. Tests marked
`alone` measure time, end whole programs, or count what there is on the machine: CI runs them with
nothing beside them (`tests/architecture/test_alone.py` says where they are).
"""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

from assay_sandbox.doctor.daemon import NoDaemon, ask_daemon

pytest_plugins = ["tests.fakes.postgres", "tests.fakes.databases", "tests.fakes.sites"]

settings.register_profile("any machine", deadline=None)  # a busy machine breaks no rule
settings.load_profile("any machine")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test logged may hold characters that no pipe between test processes can carry."""
    report = yield
    report.sections = [(name, printable(text)) for name, text in report.sections]
    return report


def printable(text: str) -> str:
    """The same text, unpaired surrogates written out."""
    return text.encode("utf-8", "backslashreplace").decode()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Decide once for all, before markers select, whether `docker` tests can run."""
    needing = [item for item in items if item.get_closest_marker("docker")]
    if not needing:
        return
    answer = ask_daemon(os.environ)
    if not isinstance(answer, NoDaemon):
        return
    reason = f"no container engine at {answer.host} ({answer.reason})"
    if os.environ.get("CI"):
        raise pytest.UsageError(
            f"{reason}: {len(needing)} tests cannot run; `assay doctor --fix` starts one"
        )
    for item in needing:
        item.add_marker(pytest.mark.skip(reason=reason))
