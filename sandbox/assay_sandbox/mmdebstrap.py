"""Debian packages from the sources this host itself uses, by the program `mmdebstrap`."""

import contextlib
import shutil
import subprocess
from pathlib import Path

from assay_sandbox.engine import LogSink
from assay_sandbox.errors import EngineFault

SUITE = "bookworm"
DEADLINE_S = 1500.0
"""A mirror that hangs must not hang an evaluation; a slow one takes five minutes."""
TIDY_S = 10.0
"""Told to end, it unmounts and deletes its own root first."""
_KEEPER = (
    *("setpriv", "--pdeathsig", "TERM"),  # it dies with us
    *("timeout", "--kill-after", f"{TIDY_S:.0f}", f"{DEADLINE_S:.0f}"),  # which tells its children
)
_KEEPERS = ("setpriv", "timeout")
_TIMED_OUT = (124, 137)
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
    missing = [name for name in ("mmdebstrap", *_KEEPERS) if shutil.which(name) is None]
    if missing:
        raise EngineFault(f"{missing[0]} is not installed on this host", remedy=remedy)
    command = [*_KEEPER, "mmdebstrap", "--quiet", *words, "--format=tar", SUITE, str(archive)]
    lines: list[str] = []
    status = _run([*command, *_host_sources()], lines, on_log)
    if status in _TIMED_OUT:
        lines.append(f"not finished within {DEADLINE_S / 60:.0f} minutes")
    if status != 0:
        raise EngineFault(f"mmdebstrap failed: {' / '.join(lines[-5:])}", remedy=remedy)


def listed_packages(recipe: Path) -> list[str]:
    """The packages a recipe's directory names in `packages.txt`, comments left out."""
    words = (recipe / "packages.txt").read_text().splitlines()
    return [word for word in words if word and not word.startswith("#")]


def _run(command: list[str], lines: list[str], on_log: LogSink) -> int:
    """Exit status; a run that takes too long, or is interrupted, is ended with all it started."""
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            for line in process.stdout or ():
                lines.append(line.rstrip())
                on_log(lines[-1])
        except BaseException:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(2 * TIDY_S)
            raise
    return process.returncode


def _host_sources() -> list[str]:
    """Where this host gets its own packages, if it is the same Debian; else the default."""
    release = Path("/etc/os-release")
    if not release.exists() or f"VERSION_CODENAME={SUITE}" not in release.read_text():
        return []
    return [str(path) for path in _SOURCES if path.exists()][:1]
