"""Records are made and written on a thread of their own, one after another.

A body of a megabyte takes milliseconds to compress, and a reader of our output may be slow:
neither may hold up the loop that requests are sent from.
"""

from collections.abc import Callable
from typing import Any

from gevent.threadpool import ThreadPool

from assay_probe.records import Record


class Outbox:
    """Stands between the greenlets of a probe and its output."""

    def __init__(self, emit: Callable[[Record], None]) -> None:
        """`emit` is called on the thread, never twice at once.

        The thread begins here: one that begins after its process asked for short slices has
        them too, and would not give way to the loop at once.
        """
        self._emit = emit
        self._thread = ThreadPool(1)
        self._thread.apply(_begin)

    def emit(self, record: Record) -> None:
        """Write a record; only the calling greenlet waits, until it is written.

        Raises:
            OSError: nobody reads any more.
        """
        self._thread.apply(self._emit, (record,))

    def emit_made(self, make: Callable[..., Record], *arguments: Any) -> None:  # noqa: ANN401
        """Make a record of the arguments on the thread, too, and write it."""
        self._thread.apply(lambda: self._emit(make(*arguments)))

    def close(self) -> None:
        """Wait until everything is written."""
        self._thread.join()


def _begin() -> None:
    """Work for a thread to begin with."""
