"""The format of `challenge.toml`: what a challenge is, in the author's words, nothing computed."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from assay.domain.dependencies import ToldCost
from assay.domain.generated import Attacks, Generator
from assay.domain.human_rubric import ReviewLine
from assay.domain.labelled import LabelledAnswers
from assay.domain.question_rule import QuestionRule
from assay.domain.rubric import Area, Criterion
from assay.domain.scorecard import FlagKind
from assay.domain.timeline import IncidentRules, IncidentSpec

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Path = Annotated[str, Field(pattern=r"^/[^\s]*$")]
RelativePath = Annotated[str, Field(pattern=r"^[^/\s:*?\[\\][^\s:*?\[\\]*$", max_length=200)]
"""Of a file, or of a folder: "data/". No pattern: git would read it as one."""

StageName = Literal[
    "checkout",
    "build",
    "boot",
    "contract",
    "quality",
    "load",
    "capacity",
    "incidents",
    "shutdown",
    "operability",
]
"""Stages in the order in which they run."""

FORMAT = 1
"""The version of `challenge.toml` that is read."""


class Part(BaseModel):
    """Base of every table: unknown fields are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TimeBox(Part):
    """How much of a life the challenge takes."""

    expected_hours: float = Field(gt=0, description="Honest estimate of focused work.")
    limit_hours: float = Field(gt=0, description="Time between Start and the sealed evaluation.")
    practice_runs: int = Field(ge=0, description="Evaluations with a public seed a candidate has.")


FeedbackTier = Literal["full", "areas", "total"]
"""How much a practice run tells: every line; sums and what to mend; the score alone."""


class PracticeKit(Part):
    """What every starter brings along in `.assay/`, for `assay check`: all of it is public."""

    tests: RelativePath = Field(
        description="Public pytest file. Its folder is handed out whole, so it holds nothing "
        "else: no file of harness/, reference/, faults/ or answers/."
    )
    rows: RelativePath = Field(
        description="JSON lines {id, body, expected, label, fallback} in the same folder; "
        "`fallback` is as good while a dependency is away. No row may be a hidden one."
    )
    incidents: tuple[Name, ...] = Field(
        (), description="Ids of [[incident]] tables that are shown to candidates."
    )
    incidents_min: float = Field(
        120, gt=0, le=240, description="Virtual minutes of the timeline at home."
    )


class PracticeRules(Part):
    """What a candidate is told of a practice run, may not change, and can rehearse at home."""

    feedback: FeedbackTier = Field(
        "full", description="Every line of the rubric, sums of areas with advice, or the score."
    )
    protected: tuple[RelativePath, ...] = Field(
        (),
        description="Files and folders of the starter; a push that changes one is refused.",
    )
    kit: PracticeKit | None = Field(
        None, description="What `assay check` runs at home; without it there is no rehearsal."
    )


class ServiceLimits(Part):
    """What a submission may use."""

    memory_mib: int = Field(1024, gt=0, description="Hard memory limit of the service.")
    pids: int = Field(256, gt=0, description="Processes and threads.")
    cores: int = Field(1, gt=0, description="Whole cores the service is pinned to.")
    tmp_mib: int = Field(64, gt=0, description="Size of /tmp, the only writable place.")
    image_mib: int = Field(2048, gt=0, description="Largest image accepted.")
    build_s: float = Field(300, gt=0, description="Wall-clock limit of the image build.")
    boot_s: float = Field(30, gt=0, description="Time until the service must be ready.")
    repository_mib: int = Field(20, gt=0, description="Largest tree accepted.")
    repository_files: int = Field(2000, gt=0, description="Most files accepted.")


class BuildRules(Part):
    """What a Dockerfile can build on."""

    base_images: tuple[str, ...] = Field(description="Names accepted after FROM.")
    wheelhouse: str = Field(
        description="Requirements file with hashes; the packages a build can install."
    )
    test_stage: str = Field("test", description="Dockerfile stage that runs the own tests.")


class Endpoint(Part):
    """One endpoint the harness drives."""

    method: Literal["GET", "POST"] = Field("POST", description="HTTP method.")
    path: Path = Field(description="Path on the service.")
    timeout_s: float = Field(2.0, gt=0, description="Total time for one answer.")
    max_response_bytes: int = Field(
        65_536, gt=0, description="A longer answer is cut off and counts as none."
    )


class ScoreEndpoint(Endpoint):
    """The single-row endpoint: what load, capacity and quality are made of."""

    answer: str = Field(
        "",
        description="Field of the response holding the number; dots descend. May be left out with "
        "[contract.answers]; there it is what goes with a decision that is not handed on, like a "
        "sum to be paid, and a wrong one makes the decision wrong.",
    )
    tolerance: float = Field(0, ge=0, description="Largest difference from the expected answer.")
    unique: str = Field(
        "", description="Field that gets a fresh value in every request of load and capacity."
    )


