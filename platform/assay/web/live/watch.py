"""Wakes whoever watches an evaluation when something happened to it.

One reader asks the database twice a second for all watchers of this process together; who is
woken reads what is new by itself. Nobody watching, nobody asks.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from assay.db.session import Database
from assay.features.submissions.reading import marks

LOOK_EVERY_S = 0.5

Marks = Mapping[str, object]
"""Evaluation id -> something that differs once something happened."""


class Watcher:
    """Somebody who watches one evaluation."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()

    async def wait(self, at_most_s: float) -> None:
        """Until something happened since the last wait, or for so long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.woken.wait(), at_most_s)
        self.woken.clear()


class Watch:
    """The watchers of one process. For one event loop.

    Attributes:
        is_over: The server stops: whoever watches leaves.
    """

    def __init__(self, marks_of: Callable[[Collection[str]], Marks]) -> None:
        self._marks_of = marks_of
        self._watchers: dict[str, set[Watcher]] = {}
        self._looking: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_over = False

    @property
    def watchers(self) -> int:
        """How many there are."""
        return sum(map(len, self._watchers.values()))

    def wind_down(self) -> None:
        """Wake everybody for the last time, so that a server can end soon. From any thread."""
        self.is_over = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    @contextmanager
    def on(self, evaluation_id: str) -> Iterator[Watcher]:
        """Watch one. Read it first, then wait: what happens in between wakes the watcher."""
        watcher = Watcher()
        self._loop = asyncio.get_running_loop()
        self._watchers.setdefault(evaluation_id, set()).add(watcher)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield watcher
        finally:
            self._watchers[evaluation_id].discard(watcher)
            if not self._watchers[evaluation_id]:
                del self._watchers[evaluation_id]

    async def _look(self) -> None:
        """Until nobody watches."""
        seen: dict[str, Any] = {}
        while self._watchers and not self.is_over:
            try:
                found = await asyncio.to_thread(self._marks_of, list(self._watchers))
            except SQLAlchemyError as error:
                structlog.get_logger().warning("cannot see what happened", reason=str(error))
                found = {}
            self._wake(found, seen)
            await asyncio.sleep(LOOK_EVERY_S)

    def _wake_all(self) -> None:
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.woken.set()

    def _wake(self, found: Marks, seen: dict[str, Any]) -> None:
        for evaluation_id, mark in found.items():
            if seen.get(evaluation_id) != mark:
                seen[evaluation_id] = mark
                for watcher in self._watchers.get(evaluation_id, ()):
                    watcher.woken.set()


def marks_of(database: Database) -> Callable[[Collection[str]], Marks]:
    """Asks the database for the marks of some evaluations."""

    def ask(evaluation_ids: Collection[str]) -> Marks:
        with database.read() as session:
            return marks(session, evaluation_ids)

    return ask
