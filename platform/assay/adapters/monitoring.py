"""Containers with Prometheus in them: the candidate's rules run there and nowhere else."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from threading import Timer

from assay.adapters.faults import ours
from assay.adapters.reading import records
from assay.domain.errors import CandidateFault, PlatformFault
from assay.kit.deadline import Deadline
from assay_probe.records import Record
from assay_sandbox.engine import Container, Exited
from assay_sandbox.environment import MONITORING_LIMITS, Environment

STOP_S = 15.0
"""What runs beside the service has this long to finish once it is told to."""
TAIL = 2000


@dataclass(slots=True)
class Monitoring:
    """Starts them, one beside the service at most.

    Attributes:
        environment: Where they run.
        image: Their image, None if there is none here.
    """

    environment: Environment
    image: str | None
    _beside: Container | None = field(init=False, default=None)
    _last_word: Timer | None = field(init=False, default=None)

    def run(
        self, files: Mapping[str, bytes], *, beside_service: bool, deadline: Deadline
    ) -> Iterator[Record]:
        """See `World.monitoring`. The container is removed when the records are read or dropped."""
        if self.image is None:
            raise PlatformFault(
                "there is no Prometheus here to run alert rules with",
                remedy="`assay doctor --fix` installs it; see `assay doctor`",
            )
        with ours("starting the monitoring"):
            container = self.environment.start_monitoring(
                self.image, files, beside_service=beside_service
            )
        if beside_service:
            self._beside = container
        return self._read(container, deadline)

    def stop(self) -> None:
        """See `World.stop_monitoring`. One that does not obey is killed."""
        if (container := self._beside) is None:
            return
        with ours("stopping the monitoring"):
            container.signal("SIGTERM")
        self._last_word = Timer(STOP_S, container.signal, args=("SIGKILL",))
        self._last_word.daemon = True
        self._last_word.start()

    def _read(self, container: Container, deadline: Deadline) -> Iterator[Record]:
        try:
            yield from records(container, deadline)
        except PlatformFault as fault:
            _blame(container, fault)
            raise
        finally:
            self._forget(container)
            with ours("removing the monitoring"):
                self.environment.remove(container)

    def _forget(self, container: Container) -> None:
        if self._beside is not container:
            return
        self._beside = None
        if self._last_word is not None:
            self._last_word.cancel()
            self._last_word = None


def _blame(container: Container, fault: PlatformFault) -> None:
    """Raise `CandidateFault` if the rules, and not we, ended it."""
    state, text = container.state(), container.logs().text[-TAIL:]
    if not isinstance(state, Exited):
        return
    if state.oom_killed:
        limit = f"{MONITORING_LIMITS.memory_mib} MiB"
        raise CandidateFault(f"the alert rules need more than {limit}", evidence=text) from fault
    if state.log_flood:
        raise CandidateFault("the alert rules flooded the output", evidence=text) from fault
