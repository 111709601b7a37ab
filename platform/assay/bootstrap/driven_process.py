"""The worker's side of the process of one evaluation: its pipes, its events, its end."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path

from pydantic import ValidationError

from assay.bootstrap.wire import (
    ANSWERS,
    EvidenceGiven,
    Fault,
    Happened,
    Message,
    Order,
    Request,
    StageEnded,
)
from assay.domain.errors import PlatformFault
from assay.evaluation.ports import Progress

logger = logging.getLogger(__name__)

PROGRAM = ("-P", "-m", "assay.worker.child")
"""`-P` keeps the current directory off the module path: it may hold a submission."""
LAST_WORDS = 2000
JOIN_S = 5.0
"""Whoever hears the events may be slow; what is killed does not wait for him for ever."""
SECRETS = frozenset(
    {
        "ASSAY_DATABASE_URL",
        "ASSAY_SECRET_KEY",
        "ASSAY_SMTP_URL",
        "ASSAY_OIDC_CLIENT_SECRET",
        "PGPASSWORD",
    }
)
"""The process handles what candidates send, and has no use for these."""

Reply = StageEnded | EvidenceGiven | Fault


class DrivenProcess:
    """A started process: one question at a time, events meanwhile, a fault as its last word.

    Its output is read on a thread, so that no event loop is bound to it.
    """

    def __init__(self, order: Order, said: Path) -> None:
        """Start it, in a group of its own.

        Args:
            order: The first thing it is told.
            said: File for what it prints.

        Raises:
            PlatformFault: it could not be started.
        """
        self._said = said
        self._lock = threading.Lock()
        self._reply: Future[Reply] | None = None
        self._on_event: Progress = nobody
        self._last: Fault | None = None
        self._gone = False
        self._process = _started(said)
        self._reader = threading.Thread(target=self._read, daemon=True, name=order.run_id)
        self._reader.start()
        self._send(order)

    def ask(self, request: Request, on_event: Progress) -> "Future[Reply]":
        """Send a request; its reply, or the last word of a process that is gone."""
        reply: Future[Reply] = Future()
        reply.set_running_or_notify_cancel()  # who stops waiting does not take it back
        with self._lock:
            if self._gone and self._last is not None:
                reply.set_result(self._last)
                return reply
            self._on_event, self._reply = on_event, reply
        self._send(request)
        return reply

    def wait(self, seconds: float) -> None:
        """Wait so long for its end."""
        self._reader.join(seconds)

    def kill(self) -> None:
        """End it, and every process of its group. Idempotent."""
        with self._lock:
            self._on_event = nobody
            self._kill_group()
        self._reader.join(JOIN_S)

    def _send(self, message: Message) -> None:
        """A process that is gone hears nothing: the reader tells why."""
        with contextlib.suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.write(message.line())
                self._process.stdin.flush()

    def _read(self) -> None:
        try:
            for line in self._process.stdout or ():
                self._hear(line)
        except ValidationError as error:
            self._last = Fault(message=f"the evaluation's process said what nobody knows: {error}")
        finally:
            self._bury()

    def _hear(self, line: bytes) -> None:
        answer = ANSWERS.validate_json(line)
        match answer:
            case Happened(event=event):
                try:
                    self._on_event(event)
                except Exception:  # what is watched goes on, whatever becomes of the watching
                    logger.exception("an event of run %s could not be told", self._reader.name)
            case Fault():
                self._last = answer
            case _:
                self._answer(answer)

    def _answer(self, reply: Reply) -> None:
        with self._lock:
            waiting, self._reply = self._reply, None
        if waiting is not None:
            waiting.set_result(reply)

    def _bury(self) -> None:
        """It is gone, or cannot be understood: its group ends with it."""
        with self._lock:
            self._kill_group()
            code = self._process.wait()
            last_words = _tail(self._said)
            self._last = last = self._last or _unexpected(code, last_words)
            self._gone = True
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if last_words:
            logger.warning("the process of run %s said: %s", self._reader.name, last_words)
        self._answer(last)

    def _kill_group(self) -> None:
        """While nobody has waited for the leader, its number is nobody else's."""
        if not self._gone:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def nobody(_event: object) -> None:
    """Hears events, and does nothing."""


def _started(said: Path) -> "subprocess.Popen[bytes]":
    try:
        with said.open("wb") as errors:
            return subprocess.Popen(
                [sys.executable, *PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=_environment(os.environ),
                start_new_session=True,
            )
    except OSError as error:
        raise PlatformFault(
            f"the evaluation's process could not be started: {error}",
            remedy="see the limits of this host on processes and memory",
        ) from error


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in ours.items() if name not in SECRETS}


def _tail(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_bytes()[-LAST_WORDS:].decode(errors="replace").strip()
    return ""


def _unexpected(code: int, last_words: str) -> Fault:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit status {code}"
    return Fault(
        message=f"the evaluation's process {how}{': ' + last_words if last_words else ''}",
        remedy="if it repeats, see the memory of this host and the log of the worker",
    )
