"""What our own programs are given, and what they write: files before the start, records after."""

import contextlib
from collections.abc import Iterator, Mapping
from queue import Empty, Queue
from threading import Thread

from assay.adapters.faults import ours
from assay.domain.errors import PlatformFault
from assay.kit.deadline import Deadline
from assay_probe.plan import Plan, dump
from assay_probe.records import Done, Event, Record, load
from assay_sandbox.engine import Container, Exited

DIRECTORY = "/probe"
STAND_IN_START_S = 15.0
STAND_IN_LIVES_S = 3600.0
KILL_SLACK_S = 10.0
PROBE_TAIL = 2000


def laid_out(plan: Plan, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Files by name and the plan, as they are placed in a container."""
    placed = {f"{DIRECTORY}/{name}": content for name, content in files.items()}
    return {**placed, f"{DIRECTORY}/plan.json": dump(plan).encode()}


def lines(container: Container, *, lives_s: float, patience_s: float) -> Iterator[str]:
    """Lines of a container as they come; a thread feeds them so that the reader may be slow.

    The reader may stop listening at any time: removing the container ends the thread.

    Args:
        container: What to read.
        lives_s: After this the container is killed.
        patience_s: How long to wait for one line.
    """
    queue: Queue[str | Exited | BaseException] = Queue()

    def feed() -> None:
        try:
            state = container.follow(queue.put, deadline_s=lives_s)
            queue.put(state if isinstance(state, Exited) else Exited(code=-1))
        except Exception as error:  # noqa: BLE001 - raised again by whoever reads
            queue.put(error)

    Thread(target=feed, daemon=True, name="probe-output").start()
    while True:
        try:
            item = queue.get(timeout=patience_s)
        except Empty:
            raise PlatformFault("the probe fell silent; the engine did not say why") from None
        if isinstance(item, BaseException):
            raise item
        if isinstance(item, Exited):
            return
        yield item


def records(container: Container, deadline: Deadline) -> Iterator[Record]:
    """Records of a probe until it is done.

    Raises:
        PlatformFault: it ended without `Done`, or wrote something that is not a record.
    """
    remaining_s = deadline.remaining_s()
    with ours("reading the probe"):
        for line in lines(container, lives_s=remaining_s, patience_s=remaining_s + KILL_SLACK_S):
            with contextlib.suppress(ValueError):
                record = load(line)
                yield record
                if isinstance(record, Done):
                    return
    raise PlatformFault(
        f"the probe ended before its plan did: {container.logs().text[-PROBE_TAIL:]}",
        remedy="run again; if it repeats, report this output",
    )


def wait_until_ready(container: Container) -> None:
    """Wait for a stand-in's "ready"."""
    for line in lines(container, lives_s=STAND_IN_LIVES_S, patience_s=STAND_IN_START_S):
        with contextlib.suppress(ValueError):
            record = load(line)
            if isinstance(record, Event) and record.name == "ready":
                return
    raise PlatformFault(
        f"the dependency stand-ins did not start: {container.logs().text[-PROBE_TAIL:]}"
    )
