"""What every check of a rubric is like: where its value comes from, and which way is better.

A rule knows nothing of a check but what stands here.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import ValidationError

from assay.domain.challenge import StageName
from assay.domain.rubric import Band

Better = Literal["more", "less"]
INFINITY = math.inf


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a check.

    Attributes:
        fits: Whether a value can be used.
        hint: What can, in words.
        required: Whether the check cannot do without it.
    """

    fits: Callable[[object], bool]
    hint: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Trait:
    """What a check is like.

    Attributes:
        better: Which values earn points.
        stages: Any of these shows the value; the first one measures it.
        least: No value is below it.
        most: No value is above it.
    """

    better: Better
    stages: tuple[StageName, ...]
    least: float = 0.0
    most: float = 1.0
    settings: Mapping[str, Setting] = field(default_factory=dict)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_list_of_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_band(value: object) -> bool:
    try:
        Band.model_validate(value)
    except ValidationError:
        return False
    return True


OPERABILITY = (
    "dependencies_pinned",
    "documentation",
    "no_secrets",
    "non_root",
    "own_tests",
)
"""What the operability stage answers for."""

NAMES = Setting(_is_list_of_names, "a list of names")
BAND = Setting(_is_band, "a band such as { floor = 20, target = 5 }", required=True)
MARKER = Setting(_is_text, "the marker of hidden tests")
QUANTILE = Setting(lambda value: value in (0.5, 0.95), "0.5 or 0.95", required=True)
WHICH = {"injectors": NAMES, "groups": NAMES}
REFUSALS = Setting(lambda value: value in ("", "4", "45"), '"", "4" or "45"')
WORST_OR_MEAN = Setting(lambda value: value in ("worst", "mean"), '"worst" or "mean"')
OPERABILITY_RULE = Setting(lambda value: value in OPERABILITY, f"one of {', '.join(OPERABILITY)}")

TRAITS: dict[str, Trait] = {
    "builds": Trait("more", ("build",)),
    "boots": Trait("more", ("boot",)),
    "contract_tests": Trait("more", ("contract",), settings={"criterion": MARKER}),
    "quality_agreement": Trait("more", ("quality",)),
    "quality_auc_gap": Trait("less", ("quality",), least=-1.0),
    "answers_f1": Trait("more", ("quality",)),
    "decision_cost": Trait("more", ("quality",), least=-INFINITY),
    "decided_both_ways": Trait("more", ("quality",)),
    "calibration": Trait("less", ("quality",)),
    "attack_twins": Trait("more", ("quality",)),
    "canaries": Trait("more", ("quality",)),
    "latency_ratio": Trait("less", ("load",), most=INFINITY, settings={"quantile": QUANTILE}),
    "objective_share": Trait("more", ("load",)),
    "throughput_ratio": Trait("more", ("capacity",), most=INFINITY),
    "cost_ratio": Trait("less", ("capacity",), most=INFINITY),
    "metered_cost": Trait("less", ("quality",), most=INFINITY),
    "retry_spend": Trait("less", ("incidents",), most=INFINITY),
    "cost_told": Trait("more", ("quality",)),
    "memory_growth": Trait("less", ("load", "capacity"), least=-INFINITY, most=INFINITY),
    "personal_data": Trait("more", ("contract",)),
    "alerts_score": Trait("more", ("incidents",), settings={"groups": NAMES}),
    "alerts_robust": Trait("more", ("incidents",)),
    "drift_located": Trait("more", ("incidents",)),
    "notified": Trait("more", ("incidents",)),
    "metrics_truthful": Trait("more", ("incidents",)),
    "metrics_cheap": Trait(
        "more", ("incidents",), settings={"series_per_1000": BAND, "scrape_ms": BAND}
    ),
    "outage_answers": Trait("more", ("incidents",), settings=WHICH | {"refusals": REFUSALS}),
    "wrong_served": Trait("less", ("incidents",), settings=WHICH),
    "recovery": Trait("less", ("incidents",), most=INFINITY, settings={"of": WORST_OR_MEAN}),
    "error_budget": Trait("less", ("incidents",)),
    "ready_truth": Trait("more", ("boot",)),
    "shutdown_in_flight": Trait("more", ("shutdown",)),
    "shutdown_time": Trait("less", ("shutdown",), most=INFINITY),
    "operability": Trait("more", ("operability",), settings={"rule": OPERABILITY_RULE}),
    "image_size": Trait("less", ("build",), most=INFINITY),
}
"""Key of `checks.CHECKS` -> what it is like. A test holds the two to the same keys."""

STAGE_TABLES = ("quality", "load", "capacity", "incidents", "shutdown")
"""Stages that a challenge leaves out by leaving out their table."""

NEEDS_TABLE = {
    table: tuple(name for name, trait in TRAITS.items() if trait.stages[0] == table)
    for table in STAGE_TABLES
}
"""Table of challenge.toml -> checks that have nothing to look at without it."""
