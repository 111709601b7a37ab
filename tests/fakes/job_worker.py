"""What runs in a process of its own, that can be killed: a worker, or its lock alone."""

import os
import signal
import sys
from multiprocessing.connection import Connection
from pathlib import Path

from tests.fakes.job_work import Script, ScriptedWork

from assay.adapters.dbos_jobs import DbosRunner
from assay.adapters.failover import liveness_for
from assay.domain.errors import AssayError

REFUSED = 2


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def work(url: str, name: str, slots: int, folder: Path, starter: Connection) -> None:
    """Say "ready" when it takes jobs; a number from the starter stops it, after such a grace.

    What it logs stands in NAME.log of the script's folder.
    """
    with (folder / f"{name}.log").open("ab") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())
    runner = DbosRunner(url, name)
    try:
        runner.start(ScriptedWork(Script(folder), name, die=die), slots=slots)
    except AssayError as error:
        starter.send(str(error))
        sys.exit(REFUSED)
    starter.send("ready")
    try:
        grace_s = float(starter.recv())
    except EOFError:  # the tests were broken off
        grace_s = 0.0
    runner.stop(grace_s=grace_s)


def hold_lock(url: str, name: str, starter: Connection) -> None:
    """Say whether it got the lock, and hold it until the starter hangs up."""
    liveness = liveness_for(url)
    starter.send(liveness.claim(name))
    starter.poll(None)