class BatchEndpoint(Endpoint):
    """The many-row endpoint."""

    rows_field: str = Field(description="Request field that holds the list of rows.")
    answers_field: str = Field(description="Response field that holds the list of answers.")
    max_rows: int = Field(gt=0, description="Largest batch promised to work.")


class Contract(Part):
    """Endpoints and payloads; how the service is written is the candidate's business."""

    port: int = Field(8080, gt=0, lt=65536, description="Given to the service as PORT.")
    ready: Path = Field("/readyz", description="200 only when it can answer.")
    live: Path = Field("/livez", description="200 while the process is healthy.")
    metrics: Path = Field("/metrics", description="What the service exports, as Prometheus text.")
    score: ScoreEndpoint = Field(description="The single-row endpoint.")
    batch: BatchEndpoint = Field(description="The many-row endpoint.")
    tests: str = Field(description="Hidden pytest file, relative to the challenge.")
    rows: str = Field(
        "",
        description="JSON lines {id, body, expected, truth}: the pool traffic draws from. Left out "
        "with [generator].",
    )
    personal_fields: tuple[str, ...] = Field(
        (), description="Request fields whose values must never be logged or exported."
    )
    canaries: tuple[str, ...] = Field(
        (), description="Request fields whose values no other row has: looked for elsewhere."
    )
    answers: LabelledAnswers | None = Field(
        None, description="Answers are objects, right field by field; without it, numbers."
    )


class Dependency(Part):
    """A remote system the service calls; during an evaluation a stand-in of ours."""

    name: Name = Field(description="What incidents and hidden tests call it.")
    environment: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$", description="Receives its URL.")
    port: int = Field(gt=0, lt=65536, description="Where the stand-in listens.")
    behaviour: str = Field(description="Key of the probe's stand-in registry.")
    data: str = Field(description="What it knows, relative to harness/.")
    settings: dict[str, Any] = Field(default_factory=dict, description="Of the behaviour.")
    key_environment: str = Field(
        "",
        pattern=r"^([A-Z][A-Z0-9_]*)?$",
        description="Receives a key that is made anew for every start of the service; without "
        "it, the keys of the data are let in.",
    )
    meter: bool = Field(
        False, description="Whether what is asked of it is counted and its bill kept as evidence."
    )
    told: ToldCost | None = Field(
        None, description="Where the service says what a request cost; without it, not asked."
    )


class QualityRules(Part):
    """Held-out labelled rows and what counts as good."""

    holdout: str = Field(
        "", description="JSON lines {id, body, expected, label, truth}. Left out with [generator]."
    )
    metric: Literal["roc_auc"] = Field("roc_auc", description="How labels judge the answers.")
    concurrency: int = Field(4, gt=0, description="Rows asked about at once.")
    deadline_s: float = Field(60, gt=0, description="Rows without an answer by then have none.")


class Tier(Part):
    """A published rate at which the latency objective is checked."""

    utilisation: float = Field(
        gt=0, lt=1, description="Share of the reference's capacity measured in the same run."
    )
    published_rps: float = Field(gt=0, description="The same rate on the published host size.")
    duration_s: float = Field(gt=0, description="How long the rate is held.")


class LoadRules(Part):
    """Open-loop latency beside the reference, and the objective at published rates."""

    utilisation: float = Field(0.3, gt=0, lt=1, description="Of the reference's capacity.")
    concurrency: int = Field(
        8,
        gt=0,
        le=256,
        description="Callers that saturate the reference while its capacity is measured: as many "
        "as it serves at once, where most of an answer's time is spent waiting.",
    )
    pairs: int = Field(10, ge=4, description="Alternating reference/submission windows.")
    window_s: float = Field(2.0, gt=0, description="Length of one window.")
    warmup_s: float = Field(3.0, ge=0, description="Traffic before anything counts.")
    objective_ms: float = Field(gt=0, description="The published latency objective.")
    objective_quantile: float = Field(
        0.95, gt=0, lt=1, description="Share of the answers that must meet the objective."
    )
    tiers: tuple[Tier, ...] = Field(
        min_length=1, description="Rates at which the objective is checked."
    )


class CapacityRules(Part):
    """Saturation beside the reference on the same core, and cost."""

    concurrency: int = Field(8, gt=0, description="Callers that each wait for their answer.")
    duet_s: float = Field(16, gt=0, description="How long both services are saturated.")
    warmup_s: float = Field(2, ge=0, description="Saturation before anything counts.")
    prices: str = Field(description="Name of a price sheet in platform/assay/domain/prices.py.")
    reference_cpu_ms: float = Field(
        gt=0, description="Published CPU milliseconds of the reference per correct answer."
    )


