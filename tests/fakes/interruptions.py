"""An evaluation on fakes that is put down and taken up by new processes, as often as wanted."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as Signal
from typing import Any

from tests.fakes.challenges import make_material
from tests.fakes.incident_run import HANG, RULES, SURGE, WATCHED
from tests.fakes.monitoring import STOPPED_S, FakeMonitoring, Live
from tests.fakes.world import FakeClock, FakeService, FakeWorld

from assay.domain.errors import CandidateFault
from assay.domain.evidence import Evidence, Submission, Versions
from assay.domain.measurements import CheckoutMeasurement
from assay.evaluation.checkpoint import Checkpoint, read_checkpoint
from assay.evaluation.pipeline import Evaluation, Identity
from assay.evaluation.plan import stages_of
from assay.evaluation.ports import ProgressEvent
from assay.evaluation.run import Run
from assay.kit.deadline import Deadline
from assay_probe.plan import LiveAlertingPlan
from assay_probe.records import Event, NotificationRecord, Record

TIMELINE: dict[str, Any] = {
    "incidents": {
        **RULES,
        "standard_min": 24,
        "draw": [{"group": "service", "count": 1}, {"group": "decoy", "count": 1}],
    },
    "incident": [HANG.model_dump(), SURGE.model_dump()],
}
TREE = {**WATCHED, "requirements.txt": "fastapi==1.0\n"}
FIRES = {"recorded": {"Down": (600, 900)}}


@dataclass
class TreeExporter:
    """Exports a tree with alert rules, or refuses.

    Attributes:
        exports: How often it was asked.
    """

    refusal: str = ""
    tree_sha256: str = "0" * 64
    exports: int = 0

    def export(self, destination: Path, *, deadline: Deadline) -> CheckoutMeasurement:
        self.exports += 1
        if self.refusal:
            raise CandidateFault(self.refusal)
        for name, text in TREE.items():
            (destination / name).parent.mkdir(parents=True, exist_ok=True)
            (destination / name).write_text(text)
        return CheckoutMeasurement(tree_sha256=self.tree_sha256, commit=None, files=4, bytes=99)


@dataclass(frozen=True)
class Situation:
    """What the submission and the machine are like, in every process the same.

    Attributes:
        submission, reference: Fields of the `FakeService`s.
        world: Fields of the `FakeWorld`.
        refusal: Why the tree is refused.
        only: Stages asked for.
    """

    submission: Mapping[str, Any] = field(default_factory=dict)
    reference: Mapping[str, Any] = field(default_factory=dict)
    world: Mapping[str, Any] = field(default_factory=dict)
    refusal: str = ""
    only: tuple[str, ...] = ()


HEALTHY = Situation()


@dataclass
class Process:
    """One process that works on the evaluation.

    Attributes:
        told: What a person watching it has seen.
    """

    evaluation: Evaluation
    run: Run
    world: FakeWorld
    exporter: TreeExporter
    told: list[ProgressEvent]

    def run_until(self, last: str) -> "Process":
        """Run the stages up to this one."""
        for name in self.evaluation.stages:
            self.evaluation.run_stage(name)
            if name == last:
                return self
        raise AssertionError(f"there is no stage {last}")

    @property
    def stored(self) -> Checkpoint:
        """Its checkpoint, as it comes out of the database."""
        return read_checkpoint(self.evaluation.checkpoint().to_bytes())


def paging_at_the_end(clock: FakeClock) -> Live:
    """A live run that sees one alert leave, when the timeline of this machine is over."""

    def live(_plan: LiveAlertingPlan, stop: Signal) -> Iterator[Record]:
        yield Event("ready", clock.now_s)
        if not stop.wait(STOPPED_S):
            raise AssertionError("nobody told the live run to stop")
        yield NotificationRecord("Down", "firing", clock.now_s, {"severity": "critical"})

    return live


def begin(
    root: Path,
    situation: Situation = HEALTHY,
    checkpoint: Checkpoint | None = None,
    **changes: Any,
) -> Process:
    """A new process on a machine of its own; with a checkpoint it goes on.

    Args:
        root: Where it makes its directory.
        situation: See there.
        checkpoint: What the process before has left.
        changes: Other fields of the `Run`.
    """
    number = len(list(root.iterdir()))
    clock = FakeClock(1000.0 * (number + 1))
    quiet = {"text": ""}  # every start prints once more, which is another matter
    world = FakeWorld(
        {
            "submission": FakeService(**{**quiet, **situation.submission, "clock": clock}),
            "reference": FakeService(**{**quiet, **situation.reference, "clock": clock}),
        },
        clock,
        prometheus=FakeMonitoring(fires=FIRES, live=paging_at_the_end(clock)),
        **situation.world,
    )
    exporter, told = TreeExporter(situation.refusal), list[ProgressEvent]()
    fields: dict[str, Any] = {
        "material": make_material(**TIMELINE),
        "world": world,
        "exporter": exporter,
        "tree": root / str(number) / "tree",
        "seed": 7,
        "deadline": Deadline.after(600),
        "progress": told.append,
        "clock": clock,
        "origin_s": clock.now_s,
        "images": {"reference": "reference"},
    }
    (root / str(number)).mkdir()
    run = Run(**{**fields, **changes})
    identity = Identity(
        "e1",
        f"2026-01-01T00:00:0{number % 10}+00:00",
        Submission(label="toy", kind="commit"),
        Versions(assay="0", challenge="1.0.0", challenge_sha256="f" * 64, images={}),
    )
    stages = stages_of(run.material.challenge, situation.only)
    return Process(Evaluation(run, stages, identity, checkpoint), run, world, exporter, told)


def evaluated(
    root: Path, situation: Situation, interrupted_after: Collection[str] = ()
) -> tuple[Evidence, Mapping[str, bytes]]:
    """Evidence and artifacts, with a new process after each of these stages."""
    process = begin(root, situation)
    for name in process.evaluation.stages:
        process.evaluation.run_stage(name)
        if name in interrupted_after:
            process = begin(root, situation, process.stored)
    return process.evaluation.evidence(), process.evaluation.artifacts


TIMES = {"seconds", "overhead_s", "first_request_s", "at_s", "samples"}


def timeless(value: Any) -> Any:
    """Evidence without what tells when something was, and how long it took.

    Differences of instants are compared to a microminute: each process has a clock of its own.
    """
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, Mapping):
        return {key: timeless(one) for key, one in value.items() if key not in TIMES}
    if isinstance(value, list | tuple):
        return [timeless(one) for one in value]
    return value
