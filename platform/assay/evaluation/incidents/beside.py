"""A real Prometheus and Alertmanager beside the service for as long as the timeline lasts.

What they show is a bonus of realism, the replay gives the mark: whatever becomes of them, the
timeline goes on, and the facts say what happened.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Thread

from assay.domain.errors import AssayError
from assay.domain.incidents import LiveFacts
from assay.evaluation.alerting.live import LiveRun, live_facts
from assay.evaluation.ports import ProbeFiles
from assay.evaluation.run import Run
from assay_probe.records import Record

JOIN_S = 30.0
"""Longest wait for the last notifications once it has been told to stop."""


@dataclass(slots=True)
class Beside:
    """Reads a live run on a thread of its own.

    Attributes:
        records: What came so far.
        ended: Why it ended early, "" if it did not.
    """

    run: Run
    live: LiveRun | None
    records: list[Record] = field(default_factory=list)
    ended: str = ""

    def facts(self, origin_s: float) -> LiveFacts | None:
        """What it showed, None if there was nothing to run.

        Args:
            origin_s: Instant of the first scrape slot, on the probe's clock.
        """
        if self.live is None:
            return None
        found = live_facts(self.records, origin_s=origin_s, unscaled=self.live.unscaled)
        return found.model_copy(update={"message": self.ended}) if self.ended else found


@contextlib.contextmanager
def beside(run: Run, live: LiveRun | None, *, join_s: float = JOIN_S) -> Iterator[Beside]:
    """Start it, and stop it at the end; without rules there is nothing to start."""
    watch = Beside(run, live)
    reader = _started(watch)
    try:
        yield watch
    finally:
        if reader is not None:
            with contextlib.suppress(AssayError):
                run.world.stop_monitoring()
            reader.join(join_s)
            if reader.is_alive():
                watch.ended = watch.ended or "it did not stop when it was told to"


def _started(watch: Beside) -> Thread | None:
    if watch.live is None:
        return None
    deadline = watch.run.deadline.sooner(watch.live.plan.limit_s + JOIN_S)
    try:
        records = watch.run.world.monitoring(
            watch.live.plan,
            ProbeFiles(dict(watch.live.files)),
            beside_service=True,
            deadline=deadline,
        )
    except AssayError as fault:
        watch.ended = str(fault)
        return None
    reader = Thread(target=_read, args=(watch, records), daemon=True, name="live-alerting")
    reader.start()
    return reader


def _read(watch: Beside, records: Iterator[Record]) -> None:
    try:
        for record in records:
            watch.records.append(record)
    except AssayError as fault:
        watch.ended = str(fault)
    except Exception as error:  # noqa: BLE001 - told in the facts; the timeline goes on
        watch.ended = f"{type(error).__name__}: {error}"
