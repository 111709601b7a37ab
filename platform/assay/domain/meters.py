"""What services asked of metered dependencies, stage by stage. Facts only.

Money is whole picodollars (1e-12 dollars), as the meters count it, so that every sum is exact.
"""

from typing import Literal

from pydantic import Field

from assay.domain.challenge import StageName
from assay.domain.measurements import Fact

PICO_PER_USD = 10**12
WHOLE = ""
"""Label of the reading of a whole stage."""
ROWS, DUET, TIMELINE = "rows", "duet", "timeline"
"""Labels of stretches: the held-out rows, saturation beside the reference, the whole timeline."""


def incident_label(incident_id: str) -> str:
    """Label of the stretch of an incident."""
    return f"incident/{incident_id}"


class ModelUse(Fact):
    """What was asked of one model."""

    calls: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_pico_usd: int


class AskedQuestion(Fact):
    """One question by its digest: how often it was asked, and what that cost in all."""

    digest: str
    calls: int
    cost_pico_usd: int


class MeterReading(Fact):
    """What one service asked of one dependency in a stage, or in a stretch of it.

    Attributes:
        label: "" for the whole stage.
        calls: Requests, however they ended.
        answered: With 200, to the end.
        refused: With 429.
        failed: With 5xx, cut off, or not to the end.
        questions: Different ones; what is asked again is no new one.
        missed: Requests that the meter had already let go of; the sums lack them.
        models: By name.
        obeyed: Wording of an injected instruction -> how often a model obeyed it.
        dearest: The questions that cost most, not all of them.
        system_prompts: The first few that the dependency was sent, cut.
        asked: Requests that the harness sent to the service meanwhile, None if not counted.
        right: Those of them that were rightly handled.
        told_usd: Dollars that the service says these requests cost; None if it was not asked.
        told_of: Requests of which it said so.
    """

    stage: StageName
    role: Literal["submission", "reference"]
    dependency: str
    label: str = WHOLE
    calls: int
    answered: int
    refused: int
    failed: int
    questions: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_pico_usd: int
    missed: int = 0
    models: dict[str, ModelUse] = Field(default_factory=dict)
    obeyed: dict[str, int] = Field(default_factory=dict)
    dearest: tuple[AskedQuestion, ...] = ()
    system_prompts: tuple[str, ...] = ()
    asked: int | None = None
    right: int | None = None
    told_usd: float | None = None
    told_of: int = 0

    @property
    def dollars(self) -> float:
        """What it cost."""
        return self.cost_pico_usd / PICO_PER_USD
