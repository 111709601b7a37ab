"""Everything the checks look at, in one value, so that they can look at a made-up machine."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from assay_sandbox.doctor.daemon import DaemonFacts, NoDaemon, ask_daemon, daemon_host
from assay_sandbox.image_cache import cache_place
from assay_sandbox.local_state import default_home

TRIAL_S = 10.0
"""Longest any program started by a check may take."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How a short program started by a check ended. `code` is None if it ran too long."""

    code: int | None
    output: str


def run_trial(command: Sequence[str]) -> Trial:
    """Run a short program with an empty environment and keep the end of what it printed."""
    try:
        done = subprocess.run(
            command, env={}, capture_output=True, timeout=TRIAL_S, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return Trial(None, f"no end within {TRIAL_S:.0f} s")
    except OSError as error:
        return Trial(127, str(error))
    text = (done.stdout + done.stderr).decode(errors="replace").strip()
    return Trial(done.returncode, text[-500:])


def own_places(environment: Mapping[str, str]) -> dict[str, Path]:
    """Where this program keeps things on disk: running evaluations, and what is fetched once."""
    return {
        "evaluations": default_home(environment),
        "cache": cache_place(environment),
    }


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine as the checks see it.

    Attributes:
        daemon: What the container engine said, or why it said nothing.
        root: Where /proc, /sys and /etc are found.
        environment: Environment variables.
        which: Finds a program on the PATH.
        trial: Runs a short program.
        cores: Cores this process may use.
        places: Directories that need room, by what they hold.
    """

    daemon: DaemonFacts | NoDaemon
    root: Path = Path("/")
    environment: Mapping[str, str] = field(default_factory=dict)
    which: Callable[[str], str | None] = shutil.which
    trial: Callable[[Sequence[str]], Trial] = run_trial
    cores: int = 1
    places: Mapping[str, Path] = field(default_factory=dict)

    def read(self, path: str) -> str | None:
        """The text of a file under `root`, stripped, or None if it cannot be read."""
        try:
            return (self.root / path.lstrip("/")).read_text(errors="replace").strip()
        except OSError:
            return None


def this_machine() -> Machine:
    """The machine we run on, with the engine `DOCKER_HOST` names (or the usual one)."""
    return replace(this_host(), daemon=ask_daemon(os.environ))


def this_host() -> Machine:
    """The machine we run on without its engine: one with many images takes a second to answer."""
    return Machine(
        daemon=NoDaemon(daemon_host(os.environ), "it was not asked"),
        environment=dict(os.environ),
        cores=len(os.sched_getaffinity(0)),
        places=own_places(os.environ),
    )
