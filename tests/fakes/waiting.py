"""Waiting for what another process, or the kernel, does in its own time."""

import time
from collections.abc import Callable

PATIENCE_S = 20.0
LOOK_S = 0.05


def wait_until(
    true: Callable[[], object], seconds: float = PATIENCE_S, otherwise: str = "it is not so"
) -> None:
    """Wait until it is so.

    Raises:
        AssertionError: it is not after so many seconds; `otherwise` says what is the case.
    """
    end_s = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end_s, f"{otherwise} after {seconds:.0f} s"
        time.sleep(LOOK_S)
