"""What holds for all tests.

Tests marked `docker` need an engine: skipped on a desk without one, refused in CI. Tests marked
`alone` run with nothing beside them.
"""

import os
from collections.abc import Generator

import pytest
from hypothesis import settings

from assay_sandbox.doctor.daemon import NoDaemon, ask_daemon

ALONE = {"e2e", "faults"}
"""Folders of tests that measure, or end whole programs."""

pytest_plugins = ["tests.fakes.postgres"]

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
    """Before markers select: what has the machine to itself, and whether `docker` tests can run."""
    for item in items:
        if ALONE.intersection(item.path.parts):
            item.add_marker("alone")
    _skip_without_an_engine(items)


def _skip_without_an_engine(items: list[pytest.Item]) -> None:
    """Decide once for all."""
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
