"""The state of one evaluation while its stages run. Stages change it, nobody else does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from assay.domain.errors import CandidateFault, PlatformFault
from assay.domain.measurements import LatencySlice
from assay.evaluation.generating import labelled_spec, with_rows
from assay.evaluation.live_log import live_log
from assay.evaluation.material import Material, write_rows
from assay.evaluation.ports import (
    BuildResult,
    ExitReport,
    Exporter,
    ProbeFiles,
    Progress,
    ProgressEvent,
    Role,
    Service,
    World,
)
from assay.evaluation.stretches import Stretch
from assay.evaluation.windows import slices
from assay.kit.chance import derived_seed
from assay.kit.clock import Clock
from assay.kit.deadline import Deadline
from assay.kit.text import storable
from assay_probe.plan import BootPlan, OpenLoopPlan, Plan, RequestSpec, Target
from assay_probe.records import BootRecord, Done, Event, OpenLoopRecord, Record

PROBE_SLACK_S = 30.0
"""What a probe may need beyond its plan: starting, draining, writing its records."""
MAX_RESTARTS = 3
"""How often we start a service again that died; a crash loop ends there."""

T = TypeVar("T")
OnEvent = Callable[[Event], object]
"""Hears an event as it comes; a true answer means that the caller told the watcher itself."""


@dataclass(slots=True)
class Run:
    """One evaluation under way.

    Attributes:
        material: The challenge.
        tree: Directory of the exported submission.
        seed: Decides every draw.
        origin_s: Monotonic instant at which the evaluation began.
        facts: Fields of the evidence, filled by the stages.
        images: Role -> engine handle of the image to start. At home there is no reference.
        services: Role -> what runs now.
        traffic_s: Seconds of building and traffic in the running stage.
        stage: Name of the running stage.
        served: For each start of the submission, requests it was sent so far by load and
            capacity, with its memory.
        deaths: How the submission ended by itself.
        profile: How long and how full the timeline of incidents is.
        started_s: Instant of the last start of a container.
        artifacts: Files that belong beside the evidence, by name.
        stage_started_s: Instant at which the running stage began.
        stretches: Of the running stage, of which the bill is wanted apart.
        meter_marks: Role and dependency -> the last record of its meter that is known.
    """

    material: Material
    world: World
    exporter: Exporter
    tree: Path
    seed: int
    deadline: Deadline
    progress: Progress
    clock: Clock
    origin_s: float
    facts: dict[str, Any] = field(default_factory=dict)
    images: dict[Role, str] = field(default_factory=dict)
    services: dict[Role, Service] = field(default_factory=dict)
    slices: list[LatencySlice] = field(default_factory=list)
    served: list[list[tuple[int, float]]] = field(default_factory=list)
    deaths: list[ExitReport] = field(default_factory=list)
    reference_capacity_rps: float = 0.0
    profile: Literal["standard", "thorough"] = "standard"
    traffic_s: float = 0.0
    stage: str = ""
    first_request_s: float | None = None
    started_s: float = 0.0
    artifacts: dict[str, bytes] = field(default_factory=dict)
    stage_started_s: float = 0.0
    stretches: list[Stretch] = field(default_factory=list)
    meter_marks: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def has_reference(self) -> bool:
        """Whether the reference can run beside the submission."""
        return "reference" in self.images

    def since_start_s(self, instant_s: float) -> float:
        """A monotonic instant as seconds since the evaluation began."""
        return round(instant_s - self.origin_s, 4)

    def seed_for(self, *names: object) -> int:
        """The seed of one draw."""
        return derived_seed(self.seed, *names)

    def say(self, detail: str, *, done: int = 0, total: int = 0) -> None:
        """Tell whoever watches what is going on."""
        words, elapsed = storable(detail), self.since_start_s(self.clock.monotonic_s())
        self.progress(
            ProgressEvent(self.stage, "step", words, elapsed_s=elapsed, done=done, total=total)
        )

    def log(self, line: str) -> None:
        """Show whoever watches a line that the submission printed."""
        elapsed = self.since_start_s(self.clock.monotonic_s())
        self.progress(ProgressEvent(self.stage, "log", line, elapsed_s=elapsed))

    # ------------------------------------------------------------------ probes

    def probe(
        self,
        plan: Plan,
        *,
        seconds: float,
        on_event: OnEvent | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> list[Record]:
        """Run a plan to its end and return its records without the events.

        Args:
            plan: What to do; the pool of rows and the harness are laid out for it.
            seconds: How long it takes at most, by its own limits.
            on_event: Called for each event as it comes.
            files: More files beside the plan.

        Raises:
            PlatformFault: the probe did not finish its plan.
        """
        deadline = self.deadline.sooner(seconds + PROBE_SLACK_S)
        kept: list[Record] = []
        for record in self.world.probe(plan, self._files(files or {}), deadline=deadline):
            if isinstance(record, Event):
                self._heard(record, on_event)
            else:
                kept.append(record)
        return self._finished(kept)

    def _heard(self, event: Event, on_event: OnEvent | None) -> None:
        if on_event and on_event(event):
            return
        if event.detail or event.total:
            self.say(event.detail or event.name, done=event.done, total=event.total)

    def _finished(self, records: list[Record]) -> list[Record]:
        done = records.pop() if records and isinstance(records[-1], Done) else None
        if not isinstance(done, Done):
            raise PlatformFault(
                "the probe stopped before the end of its plan",
                remedy="run again; if it repeats, look at the probe's output in the run's files",
            )
        self.traffic_s += done.ended_s - done.started_s
        if self.first_request_s is None:
            self.first_request_s = self.since_start_s(done.started_s)
        return records

    def probe_for(self, kind: type[T], plan: Plan, *, seconds: float) -> T:
        """Run a plan that yields exactly one record of a kind."""
        records = [r for r in self.probe(plan, seconds=seconds) if isinstance(r, kind)]
        if len(records) != 1:
            raise PlatformFault(f"the probe wrote {len(records)} records of {kind.__name__}")
        return records[0]

    def _files(self, more: Mapping[str, bytes]) -> ProbeFiles:
        files = {f"harness/{name}": content for name, content in self.material.harness.items()}
        files["rows.jsonl"] = write_rows(self.material.rows)
        files["holdout.jsonl"] = write_rows(self.material.holdout)
        return ProbeFiles({**files, **more})

    def make_rows(self) -> None:
        """Have the challenge's generator make the rows of this evaluation, if it has one; once.

        No request is sent meanwhile, so it counts as overhead.

        Raises:
            PlatformFault: it failed, in its own words.
        """
        plan = self.material.making
        if plan is None or self.material.sets:
            return
        self.say("making the rows of this evaluation")
        before = (self.traffic_s, self.first_request_s)
        records = self.probe(plan, seconds=plan.deadline_s)
        self.traffic_s, self.first_request_s = before
        self.material = with_rows(self.material, records)

    # ---------------------------------------------------------------- services

    def build(self, target: str | None, *, seconds: float, told: bool = True) -> BuildResult:
        """Build the submission, or a stage of its Dockerfile; the time counts as building.

        Whoever watches is told what it prints, unless it is only made again.
        """
        with live_log(self.log if told else _unheard) as on_log:
            result = self.world.build(
                self.tree,
                tree_sha256=self.facts["checkout"].tree_sha256,
                target=target,
                deadline=self.deadline.sooner(seconds),
                on_log=on_log,
            )
        if not result.measurement.reused:
            self.traffic_s += result.measurement.build_s
        return result

    def request_spec(self, rows: str = "rows.jsonl") -> RequestSpec:
        """How a row becomes a request of the single-row endpoint."""
        score = self.material.challenge.contract.score
        return RequestSpec(
            method=score.method,
            path=score.path,
            rows=rows,
            answer=score.answer,
            tolerance=score.tolerance,
            timeout_s=score.timeout_s,
            max_response_bytes=score.max_response_bytes,
            unique=score.unique,
            labelled=labelled_spec(self.material.challenge.contract),
        )

    def target(self, role: Role) -> Target:
        """The service of a role as the probe addresses it."""
        return Target(role, self.service(role).url)

    def service(self, role: Role) -> Service:
        """The running service of a role; one that died is started again a few times.

        Raises:
            CandidateFault: the submission keeps dying.
            PlatformFault: the reference died.
        """
        service = self.services.get(role)
        ended = service.exit() if service else None
        if service and ended is None:
            return service
        if ended is not None and role == "reference":
            raise PlatformFault(f"the reference service died with exit code {ended.code}")
        if ended is not None:
            self._count_restart(ended)
        self.boot(role)
        return self.services[role]

    def ready_s(self, record: BootRecord) -> float | None:
        """Seconds from the last start of a container to ready, or None.

        An upper bound: the probe starts after the container, and asks only then.
        """
        if record.ready_at_s is None:
            return None
        return round(max(0.0, record.ready_at_s - self.started_s), 3)

    def _count_restart(self, ended: ExitReport) -> None:
        self.deaths.append(ended)
        if len(self.deaths) > MAX_RESTARTS:
            raise CandidateFault(
                f"the service died {len(self.deaths)} times, "
                f"the last time with exit code {ended.code}",
                evidence=self.services["submission"].log()[0][-2000:],
            )
        self.say(f"the service died with exit code {ended.code}; starting it again")

    def boot(self, role: Role) -> BootRecord:
        """Start (again) the service of a role and wait until it is ready.

        Raises:
            CandidateFault: the submission did not become ready.
            PlatformFault: the reference did not, the engine failed, or no rows could be made.
        """
        self.make_rows()
        limits = self.material.challenge.limits
        if role == "submission":
            self.served.append([])
        self.services[role] = self.world.boot(
            role, self.images[role], deadline=self.deadline.sooner(limits.boot_s + PROBE_SLACK_S)
        )
        self.started_s = self.clock.monotonic_s()
        plan = BootPlan(
            target=Target(role, self.services[role].url),
            request=self.request_spec(),
            ready_path=self.material.challenge.contract.ready,
            deadline_s=limits.boot_s,
            seed=self.seed_for("boot"),
        )
        record = self.probe_for(BootRecord, plan, seconds=limits.boot_s)
        if record.ready_s is None and role == "reference":
            raise PlatformFault(
                f"the reference service was not ready within {limits.boot_s:.0f} s: "
                f"{record.last_status}",
                remedy="look at the reference's log; the challenge may be broken on this host",
            )
        return record

    # ----------------------------------------------------------------- traffic

    def open_loop(self, plan: OpenLoopPlan, *, seconds: float) -> list[OpenLoopRecord]:
        """Run windows of open-loop load; keep what the plots and the memory need of them."""
        records = [r for r in self.probe(plan, seconds=seconds) if isinstance(r, OpenLoopRecord)]
        if len(records) != len(plan.windows):
            raise PlatformFault(f"{len(records)} of {len(plan.windows)} windows were recorded")
        self._note_windows(records)
        return records

    def _note_windows(self, records: list[OpenLoopRecord]) -> None:
        for record in records:
            self.slices += slices(record, self.since_start_s(record.started_s))
            if record.target == "submission":
                self.note_served(record.offered, record.started_s, record.ended_s)

    def note_served(self, requests: int, since_s: float, until_s: float) -> None:
        """Remember the submission's memory after so many more requests."""
        usage = self.services["submission"].usage(since_s, until_s)
        if usage is not None and self.served:
            life = self.served[-1]
            before = life[-1][0] if life else 0
            life.append((before + requests, usage.memory_mib_max))


def _unheard(_line: str) -> None:
    """Nobody is told."""
