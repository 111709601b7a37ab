"""What a probe is told to do. Standard library only: the platform writes it, the probe reads it.

A plan is one JSON object with a `kind`; `load` turns it back into its dataclass. Paths in a
plan are relative to the directory of the plan file. Everything
that depends on chance is a seed, everything that waits has a limit, so the same plan means
the same requests at the same instants.

Layout of the files a probe finds: the plan on the path in its argument, `harness/` (tests
and data of the challenge, never seen by the service) and `rows.jsonl` where the plan says.
"""

import json
from dataclasses import MISSING, asdict, dataclass, field, is_dataclass
from dataclasses import fields as fields_of
from typing import Any, get_args, get_origin, get_type_hints

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
        rows: File of JSON lines `{"id": str, "body": object, "expected": number | null}`.
        answer: Field of the JSON response that holds the number to compare; dots descend.
        tolerance: Largest |answer - expected| that counts as correct.
        timeout_s: Total time from sending to the last byte; then the request failed.
        max_response_bytes: A longer body is cut off and the request failed.
        unique: Dotted field of the body that gets a fresh string in every request of open-loop
            and saturation plans ("" for none), so that no two requests are byte for byte
            equal and a cache keyed by the whole request is seen for what it is.
    """

    method: str
    path: str
    rows: str
    answer: str
    tolerance: float
    timeout_s: float = 2.0
    max_response_bytes: int = 65_536
    unique: str = ""


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
class StandIn:
    """A dependency stand-in as the contract tests may steer it. `control_url` has no path."""

    name: str
    control_url: str
    token: str


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
class AnswersPlan:
    """Ask for an answer to every row, once, through the single-row endpoint.

    The answers come back as they are; what they are worth is judged elsewhere, where the
    labels are.

    Attributes:
        first: Only the first so many rows of the file; 0 for all.
    """

    target: Target
    request: RequestSpec
    concurrency: int
    deadline_s: float
    first: int = 0
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
        after_s: Seconds of traffic after the first failure.
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
    after_s: float = 1.0
    kind: str = "shutdown"


@dataclass(frozen=True, slots=True)
class StandInService:
    """One stand-in to serve.

    Attributes:
        behaviour: Key of the registry in `gateways` ("lookup", ...).
        port: Where the service under measurement reaches it.
        data: File with what it knows, relative to the harness directory.
        settings: Free values of the behaviour.
    """

    name: str
    behaviour: str
    port: int
    data: str
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StandInPlan:
    """Serve dependency stand-ins until told to stop.

    Attributes:
        control_port: HTTP port on which modes are changed, on `control_host` only.
        token: Required in the `Authorization: Bearer` header of control requests.
        harness: Directory of the data files.
    """

    services: list[StandInService]
    control_host: str
    control_port: int
    token: str
    harness: str
    kind: str = "stand_in"


Plan = (
    OpenLoopPlan
    | SaturationPlan
    | BootPlan
    | ContractPlan
    | AnswersPlan
    | ShutdownPlan
    | StandInPlan
)


def dump(plan: Plan) -> str:
    """The plan as one line of JSON."""
    return json.dumps(asdict(plan), sort_keys=True)


def load(text: str) -> Plan:
    """The plan in a JSON text.

    Raises:
        ValueError: not a plan; the message names every field that is wrong.
    """
    try:
        fields = json.loads(text)
    except ValueError as problem:
        raise ValueError(f"the plan is not JSON: {problem}") from problem
    if not isinstance(fields, dict) or fields.get("kind") not in _KINDS:
        known = ", ".join(sorted(_KINDS))
        raise ValueError(f"the plan needs a `kind`, one of: {known}")
    problems: list[str] = []
    plan: Plan = _dataclass(_KINDS[fields["kind"]], fields, "plan", problems)
    if not problems:
        problems = _unknown_targets(plan) + _idle_windows(plan)
    if problems:
        raise ValueError("; ".join(problems))
    return plan


def _dataclass(kind: type[Any], value: Json, where: str, problems: list[str]) -> Json:
    """`value` as a dataclass of `kind`, or None with the reasons added to `problems`."""
    if not isinstance(value, dict):
        problems.append(f"{where}: expected an object, got {value!r}")
        return None
    hints = get_type_hints(kind)
    known = {f.name: f for f in fields_of(kind)}
    before = len(problems)
    problems += [f"{where}.{name}: unknown field" for name in value if name not in known]
    problems += [
        f"{where}.{f.name}: missing"
        for f in known.values()
        if f.name not in value and f.default is MISSING and f.default_factory is MISSING
    ]
    values = {
        name: _value(hints[name], given, f"{where}.{name}", problems)
        for name, given in value.items()
        if name in known
    }
    return kind(**values) if len(problems) == before else None


def _value(hint: Json, value: Json, where: str, problems: list[str]) -> Json:
    """`value` checked against a type hint of a plan's field."""
    if hint is Any:
        return value
    if is_dataclass(hint) and isinstance(hint, type):
        return _dataclass(hint, value, where, problems)
    origin: Any = get_origin(hint)
    if origin is list and isinstance(value, list):
        inner = get_args(hint)[0]
        return [_value(inner, v, f"{where}[{i}]", problems) for i, v in enumerate(value)]
    accepted = _ACCEPTED[origin or hint]
    if isinstance(value, accepted) and (hint is bool or not isinstance(value, bool)):
        return value
    problems.append(f"{where}: expected {getattr(hint, '__name__', hint)}, got {value!r}")
    return None


def _unknown_targets(plan: Plan) -> list[str]:
    """Windows that name a target the plan does not have."""
    if not isinstance(plan, OpenLoopPlan | SaturationPlan):
        return []
    known = {target.name for target in plan.targets}
    used = [
        name
        for window in plan.windows
        for name in ([window.target] if isinstance(window, OpenLoopWindow) else window.targets)
    ]
    return [f"plan.windows: no target is called {name!r}" for name in used if name not in known]


def _idle_windows(plan: Plan) -> list[str]:
    """Windows in which nothing could ever be sent."""
    if not isinstance(plan, OpenLoopPlan | ShutdownPlan):
        return []
    drawn = plan.windows if isinstance(plan, OpenLoopPlan) else [plan]
    return [
        f"plan: rate_rps must be above 0, got {window.rate_rps:g}"
        for window in drawn
        if not window.rate_rps > 0
    ]


_KINDS: dict[str, type[Any]] = {
    "open_loop": OpenLoopPlan,
    "saturation": SaturationPlan,
    "boot": BootPlan,
    "contract": ContractPlan,
    "answers": AnswersPlan,
    "shutdown": ShutdownPlan,
    "stand_in": StandInPlan,
}

_ACCEPTED: dict[Any, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    float: (int, float),
    bool: (bool,),
    list: (list,),
    dict: (dict,),
}
