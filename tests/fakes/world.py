"""A world without containers: services with given latencies, a probe that simulates traffic."""

import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hdrh.histogram import HdrHistogram
from tests.fakes.faults import FakeFaults
from tests.fakes.monitoring import FakeMonitoring
from tests.fakes.timeline_probe import TimelineProbe, rows_of

from assay.domain.evidence import Host
from assay.domain.measurements import BuildMeasurement, CheckoutMeasurement
from assay.evaluation.ports import (
    BuildResult,
    ExitReport,
    ProbeFiles,
    Role,
    Sample,
    Termination,
    UsageWindow,
)
from assay.kit.deadline import Deadline
from assay_probe.plan import (
    AnswersPlan,
    BootPlan,
    ContractPlan,
    IncidentsPlan,
    MeterPlan,
    OpenLoopPlan,
    OpenLoopWindow,
    Plan,
    SaturationPlan,
    ShutdownPlan,
    StandIn,
    ToldPlan,
    dump,
    load,
)
from assay_probe.records import (
    AnswersRecord,
    BootRecord,
    Done,
    Event,
    OpenLoopRecord,
    Record,
    SaturationRecord,
    ShutdownRecord,
    TestRecord,
    ToldRecord,
)

HOST = Host(
    engine="fake",
    capabilities=("kernel_counters",),
    missing_capabilities=(),
    cores=2,
    service_cores=(1,),
    probe_cores=(0,),
    memory_mib=8192,
    kernel="test",
    cgroup_version=2,
    clock_source="tsc",
)


@dataclass(slots=True)
class FakeClock:
    """A clock that only moves when someone waits or the probe runs."""

    now_s: float = 1000.0

    def monotonic_s(self) -> float:
        return self.now_s

    def unix_s(self) -> float:
        return self.now_s + 1.79e9

    def utc_iso(self) -> str:
        return "2026-01-01T00:00:00+00:00"

    def wait(self, seconds: float) -> None:
        self.now_s += seconds


def half(_body: Mapping[str, Any]) -> float:
    """The answer of a service that does not look."""
    return 0.5


@dataclass(slots=True)
class FakeService:
    """A service whose every property is given.

    Attributes:
        scores: Its answer to a body whose right answer does not stand with it.
        unanswered: So many rows of every plan of answers get none.
        dies_at_min: When it dies by itself on a timeline.
        revives: Whether a start brings it back to life.
        invents: Requests that it claims at every scrape and nobody sent.
    """

    latency_ms: float = 5.0
    rps: int = 400
    outcome: str = "o"
    foreign_share: float = 0.0
    cpu_share: float = 0.1
    ready: bool = True
    ends: ExitReport | None = None
    ends_on_sigterm_s: float | None = 0.5
    text: str = "started\n"
    memory_mib_per_window: float = 0.0
    counted: bool = True
    fails_open_loop: bool = False
    scores: Callable[[Mapping[str, Any]], float] = half
    unanswered: int = 0
    dies_at_min: tuple[float, ...] = ()
    revives: bool = False
    invents: int = 0
    clock: FakeClock = field(default_factory=FakeClock)
    _windows: int = 0

    @property
    def url(self) -> str:
        return "http://10.0.0.2:8080"

    def url_at(self, port: int) -> str:
        return f"http://10.0.0.2:{port}"

    def exit(self) -> ExitReport | None:
        return self.ends

    def log(self) -> tuple[str, int]:
        return self.text, len(self.text)

    def usage(self, since_s: float, until_s: float) -> UsageWindow | None:
        if not self.counted:
            return None
        self._windows += 1
        seconds = until_s - since_s
        memory = 100.0 + self._windows * self.memory_mib_per_window
        return UsageWindow(
            seconds * self.cpu_share, self.foreign_share * seconds, memory, memory, 0.0
        )

    def samples(self) -> tuple[Sample, ...]:
        return tuple(Sample(1000.0 + i, i / 2, 100 * 2**20) for i in range(5))

    def terminate(self, *, grace_s: float) -> Termination:
        took = self.ends_on_sigterm_s
        self.ends = ExitReport(0 if took is not None else 137, False, False)
        return Termination(self.ends, took, self.clock.now_s, self.clock.now_s)


def unread(_plan: MeterPlan) -> tuple[Record, ...]:
    """Meters that tell nothing."""
    return ()


