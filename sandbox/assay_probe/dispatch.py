"""Sending on a schedule that nothing shifts, neither a slow answer nor our own lateness."""

import time
from collections.abc import Iterable, Iterator

import gevent

from assay_probe.pacer import Pacer

DISPATCH_S = 70e-6
"""The least it takes from the pacer's return to the bytes in the kernel; asked for that much
early, no request was seen to leave before its instant."""
YIELD_EVERY = 32
"""Overdue sends between two looks at the sockets, so that catching up starves nobody."""


def on_schedule(pacer: Pacer, origin_s: float, intended_us: Iterable[int]) -> Iterator[int]:
    """The number of each arrival at its instant; those that are overdue at once, in order.

    Args:
        pacer: Waits.
        origin_s: Monotonic instant that the schedule counts from.
        intended_us: Microseconds after it, ascending.
    """
    overdue = 0
    for index, at_us in enumerate(intended_us):
        instant_s = origin_s + at_us * 1e-6
        overdue = 0 if pacer.wait_until(instant_s - DISPATCH_S) else overdue + 1
        yield index
        if overdue % YIELD_EVERY == YIELD_EVERY - 1:
            gevent.sleep(0)


def sleep_until(instant_s: float) -> None:
    """Return at a monotonic instant, up to a millisecond late; at once if it is past."""
    gevent.sleep(max(0.0, instant_s - time.monotonic()))
