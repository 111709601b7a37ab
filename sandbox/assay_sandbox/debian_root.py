"""A root file system with Python, made from the host's own Debian package sources."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

from assay_sandbox.engine import LogSink
from assay_sandbox.errors import EngineFault

SUITE = "bookworm"
DEADLINE_S = 1500.0
"""A mirror that hangs must not hang an evaluation; a slow one takes five minutes."""
MERGED_USR = Path("/usr/share/mmdebstrap/hooks/merged-usr")
_SOURCES = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))
_LEFT_OUT = ("doc", "man", "info", "locale", "lintian")
_NO_USRMERGE = (
    r"printf 'Package: usrmerge\nPin: release *\nPin-Priority: -1\n' "
    '> "$1"/etc/apt/preferences.d/no-usrmerge'
)
"""usrmerge brings perl along (47 MB); usr-is-merged does what is needed here."""


@contextmanager
def debian_root(recipe: Path, architecture: str, on_log: LogSink) -> Iterator[Path]:
    """Make the root described by a directory, as an archive that lives for the block.

    Args:
        recipe: Directory with `packages.txt` and `customize.sh`.
        architecture: In Debian's words ("amd64").
        on_log: Gets each line of output.

    Raises:
        EngineFault: it could not be made.
    """
    with tempfile.TemporaryDirectory(prefix="assay-root-") as directory:
        archive = Path(directory, "root.tar")
        lines: list[str] = []
        try:
            status = _run(_command(recipe, architecture, archive), lines, on_log)
        except FileNotFoundError as error:
            raise _fault("mmdebstrap is not installed on this host") from error
        if status != 0:
            raise _fault("mmdebstrap failed: " + " / ".join(lines[-5:]))
        yield archive


def _fault(message: str) -> EngineFault:
    return EngineFault(
        f"the base image could not be made: {message}",
        remedy="install Debian's mmdebstrap package, or name an image to take instead of "
        "Debian's packages (ASSAY_BASE_IMAGE=python:3.11-slim)",
    )


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


def _command(recipe: Path, architecture: str, archive: Path) -> list[str]:
    words = (recipe / "packages.txt").read_text().splitlines()
    packages = [word for word in words if word and not word.startswith("#")]
    excludes = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _LEFT_OUT]
    return [
        "mmdebstrap",
        "--quiet",
        "--variant=essential",
        f"--architectures={architecture}",
        f"--include={','.join(packages)}",
        '--aptopt=APT::Install-Recommends "false"',
        '--aptopt=Acquire::Languages "none"',
        *excludes,
        f"--hook-dir={MERGED_USR}",
        f"--setup-hook={_NO_USRMERGE}",
        f'--customize-hook={recipe}/customize.sh "$1" {recipe}',
        "--format=tar",
        SUITE,
        str(archive),
        *_host_sources(),
    ]


def _host_sources() -> list[str]:
    """Where this host gets its own packages, if it is the same Debian; else the default."""
    release = Path("/etc/os-release")
    if not release.exists() or f"VERSION_CODENAME={SUITE}" not in release.read_text():
        return []
    return [str(path) for path in _SOURCES if path.exists()][:1]