@dataclass(slots=True)
class FakeWorld:
    """Serves prepared services and simulates what a probe would record.

    Attributes:
        meter: What the meters tell.
        told: Id of a request -> dollars that the submission says it cost.
        heard_late_s: So long after a mark of a timeline it is read.
        timeline_ends_at_min: The probe of a timeline ends there, with `timeline_error` or mute.
        boot_errors: Of the next starts, first one first.
        boots: What was started, in order.
        build_log: Lines that every build prints.
        files: Those beside the plans, in their order.
    """

    services: dict[Role, FakeService]
    clock: FakeClock
    built: bool = True
    probe_dies_in: str = ""
    tests: list[TestRecord] = field(default_factory=list)
    send_lag_us: int = 50
    late: float | None = None
    shutdown_outcomes: str = "oor"
    plans: list[Plan] = field(default_factory=list)
    host: Host = HOST
    faults: FakeFaults = field(default_factory=FakeFaults)
    prometheus: FakeMonitoring = field(default_factory=FakeMonitoring)
    dependencies: tuple[StandIn, ...] = ()
    meter: Callable[[MeterPlan], Iterable[Record]] = unread
    told: Mapping[str, float] = field(default_factory=dict)
    reference_dependencies: tuple[StandIn, ...] = ()
    heard_late_s: float = 0.0
    timeline_ends_at_min: float = math.inf
    timeline_error: Exception | None = None
    boot_errors: list[Exception] = field(default_factory=list)
    boots: list[Role] = field(default_factory=list)
    build_log: tuple[str, ...] = ()
    files: list[Mapping[str, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Faults take time on the clock of the world."""
        self.faults.clock = self.clock

    def build(
        self,
        tree: Path,
        *,
        tree_sha256: str,
        target: str | None,
        deadline: Deadline,
        on_log: Callable[[str], None],
    ) -> BuildResult:
        for line in self.build_log:
            on_log(line)
        if not self.built:
            failure = BuildMeasurement(
                built=False, reused=False, build_s=1, failure="command", message="RUN failed"
            )
            return BuildResult(failure, None)
        fact = BuildMeasurement(built=True, reused=False, build_s=1, image_mib=300, user="10001")
        return BuildResult(fact, f"image-{target or 'service'}")

    def boot(self, role: Role, image: str, *, deadline: Deadline) -> FakeService:
        self.boots.append(role)
        if self.boot_errors:
            raise self.boot_errors.pop(0)
        if self.services[role].revives:
            self.services[role].ends = None
        return self.services[role]

    def stand_ins(self, role: Role = "submission") -> tuple[StandIn, ...]:
        return self.dependencies if role == "submission" else self.reference_dependencies

    def monitoring(
        self, plan: Plan, files: ProbeFiles, *, beside_service: bool, deadline: Deadline
    ) -> Iterator[Record]:
        assert beside_service == (plan.kind == "live_alerting")
        return self.prometheus.run(load(dump(plan)), files.files)

    def stop_monitoring(self) -> None:
        self.prometheus.tell_to_stop()

    def probe(self, plan: Plan, files: ProbeFiles, *, deadline: Deadline) -> Iterator[Record]:
        """Plans are read as a real probe reads them, so that one it would refuse is refused."""
        self.plans.append(load(dump(plan)))
        self.files.append(files.files)
        started_s = self.clock.now_s
        if plan.kind == self.probe_dies_in:
            return
        if isinstance(plan, IncidentsPlan):
            yield from self._timeline(plan, files.files)
        elif isinstance(plan, MeterPlan | ToldPlan):
            yield from self._bill(plan)
        else:
            yield from self._records(plan, files.files)
        if plan.kind != "incidents" or math.isinf(self.timeline_ends_at_min):
            yield Done(started_s, self.clock.now_s, 0.1)

    def _records(self, plan: Plan, files: Mapping[str, bytes]) -> Iterator[Record]:
        match plan:
            case BootPlan():
                yield self._boot(plan)
            case ContractPlan():
                yield from self.tests
            case AnswersPlan():
                yield self._answers(plan, files)
            case OpenLoopPlan():
                for window in plan.windows:
                    yield self._open_loop(window)
            case SaturationPlan():
                yield from self._saturation(plan)
            case ShutdownPlan():
                yield from self._shutdown()

    def _bill(self, plan: MeterPlan | ToldPlan) -> Iterator[Record]:
        if isinstance(plan, MeterPlan):
            yield from self.meter(plan)
        else:
            yield ToldRecord({name: self.told.get(name) for name in plan.ids})

    def _boot(self, plan: BootPlan) -> BootRecord:
        service = self.services["reference" if plan.target.name == "reference" else "submission"]
        ready = 0.5 if service.ready and not service.ends else None
        return BootRecord(ready, ready and self.clock.now_s, 10, "503", "ooooo", [3.0] * 5)

    def _answers(self, plan: AnswersPlan, files: Mapping[str, bytes]) -> AnswersRecord:
        service = self.services["reference" if plan.target.name == "reference" else "submission"]
        rows = rows_of(files[plan.request.rows])[: plan.first or None]
        answers: dict[str, float | None] = {
            row["id"]: service.scores(row["body"]) if row["expected"] is None else row["expected"]
            for row in rows
        }
        answers |= dict.fromkeys([row["id"] for row in rows[: service.unanswered]])
        letters = "".join("5" if answers[row["id"]] is None else "o" for row in rows)
        return AnswersRecord(answers, letters, self.clock.now_s, self.clock.now_s + 1)

    def _timeline(self, plan: IncidentsPlan, files: Mapping[str, bytes]) -> Iterator[Record]:
        probe = TimelineProbe(
            plan=plan,
            files=files,
            service=self.services["submission"],
            faults=self.faults.on,
            clock=self.clock,
            lag_us=self.send_lag_us,
            late=self.late,
            canary_ms=self.services["reference"].latency_ms,
            heard_late_s=self.heard_late_s,
            ends_at_min=self.timeline_ends_at_min,
            error=self.timeline_error,
        )
        yield from probe.records()

    def _open_loop(self, window: OpenLoopWindow) -> OpenLoopRecord:
        service = self.services["reference" if window.target == "reference" else "submission"]
        rng = random.Random(window.seed)  # noqa: S311 - a fake probe
        count = max(1, int(window.rate_rps * window.duration_s))
        latency_us = [int(service.latency_ms * 1000 * rng.uniform(0.8, 1.2)) for _ in range(count)]
        hdr = HdrHistogram(1, 120_000_000, 3)
        for value in latency_us:
            hdr.record_value(value)
        started_s = self.clock.now_s
        self.clock.wait(window.duration_s)
        return OpenLoopRecord(
            target=window.target,
            label=window.label,
            rate_rps=window.rate_rps,
            seed=window.seed,
            started_s=started_s,
            ended_s=self.clock.now_s,
            offered=count,
            intended_us=sorted(int(rng.uniform(0, window.duration_s * 1e6)) for _ in range(count)),
            latency_us=latency_us,
            outcomes=("5" if service.fails_open_loop else service.outcome) * count,
            send_lag_us_p50=10,
            send_lag_us_p99=self.send_lag_us,
            send_lag_us_max=self.send_lag_us,
            generator_cpu_s=0.1,
            hdr=hdr.encode().decode(),
            schedule_sha256=f"{window.seed:064x}",
        )

    def _saturation(self, plan: SaturationPlan) -> Iterator[SaturationRecord]:
        window = plan.windows[0]
        started_s = self.clock.now_s
        self.clock.wait(window.duration_s + window.warmup_s)
        for name in window.targets:
            service = self.services["reference" if name == "reference" else "submission"]
            seconds = int(window.duration_s)
            correct = service.rps if service.outcome == "o" else 0
            yield SaturationRecord(
                target=name,
                label=window.label,
                concurrency=window.concurrency,
                started_s=started_s,
                ended_s=started_s + seconds,
                outcomes={service.outcome: service.rps * seconds},
                correct_per_second=[correct] * seconds,
                latency_us_p50=2000,
                latency_us_p95=4000,
                generator_cpu_s=0.5,
            )

    def _shutdown(self) -> Iterator[Record]:
        now_s = self.clock.now_s
        yield Event("traffic", now_s)
        signal_s = self.clock.now_s
        yield ShutdownRecord(
            sent_s=[signal_s - 0.3, signal_s - 0.1, signal_s + 0.2],
            ended_s=[signal_s - 0.2, signal_s + 0.1, signal_s + 0.2],
            outcomes=self.shutdown_outcomes,
        )


@dataclass(slots=True)
class FakeExporter:
    """Exports nothing, or refuses."""

    error: Exception | None = None

    def export(self, destination: Path, *, deadline: Deadline) -> CheckoutMeasurement:
        if self.error:
            raise self.error
        destination.mkdir(parents=True, exist_ok=True)
        (destination / "requirements.txt").write_text("fastapi==1.0\n")
        return CheckoutMeasurement(tree_sha256="0" * 64, commit=None, files=1, bytes=13)
