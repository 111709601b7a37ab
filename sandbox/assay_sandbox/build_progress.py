"""What a build said so far: where it is, what it printed, how it ended.

A RUN can print anything, also what looks like the engine's own lines. Only the image's id
and the error decide, and those come in fields of their own.
"""

import re
from collections.abc import Mapping
from typing import Any

from assay_sandbox.dockerfile import Instruction
from assay_sandbox.dockerfile_render import Rendered, Step
from assay_sandbox.engine import LogSink
from assay_sandbox.log_store import LogStore

TAIL_CHARS = 8000
_STEP = re.compile(r"Step (\d+)/(\d+) : ")
_CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")
_NOISE = re.compile(
    r" ---> |Removing intermediate container |Successfully built |\[Warning\] One or more build"
)


class Progress:
    """Takes the engine's messages one by one."""

    def __init__(self, rendered: Rendered, log_bytes: int, on_log: LogSink) -> None:
        """Lines go to `on_log`; `take` answers False beyond `log_bytes`, kept or left out."""
        self._steps = rendered.steps
        self._store = LogStore(log_bytes)
        self._on_log = on_log
        self._partial = ""
        self._noise_bytes, self._noise_bytes_allowed = 0, log_bytes
        self._at = -1
        self.error = ""
        self.code: int | None = None
        self.image_id: str | None = None

    @property
    def instruction(self) -> Instruction | None:
        """The instruction under way."""
        reached = self._steps[: self._at + 1]
        return next((s.instruction for s in reversed(reached) if s.instruction is not None), None)

    def take(self, message: Mapping[str, Any]) -> bool:
        """Take in one message; False once more was printed than the build may print."""
        detail = message.get("errorDetail")
        if isinstance(detail, dict):
            self.error = str(detail.get("message", ""))
            self.code = int(detail["code"]) if detail.get("code") else None
        aux = message.get("aux")
        if isinstance(aux, dict) and "ID" in aux:
            self.image_id = str(aux["ID"])
        return self._print(str(message.get("stream", "")))

    def end(self) -> str:
        """No more messages will come; head and tail of the log. Idempotent."""
        if not self._store.ended:
            self._print("\n" if self._partial else "")
            self._line(self.error)
            self._store.end()
        return self._store.tail().text

    def tail(self) -> str:
        """The last characters of the log."""
        return self._store.tail().text[-TAIL_CHARS:]

    def release(self) -> None:
        """Give back the disk space of the log."""
        self._store.release()

    def _print(self, text: str) -> bool:
        if self._is_next_step(text):
            return self._announce()
        if _NOISE.match(text):
            return self._leave_out(len(text.encode()))
        *lines, self._partial = (self._partial + text.replace("\r\n", "\n")).split("\n")
        if len(self._partial) > TAIL_CHARS:
            lines, self._partial = [*lines, self._partial], ""
        return all([self._line(line) for line in lines])

    def _is_next_step(self, text: str) -> bool:
        match = _STEP.match(text)
        in_order = match is not None and int(match[1]) == self._at + 2
        return in_order and self._at + 1 < len(self._steps)

    def _announce(self) -> bool:
        self._at += 1
        step: Step = self._steps[self._at]
        if step.instruction is None:
            return True
        ours = [s.instruction for s in self._steps if s.instruction is not None]
        number = sum(s.instruction is not None for s in self._steps[: self._at + 1])
        one = step.instruction
        return self._line(f"[{number}/{len(ours)}] line {one.line}: {one.keyword} {one.value}")

    def _line(self, line: str) -> bool:
        shown = _CONTROL.sub("", line)  # people read this in a terminal
        within = self._leave_out(len(line) - len(shown) + (not shown))
        if not shown:
            return within
        self._on_log(shown)
        return self._store.write(1, shown.encode() + b"\n") and within

    def _leave_out(self, size_bytes: int) -> bool:
        """What nobody gets to see costs as much to read: it has a budget of the same size."""
        self._noise_bytes += size_bytes
        return self._noise_bytes <= self._noise_bytes_allowed
