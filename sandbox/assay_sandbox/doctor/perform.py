"""Carry out a repair, one step after another, and wait until the engine answers."""

import os
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext

from assay_sandbox.doctor.daemon import NoDaemon, ask_daemon
from assay_sandbox.doctor.repair import DOCKERD_LOG, Step, executable, services_stay_off
from assay_sandbox.errors import EngineUnavailable, SandboxError

INSTALL_S = 900.0
ENGINE_START_S = 60.0
POLL_S = 0.2

Say = Callable[[str], None]


def perform(steps: Iterable[Step], say: Say) -> None:
    """Run every step, saying first what it is.

    Raises:
        SandboxError: a step failed; the message ends with what it printed.
        EngineUnavailable: the engine was started and did not answer.
    """
    for step in steps:
        say(f"{step.why}: {' '.join(step.command)}")
        if step.detached:
            _start_detached(step)
        else:
            _run(step)
        if step.starts_engine:
            _wait_for_engine()


def _run(step: Step) -> None:
    quiet = services_stay_off() if step.command[0] == "apt-get" else nullcontext()
    with quiet:
        done = subprocess.run(
            executable(step.command),
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=INSTALL_S,
        )
    if done.returncode and not step.optional:
        tail = done.stdout.decode(errors="replace").strip()[-1500:]
        raise SandboxError(
            f"`{' '.join(step.command)}` ended with {done.returncode}:\n{tail}",
            remedy="mend what it complains about, then run `assay doctor --fix` again",
        )


def _start_detached(step: Step) -> None:
    """In a session of its own, so that neither Ctrl-C nor our end takes it along."""
    with DOCKERD_LOG.open("ab") as log:
        subprocess.Popen(
            executable(step.command),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
        )


def _wait_for_engine() -> None:
    until = time.monotonic() + ENGINE_START_S
    while isinstance(answer := ask_daemon(os.environ), NoDaemon):
        if time.monotonic() > until:
            raise EngineUnavailable(
                f"the engine at {answer.host} does not answer after {ENGINE_START_S:.0f} s "
                f"({answer.reason})",
                remedy=f"read {DOCKERD_LOG} or `journalctl -u docker`; `--sandbox local` "
                "works without an engine",
            )
        time.sleep(POLL_S)
