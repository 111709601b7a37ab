"""Greenlets of which the first failure is heard: what nobody waits for must not fail silently."""

from collections.abc import Callable
from typing import Any

from gevent import Greenlet
from gevent.event import AsyncResult
from gevent.pool import Group


class Crew:
    """A group of greenlets that share one place for their first failure.

    Attributes:
        failure: Set with the exception of the first greenlet that fails.
    """

    def __init__(self, failure: AsyncResult, group: Group | None = None) -> None:
        """`group` may be a pool; then `spawn` waits for a place in it."""
        self.failure = failure
        self._group = Group() if group is None else group

    def spawn(self, work: Callable[..., object], *arguments: Any) -> Greenlet:  # noqa: ANN401
        """Start `work` on the arguments."""
        greenlet = self._group.spawn(work, *arguments)
        greenlet.link_exception(self.failure)
        return greenlet

    def join(self, timeout_s: float | None = None) -> None:
        """Wait until all have ended, or so long."""
        self._group.join(timeout=timeout_s)

    def kill(self) -> None:
        """End those that have not."""
        self._group.kill()
