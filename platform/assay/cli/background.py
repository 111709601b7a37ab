"""`assay up` in the background: started, waited for, and stopped again."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

READY_S, STOP_S = 90.0, 30.0
PID_FILE, LOG_FILE = "assay.pid", "assay.log"


def address(port: int) -> str:
    """Where it answers."""
    return f"http://127.0.0.1:{port}"


def environment(home: Path, port: int) -> dict[str, str]:
    """Of everything that works with the installation in that directory."""
    return {**os.environ, "ASSAY_HOME": str(home), "ASSAY_PUBLIC_URL": address(port)}


def start(home: Path, port: int, variables: Mapping[str, str]) -> None:
    """Start it, and wait until it answers.

    Raises:
        PlatformFault: it did not.
    """
    from assay.domain.errors import PlatformFault

    home.mkdir(parents=True, exist_ok=True)
    with (home / LOG_FILE).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "assay.cli", "up", "--port", str(port)],
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (home / PID_FILE).write_text(str(process.pid))
    end_s = time.monotonic() + READY_S
    while not _answers(f"{address(port)}/livez"):
        if process.poll() is not None or time.monotonic() > end_s:
            raise PlatformFault("`assay up` does not answer", remedy=f"see {home / LOG_FILE}")
        time.sleep(0.2)


def stop(home: Path) -> None:
    """End the one that was started for this directory, if it is still there."""
    pid_file = home / PID_FILE
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text())
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        if b"assay" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGTERM)
            _wait_for(pid)
    pid_file.unlink()


@contextlib.contextmanager
def running(home: Path, port: int, variables: Mapping[str, str]) -> Iterator[None]:
    """It is up as long as the block lasts.

    Raises:
        PlatformFault: it did not start.
    """
    stop(home)
    try:
        start(home, port, variables)
        yield
    finally:
        stop(home)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own, on loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _wait_for(pid: int) -> None:
    """Until it has ended; a child of ours that nobody waited for counts as ended."""
    end_s = time.monotonic() + STOP_S
    while time.monotonic() < end_s:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.1)
