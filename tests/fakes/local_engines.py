"""The local engine in both of its modes, with images in a directory of the test run's own."""

import atexit
import functools
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from assay_sandbox import local_bwrap
from assay_sandbox.engine import BuildOutcome, BuildSpec, Built
from assay_sandbox.local_engine import LocalEngine
from assay_sandbox.local_state import remove_tree

Mode = Literal["bubblewrap", "plain"]
BASES = {"python:3.11-slim": "this machine's Python"}
BUILD_S = 120.0
NO_BUBBLEWRAP = local_bwrap.unavailable_reason()

needs_bubblewrap = pytest.mark.skipif(NO_BUBBLEWRAP is not None, reason=str(NO_BUBBLEWRAP))
MODES = [pytest.param("bubblewrap", marks=needs_bubblewrap), "plain"]


@functools.cache
def home() -> Path:
    """Kept for the whole test run: the root of the base image is made only once."""
    path = Path(tempfile.mkdtemp(prefix="assay-test-local-"))
    atexit.register(remove_tree, path)
    return path


@functools.cache
def local_engine(mode: Mode) -> LocalEngine:
    return LocalEngine(home(), mode=mode)


def write_tree(directory: Path, files: Mapping[str, str]) -> Path:
    """Write files, a build context for example."""
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    return directory


def build_spec(context: Path, **changes: Any) -> BuildSpec:
    """A spec for a context; its tag is as unique as the directory."""
    spec = BuildSpec("test-local-build", context, f"assay-test{context}", BASES)
    return replace(spec, **changes)


def build(engine: LocalEngine, spec: BuildSpec, *, deadline_s: float = BUILD_S) -> BuildOutcome:
    """Build, saying nothing."""
    return engine.build(spec, deadline_s=deadline_s, on_log=lambda _line: None)


def image_with_python(mode: Mode) -> str:
    """An image that holds nothing but Python."""
    context = write_tree(home() / f"bare-{mode}", {"Dockerfile": "FROM python:3.11-slim\n"})
    outcome = build(local_engine(mode), build_spec(context))
    assert isinstance(outcome, Built), outcome
    return outcome.image.reference
