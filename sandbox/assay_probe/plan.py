"""What a probe is told to do. Standard library only: the platform writes it, the probe reads it.

A plan is one JSON object with a `kind`; `load` turns it back into its dataclass. Paths in a
plan are relative to the directory of the plan file. Everything
that depends on chance is a seed, everything that waits has a limit, so the same plan means
the same requests at the same instants.

Layout of the files a probe finds: the plan on the path in its argument, `harness/` (tests
and data of the challenge, never seen by the service) and `rows.jsonl` where the plan says.

The kinds of plan stand in `plans_*.py`, by theme; everybody imports them from here.
"""

import json
from dataclasses import MISSING, asdict, is_dataclass
from dataclasses import fields as fields_of
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from assay_probe.plans_alerting import (
    LiveAlertingPlan,
    RangeQuery,
    RangeReplayPlan,
    RuleReplayPlan,
    RuleTest,
)
from assay_probe.plans_generate import GeneratePlan, LabelledSpec, RowSet
from assay_probe.plans_meter import MeteredStandIn, MeterPlan, MeterStretch, ToldPlan
from assay_probe.plans_service import (
    AnswersPlan,
    BatchSpec,
    BootPlan,
    ContractPlan,
    OpenLoopPlan,
    OpenLoopWindow,
    RequestSpec,
    SaturationPlan,
    SaturationWindow,
    ShutdownPlan,
    Target,
)
from assay_probe.plans_stand_in import StandIn, StandInPlan, StandInService
from assay_probe.plans_timeline import (
    CanarySpec,
    FeedbackSpec,
    IncidentsPlan,
    Mark,
    ScrapeSpec,
    Segment,
    StandInChange,
    broken_timeline,
)

__all__ = [
    "AnswersPlan",
    "BatchSpec",
    "BootPlan",
    "CanarySpec",
    "ContractPlan",
    "FeedbackSpec",
    "GeneratePlan",
    "IncidentsPlan",
    "LabelledSpec",
    "LiveAlertingPlan",
    "Mark",
    "MeterPlan",
    "MeterStretch",
    "MeteredStandIn",
    "OpenLoopPlan",
    "OpenLoopWindow",
    "Plan",
    "RangeQuery",
    "RangeReplayPlan",
    "RequestSpec",
    "RowSet",
    "RuleReplayPlan",
    "RuleTest",
    "SaturationPlan",
    "SaturationWindow",
    "ScrapeSpec",
    "Segment",
    "ShutdownPlan",
    "StandIn",
    "StandInChange",
    "StandInPlan",
    "StandInService",
    "Target",
    "ToldPlan",
    "dump",
    "load",
    "parsed",
]

Json = Any
T = TypeVar("T")

Plan = (
    OpenLoopPlan
    | SaturationPlan
    | BootPlan
    | ContractPlan
    | AnswersPlan
    | ShutdownPlan
    | StandInPlan
    | IncidentsPlan
    | RuleReplayPlan
    | RangeReplayPlan
    | LiveAlertingPlan
    | GeneratePlan
    | MeterPlan
    | ToldPlan
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
        problems = _unknown_targets(plan) + _idle_windows(plan) + _broken_timeline(plan)
    if problems:
        raise ValueError("; ".join(problems))
    return plan


def parsed(kind: type[T], value: Json, where: str) -> T:
    """A JSON value as a dataclass of `kind`.

    Raises:
        ValueError: it is none; the message names every field that is wrong.
    """
    problems: list[str] = []
    made: T = _dataclass(kind, value, where, problems)
    if problems:
        raise ValueError("; ".join(problems))
    return made


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
    if origin is UnionType:  # `X | None`, the only union in a plan
        return None if value is None else _value(get_args(hint)[0], value, where, problems)
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


def _broken_timeline(plan: Plan) -> list[str]:
    """What makes no sense in a timeline."""
    return broken_timeline(plan) if isinstance(plan, IncidentsPlan) else []


_KINDS: dict[str, type[Any]] = {
    "open_loop": OpenLoopPlan,
    "saturation": SaturationPlan,
    "boot": BootPlan,
    "contract": ContractPlan,
    "answers": AnswersPlan,
    "shutdown": ShutdownPlan,
    "stand_in": StandInPlan,
    "incidents": IncidentsPlan,
    "rule_replay": RuleReplayPlan,
    "range_replay": RangeReplayPlan,
    "live_alerting": LiveAlertingPlan,
    "generate": GeneratePlan,
    "meter": MeterPlan,
    "told": ToldPlan,
}

_ACCEPTED: dict[Any, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    float: (int, float),
    bool: (bool,),
    list: (list,),
    dict: (dict,),
}
