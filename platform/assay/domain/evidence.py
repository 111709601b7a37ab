"""All measurements of one evaluation, with versions and seeds. Judging reads nothing else."""

from typing import Literal

from pydantic import Field

from assay.domain.callers import CallersMeasurement
from assay.domain.challenge import Challenge, StageName
from assay.domain.incidents import IncidentsMeasurement
from assay.domain.labelled_facts import LabelledMeasurement
from assay.domain.measurements import (
    BootMeasurement,
    BuildMeasurement,
    CapacityMeasurement,
    CheckoutMeasurement,
    ContractMeasurement,
    Fact,
    LoadMeasurement,
    MemoryMeasurement,
    OperabilityMeasurement,
    QualityMeasurement,
    ResourceSample,
    ShutdownMeasurement,
    WindowPair,
)
from assay.domain.meters import MeterReading

EVIDENCE_FILE, RESULT_FILE, REPORT_FILE = "evidence.json", "result.json", "report.html"
LOG_FILE = "service.log"
"""Files of an evaluation, on disk and in the database alike; see `incidents.REPLAY_FILE`."""


class StageOutcome(Fact):
    """How one stage ended.

    Attributes:
        status: `done`; `candidate_fault`: the submission ended it (message says how);
            `platform_fault`: we did, nothing of it is judged; `skipped`: an earlier stage's
            candidate fault made it impossible; `not_run`: left out by `--only`;
            `not_possible`: this engine cannot measure it.
        seconds: Wall-clock time of the stage.
        traffic_s: The part spent in building or in traffic; the rest is harness overhead.
    """

    stage: StageName
    status: Literal[
        "done", "candidate_fault", "platform_fault", "skipped", "not_run", "not_possible"
    ]
    message: str = ""
    seconds: float = 0.0
    traffic_s: float = 0.0


class Host(Fact):
    """The machine and the engine, as they were found."""

    engine: str
    capabilities: tuple[str, ...]
    missing_capabilities: tuple[str, ...]
    cores: int
    service_cores: tuple[int, ...]
    probe_cores: tuple[int, ...]
    memory_mib: int
    kernel: str
    cgroup_version: int
    clock_source: str
    noise: tuple[str, ...] = Field((), description="Known sources of noise found by doctor.")


class Versions(Fact):
    """What produced this evidence."""

    assay: str
    challenge: str
    challenge_sha256: str
    images: dict[str, str] = Field(description="Role -> image digest.")
    unproven: str = Field("", description="Why the challenge was not published then; empty if so.")
    material_sha256: str = Field(
        "",
        description="Of the harness, reference and packages it was measured with. Empty: unknown.",
    )


class JudgedAnew(Fact):
    """Of evidence that was measured for an earlier evaluation, and judged again for this one."""

    evaluation_id: str = Field(description="The one it was measured for.")
    challenge: str = Field(description="Version of the challenge it was measured under.")
    challenge_sha256: str = Field(description="Digest of that.")
    assay: str = Field(description="Version of the program that judged it again.")


class Submission(Fact):
    """What was evaluated. `label` is how the user named it."""

    label: str
    kind: Literal["path", "commit", "answer"]


class Evidence(Fact):
    """The complete record of one evaluation.

    `challenge` is embedded, so that evidence can be judged years later without the package.
    """

    schema_version: Literal[1] = 1
    evaluation_id: str
    started_at: str = Field(description="ISO 8601, UTC.")
    seconds: float
    overhead_s: float = Field(description="Time not spent in building or in traffic.")
    first_request_s: float | None = Field(description="Seconds from start to first request.")
    seed: int
    submission: Submission
    challenge: Challenge
    host: Host
    versions: Versions
    stages: tuple[StageOutcome, ...]
    checkout: CheckoutMeasurement | None = None
    build: BuildMeasurement | None = None
    boot: BootMeasurement | None = None
    contract: ContractMeasurement | None = None
    quality: QualityMeasurement | None = None
    labelled: LabelledMeasurement | None = Field(
        None, description="Of the quality stage, where answers are right field by field."
    )
    load: LoadMeasurement | None = None
    capacity: CapacityMeasurement | None = None
    memory: MemoryMeasurement | None = None
    incidents: IncidentsMeasurement | None = None
    shutdown: ShutdownMeasurement | None = None
    operability: OperabilityMeasurement | None = None
    callers: CallersMeasurement | None = Field(
        None, description="The same questions from different callers, at different times."
    )
    meters: tuple[MeterReading, ...] = Field(
        (), description="What was asked of metered dependencies, by stage, and what it cost."
    )
    void_pairs: tuple[WindowPair, ...] = Field(
        (), description="What a load stage saw that found the host too noisy to judge."
    )
    samples: tuple[ResourceSample, ...] = ()
    service_log: str = Field("", description="Head and tail of what the service printed.")
    judged_anew: JudgedAnew | None = Field(
        None, description="Set where nothing was measured; `challenge` is then what judged it."
    )

    def stage(self, name: StageName) -> StageOutcome | None:
        """How a stage ended, or None if the challenge has no such stage."""
        return next((s for s in self.stages if s.stage == name), None)
