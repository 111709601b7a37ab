"""Records of a timeline: what was sent and answered, what `/metrics` said. Facts only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """One segment of the timeline.

    Attributes:
        origin_s: Instant that the plan's seconds count from; the first scrape is due then.
        intended_us, latency_us: As in `OpenLoopRecord`, `intended_us` after `origin_s`.
        outcomes: One letter per request; "o" also for an invalid row that was refused.
        drifted: "1" for a request drawn from `rows`, "0" from `base`.
        fallbacks: How many of the "o" were the fallback answer only.
        classes: Values of the plan's `answer_class` seen so far in this segment.
        class_of: For each request the index into `classes`, -1 without one.
        send_lag_us: How late the generator itself was with each request.
    """

    index: int
    incident: str
    origin_s: float
    started_s: float
    ended_s: float
    intended_us: list[int]
    latency_us: list[int]
    outcomes: str
    drifted: str
    fallbacks: int
    classes: list[str]
    class_of: list[int]
    send_lag_us: list[int]
    kind: str = "segment"


@dataclass(frozen=True, slots=True)
class ScrapeRecord:
    """One scrape of `/metrics`.

    Attributes:
        slot: Number of the scrape; it was due at `origin_s + slot * every_s`.
        failure: "" or the reason: "timeout", "status", "too_large", "too_many_series",
            "long_label", "refused", "budget".
        body: zlib, then base64; "" if the scrape failed.
        took_s: From the question to the end of the answer.
        late_s: How much later than it was due the question was asked.
    """

    slot: int
    due_s: float
    took_s: float
    status: int | None
    failure: str
    bytes: int
    series: int
    body: str
    late_s: float = 0.0
    kind: str = "scrape"

    @property
    def started_s(self) -> float:
        """Instant of the question."""
        return self.due_s + self.late_s

    @property
    def ended_s(self) -> float:
        """Instant of the end of the answer."""
        return self.started_s + self.took_s


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """Late labels: how many were sent, and how many were accepted."""

    sent: int
    accepted: int
    kind: str = "feedback"


@dataclass(frozen=True, slots=True)
class CanaryRecord:
    """Requests to the service nobody harms. `latency_us` is from the instant each was due."""

    latency_us: list[int]
    outcomes: str
    kind: str = "canary"
