"""Records of a meter, readings of it, and a challenge with a bill."""

from collections.abc import Iterator
from typing import Any

from assay.domain.meters import MeterReading
from assay_probe.plan import MeterPlan, StandIn
from assay_probe.records import MeterRecord

MODEL = {
    "name": "model",
    "environment": "MODEL_URL",
    "key_environment": "MODEL_KEY",
    "port": 9100,
    "behaviour": "llm",
    "data": "rules.json",
    "meter": True,
}
"""A metered dependency, as a table of challenge.toml."""
HAND = StandIn("model", "http://127.0.0.1:1", "token")
CENT = 10**10
"""In picodollars."""


def entry(number: int = 1, **changes: Any) -> dict[str, Any]:
    """One record of a meter: an answered call of a cent."""
    usual = {
        "number": number,
        "at_s": float(number),
        "digest": f"question-{number}",
        "model": "assay-large",
        "status": 200,
        "complete": True,
        "usage": {"prompt_tokens": 100, "cached_tokens": 20, "completion_tokens": 10},
        "cost_pico_usd": CENT,
        "obeyed": [],
    }
    return {**usual, **changes}


def reading(**changes: Any) -> MeterReading:
    """What was read of the held-out rows: a dollar for a hundred rows, eighty of them right."""
    usual = {
        "stage": "quality",
        "role": "submission",
        "dependency": "model",
        "label": "rows",
        "calls": 130,
        "answered": 130,
        "refused": 0,
        "failed": 0,
        "questions": 120,
        "prompt_tokens": 200_000,
        "cached_tokens": 50_000,
        "completion_tokens": 9_000,
        "cost_pico_usd": 100 * CENT,
        "models": {
            "assay-small": {
                "calls": 130,
                "prompt_tokens": 200_000,
                "cached_tokens": 50_000,
                "completion_tokens": 9_000,
                "cost_pico_usd": 100 * CENT,
            }
        },
        "asked": 100,
        "right": 80,
    }
    return MeterReading.model_validate({**usual, **changes})


def told_by(plan: MeterPlan) -> Iterator[MeterRecord]:
    """Meters on which every stretch cost a cent, and every step of it a picodollar."""
    for one in plan.meters:
        for label in ("", *(stretch.label for stretch in plan.stretches)):
            yield record(one.target, one.stand_in.name, label, _steps(plan, label))


def record(target: str, dependency: str, label: str, series: list[int]) -> MeterRecord:
    """One call that cost a cent."""
    return MeterRecord(
        target=target,
        dependency=dependency,
        label=label,
        last=7,
        missed=0,
        calls=1,
        answered=1,
        refused=0,
        failed=0,
        questions=1,
        prompt_tokens=100,
        cached_tokens=0,
        completion_tokens=10,
        cost_pico_usd=CENT,
        models={},
        obeyed={},
        dearest=[["question-1", 1, CENT]],
        series=series,
        system_prompts=[] if label else ["Extract the fields." * 1000] * 9,
    )


def _steps(plan: MeterPlan, label: str) -> list[int]:
    found = [s for s in plan.stretches if s.label == label and s.every_s]
    return [1] * round((found[0].until_s - found[0].since_s) / found[0].every_s) if found else []
