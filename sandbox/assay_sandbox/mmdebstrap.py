"""Debian packages from the sources this host itself uses, by the program `mmdebstrap`."""

import os
import signal
import subprocess
from pathlib import Path
from threading import Timer

from assay_sandbox.engine import LogSink
from assay_sandbox.errors import EngineFault

SUITE = "bookworm"
DEADLINE_S = 1500.0
"""A mirror that hangs must not hang an evaluation; a slow one takes five minutes."""
_SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))


def run_mmdebstrap(words: list[str], archive: Path, on_log: LogSink, *, remedy: str) -> None:
    """Make an archive of a root.

    Args:
        words: Options.
        archive: A file to be made.
        on_log: Gets each line of output.
        remedy: What to do if it fails, for the operator.

    Raises:
        EngineFault: it is not installed, failed, or took too long.
    """
    command = ["mmdebstrap", "--quiet", *words, "--format=tar", SUITE, str(archive)]
    lines: list[str] = []
    try:
        status = _run([*command, *_host_sources()], lines, on_log)
    except FileNotFoundError as error:
        raise EngineFault("mmdebstrap is not installed on this host", remedy=remedy) from error
    if status != 0:
        raise EngineFault(f"mmdebstrap failed: {' / '.join(lines[-5:])}", remedy=remedy)


def listed_packages(recipe: Path) -> list[str]:
    """The packages a recipe's directory names in `packages.txt`, comments left out."""
    words = (recipe / "packages.txt").read_text().splitlines()
    return [word for word in words if word and not word.startswith("#")]


def _run(command: list[str], lines: list[str], on_log: LogSink) -> int:
    """Exit status; a run that takes too long is ended with all it started."""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        timer = Timer(DEADLINE_S, _end, args=(process.pid, lines))
        timer.start()
        try:
            for line in process.stdout or ():
                lines.append(line.rstrip())
                on_log(lines[-1])
        finally:
            timer.cancel()
    return process.returncode


def _end(group: int, lines: list[str]) -> None:
    lines.append(f"not finished within {DEADLINE_S / 60:.0f} minutes")
    os.killpg(group, signal.SIGKILL)


def _host_sources() -> list[str]:
    """Where this host gets its own packages, if it is the same Debian; else the default."""
    release = Path("/etc/os-release")
    if not release.exists() or f"VERSION_CODENAME={SUITE}" not in release.read_text():
        return []
    return [str(path) for path in _SOURCES if path.exists()][:1]
