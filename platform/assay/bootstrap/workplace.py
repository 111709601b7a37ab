"""Directories of running evaluations, and what any of ours left on disk when it was killed."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from assay_sandbox import scratch
from assay_sandbox.image_cache import PROGRAMS, WHEELS, cache_place
from assay_sandbox.local_state import default_home


@contextlib.contextmanager
def work_directory() -> Iterator[Path]:
    """A directory for one evaluation, removed at the end, or by `remove_orphans` after a crash."""
    runs = _runs()
    runs.mkdir(parents=True, exist_ok=True)
    with scratch.scratch_directory("run", runs) as directory:
        yield directory


def remove_orphans() -> tuple[str, ...]:
    """Remove the directories whose owner died, of evaluations and of images; a line for each."""
    cache = cache_place(os.environ)
    places = (_runs(), None, cache / WHEELS, cache / PROGRAMS)
    return tuple(line for place in places for line in scratch.remove_orphans(place))


def _runs() -> Path:
    return default_home() / "runs"
