"""What the harness observed. Facts only: nothing here is an opinion, nothing is missing silently.

A quantity that was not observed is None with a reason beside it, never 0.
Instants are seconds since the evaluation began; latencies are milliseconds from the intended
send time; outcome letters are those of `assay_probe.records`.
"""

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field


class Fact(BaseModel):
    """Base of every measurement."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")


class CheckoutMeasurement(Fact):
    """The tree as it was exported."""

    tree_sha256: str
    commit: str | None
    files: int
    bytes: int
    large_file_pointers: tuple[str, ...] = ()


class BuildMeasurement(Fact):
    """The image build."""

    built: bool
    reused: bool
    build_s: float
    failure: str | None = Field(None, description="Kind of failure, if it failed.")
    message: str = ""
    log: str = ""
    image_digest: str | None = None
    image_mib: float | None = None
    base_image_mib: float | None = None
    layers: int | None = None
    user: str | None = None


class BootMeasurement(Fact):
    """The start of the service, until its first answers."""

    ready_s: float | None
    polls: int
    last_status: str
    first_outcomes: str
    first_latency_ms: tuple[float, ...]
    exit_code: int | None = None
    oom_killed: bool = False
    log: str = ""


class TestResult(Fact):
    """One hidden test."""

    __test__: ClassVar[bool] = False  # pytest: the name starts with Test, the class is none

    test: str
    title: str
    criterion: str
    points: int
    outcome: Literal["passed", "failed", "unfinished", "error"]
    message: str
    duration_s: float


class ContractMeasurement(Fact):
    """The hidden test suite, and what the log gave away while it ran."""

    tests: tuple[TestResult, ...]
    personal_values_sent: int
    personal_values_in_log: int
    leaked_fields: tuple[str, ...] = ()
    log_bytes: int
    log_excerpt: str = ""


class QualityMeasurement(Fact):
    """Answers to held-out labelled rows. None where nothing was answered."""

    rows: int
    answered: int
    agreeing: int = Field(description="Answers within tolerance of the approved model's.")
    roc_auc: float | None
    reference_roc_auc: float
    worst_difference: float | None
    outcomes: dict[str, int]


class WindowPair(Fact):
    """One pair of alternating windows with the same arrivals.

    `void` names why the pair is not used; a void pair is kept, never judged.
    """

    label: str
    seed: int
    reference_ms_p50: float | None
    reference_ms_p95: float | None
    submission_ms_p50: float | None
    submission_ms_p95: float | None
    reference_foreign_cpu: float | None
    submission_foreign_cpu: float | None
    submission_idle_cpu: float | None = Field(
        description="CPU of the submission in the reference's window, share of the cores."
    )
    send_lag_ms_p99: float
    void: str | None = None


class Estimate(Fact):
    """A figure with its 95 % interval and where it comes from."""

    value: float
    low: float
    high: float
    method: str


class TierMeasurement(Fact):
    """The objective at one rate."""

    utilisation: float
    rate_rps: float
    requests: int
    within_objective: int
    verdict: Literal["pass", "fail", "undecided"]
    latency_ms_p50: float | None
    latency_ms_p95: float | None
    latency_ms_p99: float | None
    achieved_rps: float
    outcomes: dict[str, int]


class LatencySlice(Fact):
    """Latency of one target over a short stretch of time, for the plots."""

    target: str
    label: str
    at_s: float
    rate_rps: float
    requests: int
    latency_ms_p50: float | None
    latency_ms_p95: float | None
    latency_ms_p99: float | None
    failed: int


class LoadMeasurement(Fact):
    """Open-loop latency beside the reference, and the objective at published rates.

    At home no reference runs: what compares with it is None, and there are no pairs.
    """

    reference_capacity_rps: float | None
    rate_rps: float
    pairs: tuple[WindowPair, ...]
    requests: int
    outcomes: dict[str, int]
    latency_ms_p50: Estimate | None
    latency_ms_p95: Estimate | None
    latency_ms_p99: float | None
    ratio_p50: Estimate | None
    ratio_p95: Estimate | None
    reference_ms_p50: float | None
    reference_ms_p95: float | None
    tiers: tuple[TierMeasurement, ...]
    objective_ms: float
    objective_quantile: float
    hdr: dict[str, str] = Field(description="Target -> HdrHistogram, base64, microseconds.")
    slices: tuple[LatencySlice, ...]
    schedule_sha256: tuple[str, ...]
    rounds: int = Field(description="How many times void pairs were repeated, plus one.")


class CapacityMeasurement(Fact):
    """Saturation beside the reference on one core; throughput and cost as ratios.

    Correct answers only: a fast wrong answer is worth nothing.
    """

    throughput_ratio: Estimate
    reference_rps: float
    submission_rps: float
    cpu_ratio: Estimate | None = Field(description="CPU-seconds per correct answer, ratio.")
    reference_cpu_ms: float | None
    submission_cpu_ms: float | None
    submission_correct: int
    outcomes: dict[str, int]
    cost_per_million: float | None = Field(description="Dollars, reference-normalised CPU.")
    reference_cost_per_million: float | None
    price_sheet: str
    cpu_s: float | None
    memory_gib_s: float | None
    pairs: int
    void_pairs: int


class MemoryMeasurement(Fact):
    """Anonymous memory of the service over the whole evaluation.

    Attributes:
        deaths: How often the service ended by itself while it was under load.
        oom_killed: One of those times it was killed for going over its memory limit.
    """

    start_mib: float | None
    peak_mib: float | None
    end_mib: float | None
    growth_kib_per_1000_requests: float | None
    limit_mib: int
    deaths: int
    oom_killed: bool


class ResourceSample(Fact):
    """Kernel counters at one instant, for the plots."""

    at_s: float
    target: str
    cpu_share: float
    memory_mib: float


class ShutdownMeasurement(Fact):
    """SIGTERM under traffic."""

    answered_before: int = Field(description="Batches answered before the signal.")
    in_flight: int = Field(description="Requests sent before the signal, not yet answered.")
    in_flight_answered: int
    exited: bool
    exit_s: float | None
    exit_code: int | None
    grace_s: float
    late_errors: int = Field(
        description="Requests taken after the signal and answered with an error."
    )


class RuleResult(Fact):
    """One operability rule."""

    rule: str
    title: str
    share: float = Field(ge=0, le=1, description="1 kept, 0 broken, between where countable.")
    message: str
    findings: tuple[str, ...] = Field((), description="file:line: what")


class OperabilityMeasurement(Fact):
    """Rules over the tree and the image."""

    rules: tuple[RuleResult, ...]
