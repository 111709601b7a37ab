"""What the report shows of metered dependencies: by model, by stage, and for a right answer.

Sums are of picodollars, so that they are exact; names of models are the submission's words.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from assay.domain.checks.metered import readings
from assay.domain.checks.wording import joined
from assay.domain.evidence import Evidence
from assay.domain.meters import ROWS, WHOLE, MeterReading, ModelUse
from assay.features.scorecards.decisions_wording import (
    NAME,
    dollars,
    lost,
    made_up,
    per_row,
    price,
    told_beside,
)
from assay.features.scorecards.wording import clipped

MODELS = 12
"""Lines of models; a submission may name as many as it likes."""
SUMS = ("calls", "prompt_tokens", "cached_tokens", "completion_tokens", "cost_pico_usd")
NO_USE = ModelUse(**dict.fromkeys(SUMS, 0))


@dataclass(frozen=True, slots=True)
class ModelLine:
    """What was asked of one model. `cached`: of the tokens in."""

    name: str
    calls: int
    tokens_in: int
    cached: int
    tokens_out: int
    dollars: str


@dataclass(frozen=True, slots=True)
class StageLine:
    """What was asked in one stage, and how it ended."""

    name: str
    calls: int
    answered: int
    refused: int
    failed: int
    dollars: str


@dataclass(frozen=True, slots=True)
class Bill:
    """All of it.

    Attributes:
        price: Dollars for a row rightly handled, as a sentence; "" where that was not read.
        per_row: The same in a few words.
        told: What the service itself says, beside it.
        models, stages: Lines, and the sum of each as the last.
        lost: What the sums lack, "" if nothing.
    """

    price: str
    per_row: str
    told: Sequence[str]
    models: Sequence[ModelLine]
    stages: Sequence[StageLine]
    lost: str


def bill_of(evidence: Evidence) -> Bill | None:
    """The bill of the submission; None if nothing was read of it."""
    rows = readings(evidence, "quality", ROWS)
    whole = [one for one in evidence.meters if (one.label, one.role) == (WHOLE, "submission")]
    if not rows and not whole:
        return None
    cost = sum(one.cost_pico_usd for one in rows)
    right, asked = (rows[0].right or 0, rows[0].asked or 0) if rows else (0, 0)
    decided = evidence.labelled.decision.right if evidence.labelled else 0
    return Bill(
        price=joined(price(cost, right, asked), made_up(right, decided)) if rows else "",
        per_row=per_row(cost, right) if rows else "",
        told=[told for one in rows if (told := told_beside(one))],
        models=_models(whole),
        stages=_stages(whole),
        lost=lost(sum(one.missed for one in whole)),
    )


def _models(whole: Sequence[MeterReading]) -> list[ModelLine]:
    """The dearest models, what remains, and the sum."""
    uses: dict[str, ModelUse] = {}
    for reading, name in ((one, name) for one in whole for name in one.models):
        uses[name] = _sum([uses.get(name, NO_USE), reading.models[name]])
    order = sorted(uses, key=lambda name: (-uses[name].cost_pico_usd, -uses[name].calls, name))
    shown, total = order[:MODELS], _sum(whole)
    rest = _less(total, _sum(uses[name] for name in shown))
    return [
        *(_model(clipped(name, NAME) or "no name", uses[name]) for name in shown),
        *([_model("Others", rest)] if rest != NO_USE else []),
        *([_model("All", total)] if whole else []),
    ]


def _model(name: str, use: ModelUse) -> ModelLine:
    return ModelLine(
        name=name,
        calls=use.calls,
        tokens_in=use.prompt_tokens,
        cached=use.cached_tokens,
        tokens_out=use.completion_tokens,
        dollars=dollars(use.cost_pico_usd),
    )


def _sum(uses: Iterable[ModelUse | MeterReading]) -> ModelUse:
    found = list(uses)
    return ModelUse(**{name: sum(getattr(one, name) for one in found) for name in SUMS})


def _less(total: ModelUse, taken: ModelUse) -> ModelUse:
    return ModelUse(**{name: getattr(total, name) - getattr(taken, name) for name in SUMS})


def _stages(whole: Sequence[MeterReading]) -> list[StageLine]:
    """In the order in which they ran, and the sum."""
    names = dict.fromkeys(one.stage for one in whole)
    lines = [_stage(name, [one for one in whole if one.stage == name]) for name in names]
    return [*lines, *([_stage("All", whole)] if whole else [])]


def _stage(name: str, found: Sequence[MeterReading]) -> StageLine:
    return StageLine(
        name=name,
        calls=sum(one.calls for one in found),
        answered=sum(one.answered for one in found),
        refused=sum(one.refused for one in found),
        failed=sum(one.failed for one in found),
        dollars=dollars(sum(one.cost_pico_usd for one in found)),
    )
