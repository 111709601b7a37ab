"""A service of another process: what is known of it, and how it goes on after a new start."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assay.domain.errors import PlatformFault
from assay.domain.measurements import Fact
from assay.evaluation.ports import ExitReport, Sample, Service, Termination, UsageWindow

READING_EVERY_S = 0.25
"""Finer than the plots; the greatest memory between two readings is never lost."""
LOG_CHARACTERS = 20_000

Reading = tuple[float, float, int]
"""Seconds since the evaluation began, CPU-seconds, bytes of anonymous memory."""


class Past(Fact):
    """What one process knows of a service and tells the next one.

    Attributes:
        ended: How it ended; None if it still ran.
        log: The end of what it printed.
        log_bytes: All that it printed, in bytes.
    """

    ended: ExitReport | None
    log: str
    log_bytes: int
    readings: tuple[Reading, ...]


def past_of(service: Service, origin_s: float) -> Past:
    """All that is known of a service now.

    Args:
        service: One that runs, or that has ended.
        origin_s: Monotonic instant at which the evaluation began.
    """
    log, log_bytes = service.log()
    return Past(
        ended=service.exit(),
        log=log[-LOG_CHARACTERS:],
        log_bytes=log_bytes,
        readings=tuple(
            (s.at_s - origin_s, s.cpu_s, s.memory_bytes) for s in _thinned(service.samples())
        ),
    )


def _thinned(samples: Sequence[Sample]) -> list[Sample]:
    """The first, the last, and of each short while between them the one with most memory."""
    if len(samples) <= 2:
        return list(samples)
    kept: dict[int, Sample] = {}
    for sample in samples[1:-1]:
        place = int(sample.at_s / READING_EVERY_S)
        if place not in kept or sample.memory_bytes > kept[place].memory_bytes:
            kept[place] = sample
    return [samples[0], *kept.values(), samples[-1]]


@dataclass(frozen=True, slots=True)
class Remembered:
    """The `Service` that another process had: it can be asked, but does nothing any more."""

    past: Past
    origin_s: float

    @property
    def url(self) -> str:
        """See `Service`. There is none."""
        raise PlatformFault("the service is gone with the process that had started it")

    def url_at(self, port: int) -> str:
        """See `Service`. There is none."""
        return self.url

    def exit(self) -> ExitReport | None:
        """See `Service`. None for one that ran when it was last seen."""
        return self.past.ended

    def log(self) -> tuple[str, int]:
        """See `Service`."""
        return self.past.log, self.past.log_bytes

    def usage(self, since_s: float, until_s: float) -> UsageWindow | None:
        """See `Service`. Nothing is counted any more."""
        return None

    def samples(self) -> tuple[Sample, ...]:
        """See `Service`, on the clock of this process."""
        return tuple(
            Sample(at_s + self.origin_s, cpu_s, memory_bytes)
            for at_s, cpu_s, memory_bytes in self.past.readings
        )

    def terminate(self, *, grace_s: float) -> Termination:
        """See `Service`. There is nothing to end."""
        raise PlatformFault(f"the service is gone; it cannot be told to end within {grace_s:g} s")


@dataclass(frozen=True, slots=True)
class Continued:
    """A `Service` started once more in place of a remembered one: one life of two parts."""

    before: Remembered
    service: Service

    @property
    def url(self) -> str:
        """See `Service`."""
        return self.service.url

    def url_at(self, port: int) -> str:
        """See `Service`."""
        return self.service.url_at(port)

    def exit(self) -> ExitReport | None:
        """See `Service`."""
        return self.service.exit()

    def log(self) -> tuple[str, int]:
        """See `Service`."""
        (earlier, earlier_bytes), (log, log_bytes) = self.before.log(), self.service.log()
        return earlier + log, earlier_bytes + log_bytes

    def usage(self, since_s: float, until_s: float) -> UsageWindow | None:
        """See `Service`."""
        return self.service.usage(since_s, until_s)

    def samples(self) -> tuple[Sample, ...]:
        """See `Service`. CPU time goes on from where it stood."""
        earlier = self.before.samples()
        used_s = earlier[-1].cpu_s if earlier else 0.0
        later = (replace(s, cpu_s=s.cpu_s + used_s) for s in self.service.samples())
        return (*earlier, *later)

    def terminate(self, *, grace_s: float) -> Termination:
        """See `Service`."""
        return self.service.terminate(grace_s=grace_s)
