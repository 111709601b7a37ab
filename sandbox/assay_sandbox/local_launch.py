"""Become a limited process: read an order on stdin, put the limits on, exec the command.

A script of its own (`python -I -S local_launch.py`), because limits set between fork and
exec of a threaded harness are not safe. Standard library only.

The order is one JSON object: `parent` (pid that must be alive), `control_groups` (files to
write our pid to), `limits` (name of RLIMIT -> value), `cores`, `memory_mounts` (directory ->
options of a memory file system that only we and our children see), `directory`, `command`,
`environment`.
"""

import contextlib
import ctypes
import functools
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1
_CLONE_NEWNS = 0x2_0000
_MS_NOSUID_NODEV_NOEXEC = 2 | 4 | 8
_MS_REC, _MS_PRIVATE = 0x4000, 0x4_0000
NOT_STARTED = 127


def main() -> None:
    """Obey the order; never returns unless the command cannot be executed."""
    order = json.load(sys.stdin.buffer)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    _die_with(order["parent"])
    _mount(order["memory_mounts"])
    _limit(order["limits"])
    _pin(order["cores"])
    if order["directory"]:
        os.chdir(order["directory"])
    _join(order["control_groups"])  # last: what we used until here is not the command's
    _execute(order["command"], order["environment"])


def _die_with(parent: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(128 + signal.SIGKILL)


def _mount(memory_mounts: dict[str, str]) -> None:
    if not memory_mounts:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    steps: list[Callable[[], int]] = [lambda: libc.unshare(_CLONE_NEWNS)]
    steps.append(lambda: libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None))
    for at, options in memory_mounts.items():
        words = (b"assay", at.encode(), b"tmpfs", _MS_NOSUID_NODEV_NOEXEC, options.encode())
        steps.append(functools.partial(libc.mount, *words))
    for step in steps:
        if step() < 0:
            sys.exit(
                f"a memory file system could not be mounted: {os.strerror(ctypes.get_errno())}"
            )


def _join(control_groups: list[str]) -> None:
    for path in control_groups:
        Path(path).write_text(str(os.getpid()))


def _limit(limits: dict[str, int]) -> None:
    for name, value in limits.items():
        number = getattr(resource, name, None)
        if number is None:
            continue
        hard = resource.getrlimit(number)[1]
        lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
        with contextlib.suppress(OSError, ValueError):  # macOS refuses some of them
            resource.setrlimit(number, (lowest, lowest))


def _pin(cores: list[int]) -> None:
    """None means all: the harness that started us may itself be pinned, and we are not it."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores or range(os.cpu_count() or 1))


def _execute(command: list[str], environment: dict[str, Any]) -> None:
    try:
        os.execvpe(command[0], command, environment)  # noqa: S606 - no shell is the point
    except OSError as error:
        print(f"cannot execute {command[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201
        sys.exit(NOT_STARTED)


if __name__ == "__main__":
    main()