class ShutdownRules(Part):
    """SIGTERM under traffic."""

    grace_s: float = Field(10, gt=0, description="The process must be gone by then.")
    rate_rps: float = Field(20, gt=0, description="Batches per second around SIGTERM.")
    batch_rows: int = Field(200, gt=0, description="Rows per request, so that some are in flight.")


class Fault(Part):
    """One planted fault: `faults/<slot>/<id>.patch` against the reference."""

    id: Name = Field(description="Unique over all slots; the name of the patch.")
    title: str = Field(description="What is wrong, in one line.")
    why: str = Field(description="How production teams meet it, and what mends it.")
    costs: tuple[str, ...] = Field(min_length=1, description="Criteria it must lower.")
    partly: dict[str, Annotated[float, Field(gt=0, lt=1)]] = Field(
        {},
        description="Those of `costs` of which it leaves something in a starter: the share of "
        "the points that it takes. The others it takes whole.",
    )
    measured_by: StageName = Field(description="The stage that shows it.")
    flags: tuple[FlagKind, ...] = Field(
        (),
        description="Flags for a person that it raises; where some starter has it, nobody is "
        "accused of them.",
    )

    def takes(self, criterion: str) -> float:
        """Share of a criterion's points that it costs, 0..1."""
        return self.partly.get(criterion, 1.0) if criterion in self.costs else 0.0


class Slot(Part):
    """A place for one fault; a variant picks one alternative per slot."""

    id: Name = Field(description="Name of the folder of its patches.")
    title: str = Field(description="Which part of the service it is about.")
    fault: tuple[Fault, ...] = Field(min_length=1, description="The alternatives.")


class WeightRules(Part):
    """How far a company may weigh the areas differently for a position of its own."""

    least: float = Field(0.5, gt=0, le=1, description="Smallest factor on the points of an area.")
    most: float = Field(2.0, ge=1, le=10, description="Largest factor.")
    fixed: tuple[Name, ...] = Field((), description="Areas that keep the factor 1.")


class Silence(Part):
    """A finding of `assay challenge lint` that is meant to be so."""

    rule: str = Field(min_length=1, description="Id of the rule, as the linter prints it.")
    where: str = Field(
        min_length=1,
        description=(
            "File within the package (`reference/app/*.py`), or table of this file "
            "(`criterion.recovery`, `fault.*`); `*` and `?` stand for any text."
        ),
    )
    reason: str = Field(
        min_length=12, description="Why it is right here, for whoever reviews the challenge."
    )


class Challenge(Part):
    """One `challenge.toml`."""

    format: Literal[1] = Field(description="Version of this file's format.")
    id: Slug = Field(description="Name of the challenge, as commands and addresses have it.")
    version: str = Field(
        pattern=r"^\d+\.\d+\.\d+$",
        description="Raised with every change: patch for words, minor for bands, major for tasks.",
    )
    title: str = Field(description="What candidates and hiring teams read.")
    summary: str = Field(description="Two sentences for whoever chooses a challenge.")
    license: str = Field(description="Licence of code and data, by SPDX name where there is one.")
    time_box: TimeBox = Field(description="What is asked of a candidate's time.")
    practice: PracticeRules = Field(PracticeRules(), description="Rules of practice runs.")
    limits: ServiceLimits = Field(ServiceLimits(), description="What a submission may use.")
    build: BuildRules = Field(description="What an image is made from.")
    contract: Contract = Field(description="What callers are promised.")
    dependency: tuple[Dependency, ...] = Field((), description="Remote systems the service calls.")
    generator: Generator | None = Field(
        None, description="Makes the hidden rows anew for each evaluation; without it, files."
    )
    attacks: tuple[Attacks, ...] = Field((), description="Twins that the quality stage asks.")
    quality: QualityRules | None = Field(None, description="Without it, no quality stage.")
    load: LoadRules | None = Field(None, description="Without it, no load stage.")
    capacity: CapacityRules | None = Field(None, description="Without it, no capacity stage.")
    incidents: IncidentRules | None = Field(None, description="Without it, no incidents stage.")
    incident: tuple[IncidentSpec, ...] = Field((), description="The catalogue that is drawn from.")
    shutdown: ShutdownRules | None = Field(None, description="Without it, no shutdown stage.")
    area: tuple[Area, ...] = Field(min_length=1, description="Groups of criteria.")
    criterion: tuple[Criterion, ...] = Field(min_length=1, description="The rubric.")
    review: tuple[ReviewLine, ...] = Field(
        (), description="Lines that people judge; without them the default ones are asked."
    )
    question: tuple[QuestionRule, ...] = Field(
        (), description="Questions for the interview, beside those that Assay writes itself."
    )
    slot: tuple[Slot, ...] = Field((), description="Places for planted faults.")
    weights: WeightRules | None = Field(
        None, description="What positions may weigh differently; without it 0.5 to 2, every area."
    )
    silence: tuple[Silence, ...] = Field(
        (), description="Findings of the linter that are meant to be so."
    )
