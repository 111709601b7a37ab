"""Processes that have started and imported everything, and wait for an evaluation.

That takes a second or two, in which a candidate would look at a silent terminal. There is one
for each free slot. It serves one evaluation and is gone after it, so nothing of one submission
ever reaches another; the next one starts when that evaluation has ended, when nobody measures on
those cores. A process that waits dies with the worker: the end of its input is its end.
"""

import logging
import threading
from collections.abc import Callable

from assay.bootstrap.cores import CoreSet
from assay.bootstrap.driven_process import DrivenProcess
from assay.domain.errors import PlatformFault

logger = logging.getLogger(__name__)


class Reserve:
    """At most one process for each core set. Safe to use from any thread."""

    def __init__(self, start: Callable[[CoreSet], DrivenProcess] = DrivenProcess) -> None:
        """Nothing is started before `prepare`."""
        self._start = start
        self._waiting: dict[CoreSet, DrivenProcess] = {}
        self._closed = False
        self._lock = threading.Lock()

    def prepare(self, cores: CoreSet) -> None:
        """Let one wait for these cores. If none can be started, `take` will say why."""
        with self._lock:
            if self._closed or cores in self._waiting:
                return
            try:
                self._waiting[cores] = self._start(cores)
            except PlatformFault as fault:
                logger.warning("no process could be started in reserve: %s", fault)

    def take(self, cores: CoreSet) -> DrivenProcess:
        """The one that waits for these cores, or a new one.

        Raises:
            PlatformFault: there is none, and none could be started.
        """
        with self._lock:
            waiting = self._waiting.pop(cores, None)
        if waiting is None:
            return self._start(cores)
        if waiting.is_fit:
            return waiting
        waiting.kill()
        return self._start(cores)

    def close(self) -> None:
        """End those that wait; from now on none does. What was taken goes on."""
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, {}
        for process in waiting.values():
            process.kill()
