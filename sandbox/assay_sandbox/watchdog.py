"""Outlives the runner: when that dies in any way, it removes everything of the run, and ends.

    python -m assay_sandbox.watchdog ENGINE RUN_ID

Standard input is a pipe whose other end the runner alone holds. The runner says one byte at
an orderly end; the end of the pipe without that byte means that it died, or that it was
interrupted and may not have removed everything. Until then nothing is imported and nothing
is done: a blocked read costs no CPU.
"""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from importlib import import_module
from typing import cast

from assay_sandbox.engine import Engine
from assay_sandbox.errors import EngineFault, SandboxError

ENGINES: dict[str, tuple[str, str]] = {
    "docker": ("assay_sandbox.docker_engine", "DockerEngine"),
    "local": ("assay_sandbox.local_engine", "LocalEngine"),
}
"""Name of an engine -> module and class."""

ORDERLY = b"."
END_S = 5.0
PAUSE_S = 1.0
LEAST_LOOKS, MOST_LOOKS = 2, 20
"""What the engine was just making when the runner died appears a moment later."""
ENGINE_BACK_S = 600.0
"""An engine that died, too, is waited for so long."""
CLEAN_UP_S = 30.0
"""A run that failed waits so long for its watchdog, which then goes on without it."""


@contextlib.contextmanager
def watched(engine: str, run_id: str) -> Iterator[None]:
    """Keep a watchdog while the block runs. A block that fails, in any way, is cleaned up after.

    A second interrupt, or an engine that fails, can cut the block's own removal short.

    Raises:
        EngineFault: it could not be started.
    """
    reading, writing = os.pipe()
    try:
        process = _start(engine, run_id, reading)
    except OSError as error:
        os.close(writing)
        raise EngineFault(
            f"the watchdog could not be started: {error}", remedy="see the host's limits"
        ) from error
    finally:
        os.close(reading)
    orderly = False
    try:
        yield
        orderly = True
    finally:
        if orderly:
            with contextlib.suppress(OSError):  # it was killed: then there is nobody to tell
                os.write(writing, ORDERLY)
        os.close(writing)
        (_end if orderly else _leave)(process)


def _start(engine: str, run_id: str, reading: int) -> "subprocess.Popen[bytes]":
    """In a session of its own: a terminal's interrupt is none of its business.

    `-P` keeps the current directory off the module path: it may hold a submission.
    """
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "assay_sandbox.watchdog", engine, run_id],
        stdin=reading,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Wait for a watchdog that has nothing to do."""
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _leave(process: "subprocess.Popen[bytes]") -> None:
    """Wait for a watchdog that cleans up; one that takes long is left to it."""
    try:
        process.wait(CLEAN_UP_S)
    except subprocess.TimeoutExpired:  # somebody must see it end, or it stays as a zombie
        threading.Thread(target=process.wait, daemon=True, name="watchdog").start()


def main(arguments: list[str]) -> int:
    """Exit status 0 after an orderly end or a clean removal, 1 if something is left, 2 = usage."""
    if len(arguments) != 2 or arguments[0] not in ENGINES:
        sys.stderr.write(f"usage: python -m assay_sandbox.watchdog {'|'.join(ENGINES)} RUN_ID\n")
        return 2
    if os.read(sys.stdin.fileno(), 1) == ORDERLY:
        return 0
    engine, run_id = arguments
    problem = clean_up(engine, run_id)
    if problem:
        with contextlib.suppress(OSError):
            sys.stderr.write(f"run {run_id} left something behind: {problem}\n")
    return 1 if problem else 0


def clean_up(engine: str, run_id: str) -> str:
    """Remove a dead run; why something is left, "" if nothing is."""
    module, name = ENGINES[engine]
    return until_clean(cast("Engine", getattr(import_module(module), name)()), run_id)


def until_clean(
    engine: Engine, run_id: str, *, pause_s: float = PAUSE_S, engine_back_s: float = ENGINE_BACK_S
) -> str:
    """Reap until twice nothing was left; why that failed, "" if it did not.

    A look at which the engine fails does not count: it may have died with the run.
    """
    calm = looks = 0
    end_s = time.monotonic() + engine_back_s
    while looks < MOST_LOOKS:
        try:
            calm = 0 if engine.reap(run_id) else calm + 1
            looks += 1
        except SandboxError as error:
            calm = 0
            if time.monotonic() >= end_s:
                return str(error)
        if calm >= LEAST_LOOKS:
            return ""
        time.sleep(pause_s)
    return "it went on starting things"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
