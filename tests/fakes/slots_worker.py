"""A worker whose slots have the cores it is told, however few this machine has.

    python -m tests.fakes.slots_worker 0 1

starts one with two slots, one on core 0 and one on core 1. It ends with SIGTERM.
"""

import signal
import sys
import threading

from assay.bootstrap.cores import CoreSet
from assay.bootstrap.installation import opened
from assay.bootstrap.settings import read_settings
from assay.worker.loop import working


def main(words: list[str]) -> None:
    """Work until told to stop."""
    sets: tuple[CoreSet, ...] = tuple((int(word),) for word in words)
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    with opened(read_settings()) as installation, working(installation, sets):
        print("working", flush=True)
        over.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
