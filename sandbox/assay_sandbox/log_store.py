"""What one container printed: counted, bounded, readable while it grows. Knows no engine."""

import os
import tempfile
import threading
import weakref
from pathlib import Path

from assay_sandbox.docker_call import Until
from assay_sandbox.engine import LogSink, LogTail

EDGE_BYTES = 64 * 1024
"""How much of the head, and of the tail, `tail` returns."""

LINE_BYTES = 1024 * 1024
"""A longer line is stored in pieces, and may then be mixed with the other stream's."""

READ_BYTES = 1024 * 1024


class LogStore:
    """Output of one container in an unnamed temporary file: nothing is left after a crash.

    stdout and stderr are kept together, a line at a time, so that a warning never lands in
    the middle of a record.
    """

    def __init__(self, budget_bytes: int) -> None:
        """`budget_bytes` may be printed in all; `write` says when it was more."""
        handle, path = tempfile.mkstemp(prefix="assay-log-")
        Path(path).unlink()
        self._file = handle
        self._free_file = weakref.finalize(self, os.close, handle)
        self._budget_bytes = budget_bytes
        self._changed = threading.Condition()
        self._partial: dict[int, bytearray] = {}
        self._stored_bytes = 0
        self._total_bytes = 0
        self._ended = False
        self._last_tail: LogTail | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self._ended

    def write(self, stream: int, chunk: bytes) -> bool:
        """Add output of one stream; False once the budget is exceeded."""
        with self._changed:
            if self._ended:
                return False
            self._total_bytes += len(chunk)
            room = self._budget_bytes - (self._total_bytes - len(chunk))
            self._keep(self._partial.setdefault(stream, bytearray()), chunk[: max(room, 0)])
            return self._total_bytes <= self._budget_bytes

    def end(self) -> None:
        """Nothing more will come: keep unfinished lines too. Idempotent."""
        with self._changed:
            if not self._ended:
                for text in self._partial.values():
                    self._store(bytes(text))
                self._partial.clear()
                self._ended = True
                self._changed.notify_all()

    def reopen(self) -> None:
        """The container is started again, and more will come. Not after `release`."""
        with self._changed:
            self._ended = False

    def release(self) -> None:
        """Keep only what `tail` returns, and give back the disk space. Idempotent."""
        with self._changed:
            self.end()
            self._last_tail = self.tail()
            self._free_file()

    def tail(self) -> LogTail:
        """Head and tail of everything so far."""
        with self._changed:
            if self._last_tail is not None:
                return self._last_tail
            pending = b"".join(self._partial.values())
            head = self._read(0, EDGE_BYTES)
            rest_at = max(len(head), self._stored_bytes - EDGE_BYTES)
            rest = self._read(rest_at, EDGE_BYTES) + pending
            dropped = rest_at - len(head) + (self._total_bytes - self._stored_bytes - len(pending))
        gap = f"\n[... {dropped} bytes left out ...]\n".encode() if dropped else b""
        return LogTail(
            text=(head + gap + rest).decode(errors="replace"),
            total_bytes=self._total_bytes,
            truncated=dropped > 0,
        )

    def follow(self, on_line: LogSink, until: Until) -> bool:
        """Hand over every line from the first to the end; False if the deadline came before."""
        position, rest = 0, b""
        while True:
            chunk = self._next(position, until)
            if chunk is None:
                return False
            if not chunk:
                break
            position += len(chunk)
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                on_line(line.decode(errors="replace").removesuffix("\r"))
        if rest:
            on_line(rest.decode(errors="replace"))
        return True

    def _next(self, position: int, until: Until) -> bytes | None:
        """The next stored bytes, b"" at the end, None when the time is over."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._ended or self._stored_bytes > position, until.left_s()
            )
            if self._stored_bytes > position and until.left_s() > 0:
                return self._read(position, READ_BYTES)
            return b"" if self._ended else None

    def _keep(self, partial: bytearray, text: bytes) -> None:
        """Store the lines that `text` completes; its last, unfinished one waits."""
        cut = text.rfind(b"\n") + 1
        if cut:
            self._store(bytes(partial) + text[:cut])
            partial.clear()
        partial += text[cut:]
        if len(partial) > LINE_BYTES:
            self._store(bytes(partial))
            partial.clear()

    def _store(self, text: bytes) -> None:
        if text:
            os.pwrite(self._file, text, self._stored_bytes)
            self._stored_bytes += len(text)
            self._changed.notify_all()

    def _read(self, position: int, size: int) -> bytes:
        if self._last_tail is not None:
            return b""
        return os.pread(self._file, min(size, self._stored_bytes - position), position)
