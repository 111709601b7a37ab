"""Directories of running evaluations: each with its owner, so that a dead owner's is removed."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from assay_sandbox.local_state import default_home
from assay_sandbox.ownership import is_dead, this_process

OWNER = "owner"
PREFIX = "run-"


@contextlib.contextmanager
def work_directory() -> Iterator[Path]:
    """A directory for one evaluation, removed at the end, or by `remove_orphans` after a crash."""
    runs = default_home() / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=runs))
    try:
        (directory / OWNER).write_text(this_process().label())
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def remove_orphans() -> tuple[str, ...]:
    """Remove the directories whose owner died; a line for each."""
    found = sorted((default_home() / "runs").glob(f"{PREFIX}*"))
    orphans = [d for d in found if is_dead(_owner(d), engine_is_local=True)]
    for directory in orphans:
        shutil.rmtree(directory, ignore_errors=True)
    return tuple(f"directory {d}" for d in orphans)


def _owner(directory: Path) -> str:
    try:
        return (directory / OWNER).read_text()
    except OSError:
        return ""
