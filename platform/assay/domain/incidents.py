"""What happened on the timeline and what the candidate's monitoring made of it. Facts only.

Instants on the virtual clock are virtual minutes since the first scrape slot (`_min`).
"""

from typing import Literal

from pydantic import Field

from assay.domain.measurements import Fact
from assay.domain.timeline import IncidentKind, Observable, Schedule, Signal

REPLAY_FILE = "rules_test.yml"
"""promtool's test of the recording, beside the evidence: candidates rerun the replay with it."""
RECORDING_FILE = "recording.json"
"""The recording with what was done meanwhile: `assay monitoring replay` tries other rules on it."""


class GroundTruth(Fact):
    """How far a drift really is from clean traffic, measured on the rows that were sent.

    None where a measure does not apply. `psi`, `ks` and `wasserstein` by field; the largest
    stand beside them. `wasserstein` is in standard deviations of the clean field.
    """

    intensity: float
    psi: dict[str, float]
    ks: dict[str, float]
    wasserstein: dict[str, float]
    psi_max: float
    ks_max: float | None
    wasserstein_max: float | None
    c2st_auc: float = Field(description="AUC of a classifier told clean from drifted; 0.5 = same.")
    score_psi: float | None = Field(description="PSI of the reference's scores.")
    auc_loss: float | None = Field(description="ROC AUC of the reference lost under the drift.")


class Incident(Fact):
    """One incident as it was carried out.

    Attributes:
        onset_min, end_min: When it really began and ended, on the virtual clock.
        planned_onset_min, planned_end_min: When it was meant to.
        requests: Requests sent between onset and end.
        outcomes: Letter -> count of them (letters of `assay_probe.records`; an invalid row
            that was refused counts as "o").
        before: The same over the quiet minutes before it.
        wrong_served: 200s whose answer was neither the right nor the fallback answer.
        recovery_s: Real seconds from the end until answers were right and as fast as before,
            None if that was not seen before the next incident.
        features: Fields that the drift changed.
        truth: For drifts.
        carried_out: False if this engine could not do it; then nothing of it is judged.
    """

    id: str
    title: str
    kind: IncidentKind
    group: str
    injector: str
    schedule: Schedule
    observable: Observable
    weight: float
    planned_onset_min: float
    planned_end_min: float
    onset_min: float
    end_min: float
    budget_min: float
    accepts: tuple[Signal, ...]
    locates: tuple[str, ...]
    features: tuple[str, ...] = ()
    requests: int
    outcomes: dict[str, int]
    before: dict[str, int]
    wrong_served: int
    recovery_s: float | None
    truth: GroundTruth | None = None
    carried_out: bool = True
    note: str = ""


class AlertClaim(Fact):
    """One alerting rule of the candidate, with what `monitoring.yml` says of it.

    Attributes:
        reads: Names of the series that it looks at, also behind recording rules; None if that
            cannot be told.
    """

    alert: str
    expr: str
    for_s: float
    severity: str = ""
    covers: tuple[Signal, ...] = ()
    locates: str = Field("", description="Label that names the feature.")
    reads: tuple[str, ...] | None = None


class Episode(Fact):
    """One alert firing without a break. `end_min` is None if it still fired at the end."""

    alert: str
    labels: dict[str, str]
    start_min: float
    end_min: float | None


class Replay(Fact):
    """The candidate's unmodified rules over one recording.

    Attributes:
        name: "recorded", or the mutation: "slow_scrape", "restart", "second_replica",
            "drift_missing", "clean" (a recording without incidents).
        engine: "promtool" or "tsdb".
        error: The engine's own message if the rules did not run; then `episodes` is empty.
        length_min: Of the recording it ran over; None if that is as long as the stage.
        repeats_min: From and until when in "recorded" is the time that this recording consists
            of, again and again; None if it is not made that way.
        rule_errors: Rules that failed while they ran, with the engine's message. These never
            fired, the others did as they should.
    """

    name: str
    engine: Literal["promtool", "tsdb"]
    episodes: tuple[Episode, ...]
    seconds: float
    error: str = ""
    length_min: float | None = None
    repeats_min: tuple[float, float] | None = None
    rule_errors: tuple[str, ...] = ()


