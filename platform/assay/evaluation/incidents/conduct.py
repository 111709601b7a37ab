"""Carrying a timeline out: the probe sends and records, the sandbox harms and heals beside it.

The probe's clock decides when: it writes a mark at every onset and end, and what has to be
done to the container is done when the mark is read. When it was really done is a fact.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.domain.errors import PlatformFault
from assay.domain.timeline import IncidentSpec
from assay.evaluation.incidents.timeline import Timeline
from assay.evaluation.incidents.traffic import BEGIN, END, SERVICE_FAULTS
from assay.evaluation.run import MAX_RESTARTS, Run
from assay.kit.deadline import Deadline
from assay_probe.plan import IncidentsPlan
from assay_probe.records import Event, Record

ORIGIN, IDLE, MINUTE = "origin", "idle", "minute"
FAULT_S = 20.0
"""Longest call of the engine for one harm or heal."""
STAGE_SLACK_S = 20.0
OWN_USE, OWN_USE_S = "share_of_own_use", 5.0
"""Setting of an injector: a share of the CPU time the service used in so many seconds before."""
SHARE_MIN = 0.01
"""Of a core; the kernel gives no less."""


@dataclass(slots=True)
class Carried:
    """One incident as it was carried out. Virtual minutes since the origin, None until then."""

    onset_min: float | None = None
    end_min: float | None = None
    done: bool = True
    note: str = ""


@dataclass(slots=True)
class Conductor:
    """Hears the probe and does the sandbox's part.

    Attributes:
        carried: Incident id -> what became of it.
        origin_s: Instant of the probe's clock that plan seconds count from.
        idle_s: Instant from which nothing was sent any more.
    """

    run: Run
    timeline: Timeline
    origin_s: float = 0.0
    idle_s: float = 0.0
    carried: dict[str, Carried] = field(default_factory=dict)
    _active: dict[str, IncidentSpec] = field(default_factory=dict)
    _restarts: int = 0

    def records(self, plan: IncidentsPlan, files: dict[str, bytes]) -> list[Record]:
        """Run the plan to its end; whatever happens, nothing stays harmed."""
        seconds = max(s.end_s for s in plan.segments) + plan.request.timeout_s + plan.idle_s
        with self._healed():
            return self.run.probe(
                plan, seconds=seconds + STAGE_SLACK_S, on_event=self._hear, files=files
            )

    @contextlib.contextmanager
    def _healed(self) -> Iterator[None]:
        try:
            yield
        finally:
            for spec in list(self._active.values()):
                with contextlib.suppress(PlatformFault):
                    self._heal(spec)

    def _hear(self, event: Event) -> bool:
        """Whether the event was for us alone."""
        if event.name == ORIGIN:
            self.origin_s = event.at_s
            return True
        if event.name == IDLE:
            self.idle_s = event.at_s
            return True
        if event.name in (BEGIN, END):
            self._mark(event)
            return True
        if event.name == MINUTE:
            self._keep_alive()
            self.run.say(self._now(event.done), done=event.done, total=event.total)
            return True
        return False

    def _now(self, minute: int) -> str:
        """What a person watching is told."""
        if self._active:
            return "; ".join(spec.title for spec in self._active.values())
        return "warming up" if minute < self.timeline.warmup_min else "quiet"

    def _mark(self, event: Event) -> None:
        spec = next(one.spec for one in self.timeline.planned if one.spec.id == event.detail)
        carried = self.carried.setdefault(spec.id, Carried())
        if event.name == BEGIN:
            self._harm(spec, carried)
        else:
            self._heal(spec)
        at_min = round(max(event.at_s, self._done_s(spec, event)) - self.origin_s, 3)
        if event.name == BEGIN:
            carried.onset_min = at_min
        else:
            carried.end_min = at_min

    def _done_s(self, spec: IncidentSpec, event: Event) -> float:
        """A fault of the container begins and ends when the engine has done it."""
        return self.run.clock.monotonic_s() if spec.injector in SERVICE_FAULTS else event.at_s

    def _harm(self, spec: IncidentSpec, carried: Carried) -> None:
        self._active[spec.id] = spec
        if spec.injector not in SERVICE_FAULTS:
            return
        faults = self.run.world.faults
        if not faults.can(spec.injector):
            carried.done = False
            carried.note = f"this engine cannot do {spec.injector!r} to a service"
            return
        deadline = self.run.deadline.sooner(FAULT_S)
        try:
            faults.inject(spec.injector, self._settings(spec), deadline=deadline)
        except PlatformFault as fault:
            carried.done, carried.note = False, str(fault)

    def _settings(self, spec: IncidentSpec) -> Mapping[str, Any]:
        """Those of the injector; a share of what the service used becomes a share of a core.

        A fixed share would be nothing to an efficient service and the end of a slow one.
        """
        settings = dict(spec.settings)
        if OWN_USE not in settings:
            return settings
        factor, now_s = float(settings.pop(OWN_USE)), self.run.clock.monotonic_s()
        usage = self.run.services["submission"].usage(now_s - OWN_USE_S, now_s)
        if usage is None:
            raise PlatformFault("the CPU time of the service is not known here")
        share = factor * usage.cpu_s / OWN_USE_S
        if share < SHARE_MIN:
            raise PlatformFault("the service needs so little CPU that no less can be given to it")
        return {**settings, "share": share}

    def _heal(self, spec: IncidentSpec) -> None:
        """Undo it, in time of its own: a deadline that has passed leaves nothing harmed.

        Raises:
            PlatformFault: it could not be undone, and what follows would be judged for it.
        """
        if spec.id not in self._active:
            return
        faults = self.run.world.faults
        if spec.injector in SERVICE_FAULTS and faults.can(spec.injector):
            faults.heal(spec.injector, deadline=Deadline.after(FAULT_S))
        del self._active[spec.id]

    def _keep_alive(self) -> None:
        """Start a service again that died by itself, as whoever deploys it would."""
        if any(spec.injector in SERVICE_FAULTS for spec in self._active.values()):
            return
        ended = self.run.services["submission"].exit()
        if ended is None or self._restarts == MAX_RESTARTS:
            return
        self._restarts += 1
        with contextlib.suppress(PlatformFault):
            self.run.services["submission"] = self.run.world.boot(
                "submission",
                self.run.images["submission"],
                deadline=self.run.deadline.sooner(FAULT_S),
            )
            self.run.deaths.append(ended)
