"""A started service, with the counters of its container."""

import time
from dataclasses import dataclass

from assay.adapters.faults import ours
from assay.evaluation.ports import ExitReport, Sample, Termination, UsageWindow
from assay_sandbox.engine import Container, Exited
from assay_sandbox.sampling import UsageSampler

POLL_S = 0.01
KILL_S = 5.0


@dataclass(slots=True)
class RunningService:
    """A service under measurement on a sandbox container."""

    container: Container
    sampler: UsageSampler

    @property
    def url(self) -> str:
        """Where the probe reaches it."""
        host, port = self.container.address()
        return f"http://{host}:{port}"

    def url_at(self, port: int) -> str:
        """See `Service.url_at`."""
        with ours("finding the way to another port of the service"):
            host, at = self.container.address(port=port)
        return f"http://{host}:{at}"

    def exit(self) -> ExitReport | None:
        """See `Service.exit`."""
        state = self.container.state()
        if not isinstance(state, Exited):
            return None
        return ExitReport(state.code, state.oom_killed, state.log_flood)

    def log(self) -> tuple[str, int]:
        """See `Service.log`."""
        tail = self.container.logs()
        return tail.text, tail.total_bytes

    def usage(self, since_s: float, until_s: float) -> UsageWindow | None:
        """See `Service.usage`."""
        window = self.sampler.window(self.container, since_s, until_s)
        if window is None:
            return None
        return UsageWindow(
            cpu_s=window.cpu_s,
            foreign_cpu_s=window.foreign_cpu_s,
            memory_mib_mean=window.memory_mib_mean,
            memory_mib_max=window.memory_mib_max,
            steal_s=window.steal_s,
        )

    def samples(self) -> tuple[Sample, ...]:
        """See `Service.samples`."""
        return tuple(
            Sample(u.at_s, u.cpu_s, u.memory_bytes) for u in self.sampler.samples(self.container)
        )

    def terminate(self, *, grace_s: float) -> Termination:
        """See `Service.terminate`."""
        before_s = time.monotonic()
        self.container.signal("SIGTERM")
        after_s = time.monotonic()
        if ended := self._wait(grace_s):
            return Termination(ended, time.monotonic() - before_s, before_s, after_s)
        self.container.signal("SIGKILL")
        killed = self._wait(KILL_S) or ExitReport(137, False, False)
        return Termination(killed, None, before_s, after_s)

    def _wait(self, seconds: float) -> ExitReport | None:
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            if ended := self.exit():
                return ended
            time.sleep(POLL_S)
        return self.exit()