class SliReading(Fact):
    """One SLI of the candidate over one stretch of time, beside what the probe sent.

    Attributes:
        sli: "requests", "errors", "latency_mean", "latency_p95", "predictions".
        label: Value of the SLI's label ("approve"), "" without one.
        reported: What the candidate's PromQL says, None if it says nothing. Counts are real
            requests, latencies seconds.
        sent: What the probe saw, in the same unit.
        low, high: For quantiles: the bucket of the candidate's histogram that holds `sent`,
            None without buckets. For counts: the least and the most that it can be, as nobody
            knows to the millisecond when the counters were read; None in older evidence.
    """

    sli: str
    label: str = ""
    expr: str
    start_min: float
    end_min: float
    reported: float | None
    sent: float
    low: float | None = None
    high: float | None = None


class ScrapeFacts(Fact):
    """How `/metrics` behaved over the run.

    Attributes:
        slots: Scrapes that were due.
        failed: Reason -> count: "timeout", "status", "too_large", "too_many_series",
            "long_label", "unparsable", "refused".
        took_ms_p95: Of the scrapes that were answered.
        series_first, series_last: Series of the first and the last good scrape.
        bytes_max: Largest body.
        forged: Series dropped because only the recorder may write them (`up`, `ALERTS`, ...).
        idle_moved: Counters that moved while no request was sent.
        problem: First parse problem, in words.
    """

    slots: int
    good: int
    failed: dict[str, int]
    took_ms_p50: float | None
    took_ms_p95: float | None
    series_first: int
    series_last: int
    bytes_max: int
    forged: tuple[str, ...] = ()
    idle_moved: tuple[str, ...] = ()
    problem: str = ""


class Notification(Fact):
    """One alert that really left a real Alertmanager."""

    alert: str
    status: Literal["firing", "resolved"]
    at_min: float
    receiver: str = ""


class LiveFacts(Fact):
    """A real Prometheus and Alertmanager beside the service, with time-dilated rules.

    Attributes:
        started: Whether both ran; `message` says why not.
        unscaled: Rules with literal seconds or wall-clock functions, which dilation cannot reach.
        routing: Severity -> receiver by amtool, for the candidate's own Alertmanager file.
    """

    started: bool
    message: str = ""
    notifications: tuple[Notification, ...] = ()
    unscaled: tuple[str, ...] = ()
    routing: dict[str, str] = Field(default_factory=dict)
    routing_problem: str = ""


class MonitoringFile(Fact):
    """The candidate's `monitoring.yml` and rule files, as they were read.

    Attributes:
        problems: What is wrong with them, in words; promtool's own where it said so.
        alerts: Every alerting rule.
        slis: SLI -> PromQL template.
    """

    present: bool
    problems: tuple[str, ...] = ()
    alerts: tuple[AlertClaim, ...] = ()
    slis: dict[str, str] = Field(default_factory=dict)


class TimelineSlice(Fact):
    """One virtual minute of traffic, for the plots.

    Attributes:
        cost_pico_usd: What metered dependencies charged for it, in 1e-12 dollars; None if there
            are none.
    """

    at_min: float
    requests: int
    failed: int
    latency_ms_p50: float | None
    latency_ms_p95: float | None
    cost_pico_usd: int | None = None


class IncidentsMeasurement(Fact):
    """The incidents stage.

    Attributes:
        warmup_min: Nothing before this is judged.
        length_min: Length of the recording.
        quiet_share: Share of the time after the warm-up in which nothing was being done.
        canary_ms_p50, canary_ms_p95: Latency of the reference, which nothing was done to.
        foreign_cpu_share: CPU of others on the service's cores, of those cores' time.
    """

    profile: Literal["standard", "thorough"]
    seed: int
    warmup_min: float
    length_min: float
    quiet_share: float
    rate_rps: float
    requests: int
    outcomes: dict[str, int]
    incidents: tuple[Incident, ...]
    monitoring: MonitoringFile
    scrapes: ScrapeFacts
    replays: tuple[Replay, ...]
    slis: tuple[SliReading, ...]
    live: LiveFacts | None
    slices: tuple[TimelineSlice, ...]
    send_lag_ms_p99: float
    canary_ms_p50: float | None = None
    canary_ms_p95: float | None = None
    foreign_cpu_share: float | None = None
    void: str | None = None
