"""The worker's side of the process of one evaluation: its pipes, its events, its end."""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from typing import BinaryIO

from pydantic import ValidationError

from assay.bootstrap.cores import CoreSet
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
    """A started process: an order, then one question at a time; a fault is its last word.

    Between its start and its order it imports what it needs, then waits without using the
    processor. Its output is read on a thread, so that no event loop is bound to it.
    """

    def __init__(self, cores: CoreSet = ()) -> None:
        """Start it, in a group of its own.

        Args:
            cores: Those it may use; empty for all.

        Raises:
            PlatformFault: it could not be started.
        """
        self._lock = threading.Lock()
        self._reply: Future[Reply] | None = None
        self._on_event: Progress = nobody
        self._last: Fault | None = None
        self._gone = False
        self._run_id = "none yet"
        self._environment = _environment(os.environ)
        self._said: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `_bury`
        self._process = _started(self._environment, self._said, cores)
        self._reader = threading.Thread(target=self._read, daemon=True, name="evaluation")
        self._reader.start()

    @property
    def is_fit(self) -> bool:
        """Whether it lives, and knows the environment as it is now (where the engine is)."""
        return not self._gone and self._environment == _environment(os.environ)

    def begin(self, order: Order) -> None:
        """Say what is to be evaluated. Once."""
        self._run_id = order.run_id
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
                    logger.exception("an event of run %s could not be told", self._run_id)
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
            self._said.close()
            self._last = last = self._last or _unexpected(code, last_words)
            self._gone = True
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        if last_words:
            logger.warning("the process of run %s said: %s", self._run_id, last_words)
        self._answer(last)

    def _kill_group(self) -> None:
        """While nobody has waited for the leader, its number is nobody else's."""
        if not self._gone:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


def nobody(_event: object) -> None:
    """Hears events, and does nothing."""


def _started(
    environment: Mapping[str, str], said: BinaryIO, cores: CoreSet
) -> "subprocess.Popen[bytes]":
    try:
        process = subprocess.Popen(
            [sys.executable, *PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        said.close()
        raise PlatformFault(
            f"the evaluation's process could not be started: {error}",
            remedy="see the limits of this host on processes and memory",
        ) from error
    if cores:
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(process.pid, cores)
    return process


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in ours.items() if name not in SECRETS}


def _tail(said: BinaryIO) -> str:
    """The end of it, without moving the place where the process writes on."""
    size = os.fstat(said.fileno()).st_size
    last = os.pread(said.fileno(), LAST_WORDS, max(0, size - LAST_WORDS))
    return last.decode(errors="replace").strip()


def _unexpected(code: int, last_words: str) -> Fault:
    how = f"was killed by signal {-code}" if code < 0 else f"ended with exit status {code}"
    return Fault(
        message=f"the evaluation's process {how}{': ' + last_words if last_words else ''}",
        remedy="if it repeats, see the memory of this host and the log of the worker",
    )
