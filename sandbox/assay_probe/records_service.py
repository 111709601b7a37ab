"""Records about a service: load, boot, contract, answers, shutdown. Facts only."""

from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class OpenLoopRecord:
    """One window of open-loop load.

    Attributes:
        started_s, ended_s: First intended arrival's origin, and when the last request ended.
        offered: Requests in the schedule.
        intended_us: Intended send time of each request, microseconds after `started_s`.
        latency_us: From intended send to last byte; for requests without an answer the time
            at which they were given up. Same order and length as `outcomes`.
        outcomes: One letter per request (see the module).
        send_lag_us_p50, send_lag_us_p99, send_lag_us_max: How late the generator itself sent.
        generator_cpu_s: CPU-seconds of the probe's process in the window.
        hdr: HdrHistogram (base64, microseconds, 3 digits) of the latencies of all requests;
            those without an answer count at the time they were given up.
        schedule_sha256: Digest of the intended times and rows: equal for equal seeds.
    """

    target: str
    label: str
    rate_rps: float
    seed: int
    started_s: float
    ended_s: float
    offered: int
    intended_us: list[int]
    latency_us: list[int]
    outcomes: str
    send_lag_us_p50: int
    send_lag_us_p99: int
    send_lag_us_max: int
    generator_cpu_s: float
    hdr: str
    schedule_sha256: str
    kind: str = "open_loop"


@dataclass(frozen=True, slots=True)
class SaturationRecord:
    """One target in one saturation window.

    Attributes:
        started_s, ended_s: The counted part.
        outcomes: Letter -> count over the counted part.
        correct_per_second: Correct answers in each whole second of the counted part.
        latency_us_p50, latency_us_p95: Of answered requests, from sending (closed loop:
            not comparable with open-loop latencies).
    """

    target: str
    label: str
    concurrency: int
    started_s: float
    ended_s: float
    outcomes: dict[str, int]
    correct_per_second: list[int]
    latency_us_p50: int | None
    latency_us_p95: int | None
    generator_cpu_s: float
    kind: str = "saturation"


@dataclass(frozen=True, slots=True)
class BootRecord:
    """How the service came up.

    Attributes:
        ready_s: Seconds from the probe's start of polling to the first 200, or None.
        ready_at_s: The same as an instant.
        polls: Requests to the readiness path.
        last_status: Status or error text of the last poll that was not 200.
        first_outcomes: Letters of the requests sent at once after ready.
        first_latency_ms: Their latencies in milliseconds.
    """

    ready_s: float | None
    ready_at_s: float | None
    polls: int
    last_status: str
    first_outcomes: str
    first_latency_ms: list[float]
    kind: str = "boot"


@dataclass(frozen=True, slots=True)
class TestRecord:
    """One hidden test.

    Attributes:
        test: Name of the test function with its parameters.
        title: First line of its docstring: the rule it checks, in words for the candidate.
        criterion: Id from its `criterion` marker.
        points: Weight inside the criterion, from its `points` marker (default 1).
        outcome: "passed", "failed", "error" (our own fault: a fixture or the test broke),
            or "unfinished" (the suite's deadline came first).
        message: For the candidate: what was sent, what came back, what was expected.
        duration_s: Wall-clock seconds.
    """

    __test__: ClassVar[bool] = False  # pytest: the name starts with Test, the class is none

    test: str
    title: str
    criterion: str
    points: int
    outcome: str
    message: str
    duration_s: float
    kind: str = "test"


@dataclass(frozen=True, slots=True)
class AnswersRecord:
    """Answers to all rows.

    Attributes:
        answers: Row id -> number, or null where there was no usable answer.
        outcomes: One letter per row, in file order.
        latency_us: Of each row, from sending to the last byte; 0 for one that was not asked.
        told: Row id -> what a labelled answer says at the places that are compared; rows without
            a usable answer are not in it.
        searched: Answers that were searched for values of other rows.
        values: How many different values were looked for.
        leaks: [place, id of the row asked about, id of the row the value belongs to, field];
            the place is "answer" or the path of an export.
    """

    answers: dict[str, float | None]
    outcomes: str
    started_s: float
    ended_s: float
    latency_us: list[int] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)
    searched: int = 0
    values: int = 0
    leaks: list[list[str]] = field(default_factory=list)
    kind: str = "answers"


@dataclass(frozen=True, slots=True)
class ShutdownRecord:
    """Every request around the signal.

    Attributes:
        sent_s: Instant at which each request was really sent.
        ended_s: Instant at which its outcome was known.
        outcomes: One letter per request.
    """

    sent_s: list[float] = field(default_factory=list)
    ended_s: list[float] = field(default_factory=list)
    outcomes: str = ""
    kind: str = "shutdown"
