"""Run a tool on files a stranger wrote: for so long, with so much output, and no child survives."""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence

from assay_probe.records import ToolRecord

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "GOMAXPROCS": "1",
    "TZ": "UTC",
    "TMPDIR": ".",
}
"""Nothing of ours: no proxy, no token, no home.

Temporary files are made beside the plan, not in /tmp: there they go with the container however
it ends, and promtool takes half a GiB at once for a block of samples, more than /tmp has.
"""
PIECE = 65_536


def run_tool(
    name: str, command: Sequence[str], *, timeout_s: float, output_bytes: int
) -> ToolRecord:
    """Run a command to its end, or stop it for time or for output.

    Args:
        name: Of the record.
        command: Program and arguments.
        timeout_s: For the whole run.
        output_bytes: Of standard output and error together; the rest is cut off.
    """
    started_s = time.monotonic()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=ENVIRONMENT,
        start_new_session=True,
    )
    try:
        output, ended = _read(process, until_s=started_s + timeout_s, output_bytes=output_bytes)
        code = process.wait(timeout=max(0.1, started_s + timeout_s - time.monotonic()))
    except subprocess.TimeoutExpired:
        ended = False
    finally:
        end_group(process)
    return ToolRecord(
        name=name,
        code=code if ended else None,
        output=output[:output_bytes].decode(errors="replace"),
        cut=len(output) > output_bytes,
        seconds=time.monotonic() - started_s,
    )


def _read(
    process: subprocess.Popen[bytes], *, until_s: float, output_bytes: int
) -> tuple[bytes, bool]:
    """What it printed, and whether it closed its output by itself and in time."""
    pipe = process.stdout
    if pipe is None:
        raise ValueError("the process has no pipe to read from")
    output = bytearray()
    while (left_s := until_s - time.monotonic()) > 0 and len(output) <= output_bytes:
        if not select.select([pipe], [], [], left_s)[0]:
            break
        piece = os.read(pipe.fileno(), PIECE)
        if not piece:
            return bytes(output), True
        output += piece
    end_group(process)
    return bytes(output), False


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and whatever it started, and let its pipe go. Idempotent."""
    with contextlib.suppress(ProcessLookupError):  # all of them have ended
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()
