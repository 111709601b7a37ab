"""Every call to the engine has a deadline: a hostile container can make its API hang for ever."""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from docker.errors import APIError, DockerException

from assay_sandbox.errors import EngineFault

Result = TypeVar("Result")

QUICK_S = 15.0
"""Deadline of a call that takes milliseconds when all is well (inspect, kill, connect)."""


class EngineRefused(EngineFault):
    """The engine answered, and said no.

    Attributes:
        status: HTTP status of its answer.
        reason: Its own words.
    """

    def __init__(self, what: str, status: int, reason: str) -> None:
        super().__init__(
            f"the engine refused to {what}: {reason} (status {status})",
            remedy="see the engine's log; `assay doctor` checks its setup",
        )
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Until:
    """An instant on the monotonic clock at which all waiting ends."""

    at_s: float

    @classmethod
    def after(cls, seconds: float) -> "Until":
        """The instant `seconds` from now."""
        return cls(time.monotonic() + seconds)

    def left_s(self) -> float:
        """Seconds left, never below zero."""
        return max(0.0, self.at_s - time.monotonic())


def call(what: str, work: Callable[[], Result], *, deadline_s: float = QUICK_S) -> Result:
    """Make one engine call on a thread of its own, and stop waiting at the deadline.

    The thread ends by the client's socket timeout; what it may still create carries our
    name and labels, and is reaped.

    Args:
        what: Completes "the engine did not ... in time".
        work: The call.
        deadline_s: Seconds to wait.

    Raises:
        EngineRefused: the engine answered with an error.
        EngineFault: it did not answer in time, or the connection broke.
    """
    answers: queue.SimpleQueue[Result | BaseException] = queue.SimpleQueue()
    thread = threading.Thread(
        target=_answer, args=(work, answers), name=f"engine: {what}", daemon=True
    )
    thread.start()
    try:
        answer = answers.get(timeout=max(deadline_s, 0.001))
    except queue.Empty:
        raise EngineFault(
            f"the engine did not {what} within {deadline_s:.1f} s",
            remedy="if it stays so, restart the container engine",
        ) from None
    if isinstance(answer, BaseException):
        raise _fault(what, answer) from answer
    return answer


def _answer(
    work: Callable[[], Result], answers: "queue.SimpleQueue[Result | BaseException]"
) -> None:
    try:
        answers.put(work())
    except BaseException as error:  # noqa: BLE001 - re-raised in the caller's thread
        answers.put(error)


def _fault(what: str, error: BaseException) -> BaseException:
    if isinstance(error, APIError):
        return EngineRefused(what, error.status_code or 0, str(error.explanation or error))
    if isinstance(error, (DockerException, OSError)):
        return EngineFault(
            f"the engine could not be asked to {what}: {error}",
            remedy="check that the engine runs: `assay doctor`",
        )
    return error
