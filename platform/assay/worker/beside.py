"""Work in a thread of its own, as long as something else goes on."""

import contextlib
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def beside(name: str, work: Callable[[threading.Event], None], *, stop_s: float) -> Iterator[None]:
    """Work in a thread until the block ends.

    Args:
        name: Of the thread.
        work: Ends soon after the event that it is given is set.
        stop_s: What it may take to end; what takes longer ends with the process.
    """
    over = threading.Event()
    thread = threading.Thread(target=work, args=(over,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(stop_s)
