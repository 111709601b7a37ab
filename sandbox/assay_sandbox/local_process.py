"""One limited process of the local engine: started, listened to, killed with all its children."""

import contextlib
import functools
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from assay_sandbox import local_proc
from assay_sandbox.docker_call import Until
from assay_sandbox.engine import LogSink
from assay_sandbox.errors import EngineFault
from assay_sandbox.local_cgroup import ControlGroup
from assay_sandbox.log_store import LogStore

LAUNCHER = Path(__file__).with_name("local_launch.py")
READ_BYTES = 65_536
POLL_S = 0.002
LEFTOVERS_S = 2.0  # after the end of the main process: for output still in the pipe


@dataclass(frozen=True, slots=True)
class Launch:
    """What to execute and under which limits.

    Attributes:
        command: Program, found on the PATH of `environment`, and its arguments.
        environment: All of it; nothing of ours is inherited.
        directory: Where to start it; None for here.
        cores: Cores to pin it to, empty for none.
        resource_limits: Name of an RLIMIT ("RLIMIT_NOFILE") -> value.
        group: Control group to join, or None.
        log_bytes: Output kept; one byte more and it is killed.
        pass_fds: Descriptors it inherits.
        status_fd: Read end of a pipe on which bubblewrap tells the pid of its first process.
        release_fd: Write end of a pipe; the command starts once something is written.
        memory_mounts: Directory -> options of a memory file system mounted there, for this
            process alone. Needs root.
        finish: Called when our copies of `pass_fds` are no longer needed.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path | None
    cores: tuple[int, ...]
    resource_limits: Mapping[str, int]
    group: ControlGroup | None
    log_bytes: int
    pass_fds: tuple[int, ...] = ()
    status_fd: int | None = None
    release_fd: int | None = None
    memory_mounts: Mapping[Path, str] = field(default_factory=dict)
    finish: Callable[[], None] = field(default=lambda: None)

    def order(self) -> bytes:
        """What `local_launch` reads."""
        return json.dumps(
            {
                "parent": os.getpid(),
                "control_groups": [str(path) for path in self.group.entries] if self.group else [],
                "limits": dict(self.resource_limits),
                "cores": list(self.cores),
                "memory_mounts": {str(at): options for at, options in self.memory_mounts.items()},
                "directory": str(self.directory) if self.directory else "",
                "command": list(self.command),
                "environment": dict(self.environment),
            }
        ).encode()


@functools.cache
def _starter(_pid: int) -> ThreadPoolExecutor:
    """The thread that starts everything of this process.

    A process that dies with its parent dies, to the kernel, with the *thread* that started
    it; this one lives until the interpreter ends.
    """
    return ThreadPoolExecutor(1, thread_name_prefix="local-starter")


def spawn(launch: Launch) -> "subprocess.Popen[bytes]":
    """Start a launch in a session of its own, stdout and stderr in one pipe."""
    return _starter(os.getpid()).submit(_spawn, launch).result()


def _spawn(launch: Launch) -> "subprocess.Popen[bytes]":
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(LAUNCHER)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=launch.pass_fds,
        start_new_session=True,
        env={},
    )
    with contextlib.suppress(BrokenPipeError), process.stdin or contextlib.nullcontext() as order:
        if order is not None:
            order.write(launch.order())
    return process


class Process:
    """A started launch. `main_pid` is the process that gets the signals."""

    def __init__(
        self,
        launch: Launch,
        *,
        deadline_s: float,
        before_main: Callable[[int], None] = lambda _inner_pid: None,
        log: LogStore | None = None,
    ) -> None:
        """Start it, and wait until its first process is there (or already gone).

        `before_main` is called when its namespaces exist and the command has not started,
        with the pid of process 1 inside; only under bubblewrap. `log` is that of an earlier
        life, which this one continues.
        """
        until = Until.after(deadline_s)
        self.log = log or LogStore(launch.log_bytes)
        self.log_flood = False
        self.group = launch.group
        self._ended = threading.Event()
        self._popen = spawn(launch)
        self._listener = threading.Thread(target=self._listen, daemon=True, name="local-log")
        self._listener.start()
        threading.Thread(target=self._wait, daemon=True, name="local-wait").start()
        try:
            launch.finish()  # our copies of the descriptors it inherited
            self.inner_pid = self._first_pid(launch.status_fd, until)
            if self.inner_pid is not None:
                before_main(self.inner_pid)
            if launch.release_fd is not None:
                os.write(launch.release_fd, b"1")
            self.main_pid = self._main(until)
        except BaseException:
            self.kill()
            raise
        finally:
            for fd in (launch.status_fd, launch.release_fd):
                if fd is not None:
                    os.close(fd)

    @property
    def pid(self) -> int:
        """The process on the host: bubblewrap itself, or the command where there is none."""
        return self._popen.pid

    def identities(self) -> tuple[tuple[int, int], ...]:
        """(pid, start in ticks) of what a stranger would have to kill to end it."""
        pids = (self._popen.pid, self.inner_pid)
        started = ((pid, local_proc.start_ticks(pid)) for pid in pids if pid is not None)
        return tuple((pid, at) for pid, at in started if at is not None)

    def exit_code(self) -> int | None:
        """Exit status, 128 + n for signal n; None while it runs."""
        if not self._ended.is_set():
            return None
        code = self._popen.returncode
        return 128 - code if code < 0 else code

    def wait(self, deadline_s: float) -> bool:
        """Wait for the end; False if the deadline came before."""
        return self._ended.wait(max(deadline_s, 0.0))

    def follow(self, on_line: LogSink, *, deadline_s: float) -> bool:
        """Hand over all lines until the end; on the deadline kill it and return False."""
        if self.log.follow(on_line, Until.after(deadline_s)):
            self._ended.wait(LEFTOVERS_S)
            return True
        self.kill()
        return False

    def signal(self, name: str) -> None:
        """Signal the main process; no error if it is gone."""
        if not self._ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.main_pid, signal.Signals[name])

    def family(self) -> set[int]:
        """It and all it started, as far as they can be told apart from others."""
        if self.group is not None:
            return {self.pid, *self.group.pids()}
        if self.inner_pid is not None:
            return {self.pid, *local_proc.pids_of_namespace(self.inner_pid)}
        return {self.pid, *local_proc.pids_of_session(self.pid)}

    def kill(self) -> None:
        """Kill it and everything it started; returns when they are gone. Idempotent."""
        inner = getattr(self, "inner_pid", None)
        if inner is not None and not self._ended.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.kill(inner, signal.SIGKILL)
        self._kill_family()
        self._ended.wait(2 * LEFTOVERS_S)

    def _first_pid(self, status_fd: int | None, until: Until) -> int | None:
        """The process that is number 1 inside, as bubblewrap tells it; None without one."""
        if status_fd is None:
            return None
        said = b""
        while b"\n" not in said:
            if not select.select([status_fd], [], [], until.left_s())[0]:
                raise EngineFault("bubblewrap did not start in time", remedy="see the host's load")
            part = os.read(status_fd, READ_BYTES)
            if not part:
                break
            said += part
        else:
            return int(json.loads(said.partition(b"\n")[0])["child-pid"])
        self._ended.wait(until.left_s())
        raise EngineFault(
            f"bubblewrap could not make the sandbox: {self.log.tail().text.strip()[-500:]}",
            remedy="see `assay doctor`: user namespaces or mounts may be forbidden here",
        )

    def _main(self, until: Until) -> int:
        """The process our command runs in: bubblewrap starts it last of all."""
        if self.inner_pid is None:
            return self._popen.pid
        while not self._ended.is_set() and until.left_s() > 0:
            if children := local_proc.children_of(self.inner_pid):
                return children[0]
            time.sleep(POLL_S)
        said = self.log.tail().text
        if said.startswith("bwrap: ") and "execvp" not in said:
            raise EngineFault(
                f"bubblewrap could not make the sandbox: {said.strip()[-500:]}",
                remedy="see `assay doctor`: mounts may be forbidden here",
            )
        return self._popen.pid

    def _listen(self) -> None:
        pipe = self._popen.stdout
        if pipe is None:
            return
        with pipe:
            while chunk := os.read(pipe.fileno(), READ_BYTES):
                if not self.log.write(1, chunk) and not self.log_flood:
                    self.log_flood = True
                    self._kill_family()
        self.log.end()

    def _wait(self) -> None:
        self._popen.wait()
        self._kill_family()
        self._listener.join(LEFTOVERS_S)
        self.log.end()  # a process that left our session may hold the pipe open for ever
        self._ended.set()

    def _kill_family(self) -> None:
        with contextlib.suppress(OSError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        if self.group is not None:
            self.group.kill()
