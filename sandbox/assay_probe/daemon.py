"""A server in the background: started, watched, and ended for certain."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import IO, Self

from assay_probe.records import ToolRecord
from assay_probe.tool import ENVIRONMENT, end_group

TAIL_BYTES = 16_384
GRACE_S = 3.0


class Daemon:
    """One server; a context manager that ends it.

    Of its output the end is kept: it may complain without end, and what it died of comes last.
    """

    def __init__(self, name: str, command: Sequence[str], ready: Callable[[], bool]) -> None:
        """`ready` tells whether it serves."""
        self.name, self.ready = name, ready
        self._command = command
        self._tail = bytearray()
        self._cut = False

    def __enter__(self) -> Self:
        """Start it."""
        self._started_s = time.monotonic()
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=ENVIRONMENT,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._drain, args=(self._process.stdout,))
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ask it to end, then make it."""
        if self.runs:
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join()
        end_group(self._process)

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def record(self) -> ToolRecord:
        """How it ended, `code` None if it has not, and the end of what it printed."""
        if not self.runs:
            self._reader.join(GRACE_S)
        return ToolRecord(
            name=self.name,
            code=self._process.poll(),
            output=bytes(self._tail).decode(errors="replace"),
            cut=self._cut,
            seconds=time.monotonic() - self._started_s,
        )

    def _drain(self, pipe: IO[bytes]) -> None:
        """Read until it closes its output; a full pipe would stop it."""
        while piece := os.read(pipe.fileno(), TAIL_BYTES):
            self._tail += piece
            self._cut = self._cut or len(self._tail) > TAIL_BYTES
            del self._tail[:-TAIL_BYTES]
