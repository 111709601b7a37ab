"""Plans about a service and what stands beside it: load, boot, contract, answers, shutdown."""

from dataclasses import dataclass, field
from typing import Any

from assay_probe.plans_generate import LabelledSpec
from assay_probe.plans_stand_in import StandIn

Json = Any


@dataclass(frozen=True, slots=True)
class Target:
    """A service to speak to. `url` is "http://host:port", no path."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class RequestSpec:
    """How one row becomes one request, and how its answer is checked.

    Attributes:
        method: "POST", "GET", ...
        path: Path of the endpoint.
        rows: File of JSON lines `{"id": str, "body": object, "expected": number | null}`, with
            a `truth` where answers are labelled.
        answer: Field of the JSON response that holds the number to compare; dots descend. May
            be "" where answers are labelled.
        tolerance: Largest |answer - expected| that counts as correct.
        timeout_s: Total time from sending to the last byte; then the request failed.
        max_response_bytes: A longer body is cut off and the request failed.
        unique: Dotted field of the body that gets a fresh string in every request of open-loop
            and saturation plans ("" for none), so that no two requests are byte for byte
            equal and a cache keyed by the whole request is seen for what it is.
        labelled: Answers are objects, right field by field; None for numbers.
    """

    method: str
    path: str
    rows: str
    answer: str
    tolerance: float
    timeout_s: float = 2.0
    max_response_bytes: int = 65_536
    unique: str = ""
    labelled: LabelledSpec | None = None


@dataclass(frozen=True, slots=True)
class OpenLoopWindow:
    """Poisson arrivals at one target for a while; the next window waits until it drained.

    Attributes:
        target: Name of a target.
        label: Copied to the record ("warmup", "pair-3", "tier-60").
        rate_rps: Mean arrivals per second, whatever the service does.
        duration_s: Length of the schedule; draining comes on top, at most `timeout_s`.
        seed: Of arrivals and of the rows drawn. The same seed gives the same requests at
            the same offsets: reference and submission are given the same.
    """

    target: str
    label: str
    rate_rps: float
    duration_s: float
    seed: int


@dataclass(frozen=True, slots=True)
class OpenLoopPlan:
    """Windows of open-loop load, one after another. Latency counts from the intended time."""

    targets: list[Target]
    request: RequestSpec
    windows: list[OpenLoopWindow]
    kind: str = "open_loop"


@dataclass(frozen=True, slots=True)
class SaturationWindow:
    """Closed-loop saturation of one or more targets at once ("duet").

    Attributes:
        targets: Names; all are driven at the same time, each by `concurrency` workers.
        label: Copied to the record.
        concurrency: Workers per target, each sending its next request on the answer.
        duration_s: Counted part.
        warmup_s: Driven but not counted.
        seed: Of the rows drawn.
    """

    targets: list[str]
    label: str
    concurrency: int
    duration_s: float
    warmup_s: float
    seed: int


@dataclass(frozen=True, slots=True)
class SaturationPlan:
    """Windows of saturation: throughput and, with the kernel's counters, cost per answer."""

    targets: list[Target]
    request: RequestSpec
    windows: list[SaturationWindow]
    kind: str = "saturation"


@dataclass(frozen=True, slots=True)
class BootPlan:
    """Wait until the service says it is ready, then see at once whether it can answer.

    Attributes:
        ready_path: Polled every `poll_s`; status 200 means ready.
        first_requests: Requests sent the moment it says ready; every one must be answered.
        deadline_s: Give up after this long.
    """

    target: Target
    request: RequestSpec
    ready_path: str
    deadline_s: float
    poll_s: float = 0.02
    first_requests: int = 5
    seed: int = 0
    kind: str = "boot"


@dataclass(frozen=True, slots=True)
class ContractPlan:
    """Run the challenge's hidden pytest suite against the service.

    Attributes:
        tests: Test file, relative to the harness directory.
        harness: Directory of the hidden tests and data.
        settings: Free values for the tests (paths of endpoints, limits), as the challenge's
            `[contract]` table gives them.
        deadline_s: The whole suite; tests not finished by then count as failed.
        test_timeout_s: One test.
    """

    target: Target
    tests: str
    harness: str
    stand_ins: list[StandIn]
    settings: dict[str, Any]
    seed: int
    deadline_s: float
    test_timeout_s: float = 20.0
    kind: str = "contract"


@dataclass(frozen=True, slots=True)
class BatchSpec:
    """How many rows become one request of the many-row endpoint.

    Attributes:
        rows_field: Field of the request with the list of rows.
        answers_field: Field of the response with the list of answers, in the same order.
        rows: Of one request.
    """

    method: str
    path: str
    rows_field: str
    answers_field: str
    rows: int
    timeout_s: float
    max_response_bytes: int


@dataclass(frozen=True, slots=True)
class AnswersPlan:
    """Ask for an answer to every row, once, through the single-row endpoint.

    The answers come back as they are; what they are worth is judged elsewhere, where the
    labels are.

    Attributes:
        first: Only the first so many rows of the file; 0 for all.
        batch: Ask for many rows at once, and only for those of a batch that fails one by one.
        canaries: Dotted fields of the bodies whose values are looked for in the answers to other
            rows.
        exports: Paths that are read at the end and searched for all of these values.
    """

    target: Target
    request: RequestSpec
    concurrency: int
    deadline_s: float
    first: int = 0
    batch: BatchSpec | None = None
    canaries: list[str] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)
    kind: str = "answers"


@dataclass(frozen=True, slots=True)
class ShutdownPlan:
    """Keep requests in flight while someone else sends SIGTERM, and watch which are answered.

    The probe prints an event `traffic` once requests are being answered; the caller sends
    the signal after that. Traffic goes on for `after_s` seconds beyond the first failure or
    until `duration_s`, whichever comes first.

    Attributes:
        body: One request body, large enough that some are always in flight.
        expected_status: Status of a good answer.
        answers_field: Field of the answer with the list of answers; "" if it is not looked at.
        answer: Where the number stands in each of them; dots descend.
        answers: How many there must be.
        after_s: Seconds of traffic after the first failure.
        unique: Dotted field of each row that is new in every request, so that nothing is answered
            from memory; the body is then an object of one list of rows.
    """

    target: Target
    method: str
    path: str
    body: Any
    rate_rps: float
    duration_s: float
    timeout_s: float
    seed: int
    max_response_bytes: int = 1_048_576
    expected_status: int = 200
    answers_field: str = ""
    answer: str = ""
    answers: int = 0
    after_s: float = 1.0
    unique: str = ""
    kind: str = "shutdown"
