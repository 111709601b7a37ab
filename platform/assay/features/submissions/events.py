"""What an evaluation says while it runs: on its way into the database, in limits."""

import threading
from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from assay.db.tables import EvaluationEvent
from assay.evaluation.ports import ProgressEvent
from assay.kit.text import one_line

DETAIL_MAX = 2000
KEPT_MAX = 2000
"""Lines of one stage that are kept; starts and ends always are."""
QUEUE = "queue"
"""Stage of what is said about waiting."""


class EventBuffer:
    """Hears the events of one stage in one thread and hands them over in another.

    Ticks of the same progress that nobody has taken yet are replaced by the newest.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: list[ProgressEvent] = []
        self._kept = 0

    def hear(self, event: ProgressEvent) -> None:
        """Keep it, unless there were too many."""
        with self._lock:
            if self._events and _only_ticks(self._events[-1], event):
                self._events[-1] = event
            elif self._has_room(event):
                self._events.append(event)

    def take(self) -> list[ProgressEvent]:
        """Whatever came since the last time."""
        with self._lock:
            taken, self._events = self._events, []
        return taken

    def _has_room(self, event: ProgressEvent) -> bool:
        if event.state in ("start", "end"):
            return True
        self._kept += 1
        return self._kept <= KEPT_MAX


def _only_ticks(before: ProgressEvent, now: ProgressEvent) -> bool:
    same = before.state == now.state == "step" and before.detail == now.detail
    return same and before.total == now.total > 0


def store(
    session: Session,
    evaluation_id: str,
    attempt: int,
    events: Iterable[ProgressEvent],
    now: datetime,
) -> None:
    """Add the lines that somebody watching sees."""
    for event in events:
        session.add(
            EvaluationEvent(
                evaluation_id=evaluation_id,
                attempt=attempt,
                at=now,
                stage=event.stage,
                state=event.state,
                detail=one_line(event.detail, DETAIL_MAX),
                elapsed_s=event.elapsed_s,
                expected_s=event.expected_s,
                done=event.done,
                total=event.total,
            )
        )
