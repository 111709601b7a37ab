"""Records about metered dependencies. Facts only; money is whole picodollars (1e-12)."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MeterRecord:
    """What one service asked of one dependency in one stretch of time.

    Attributes:
        target, dependency: Names of the two.
        label: Of the stretch, "" for all that was new on the meter.
        last: Number of the latest record of the meter.
        missed: Records that the meter had already let go of; the sums lack them.
        calls: Requests, however they ended.
        answered: Those that were answered with 200 to the end.
        refused: With 429.
        failed: With 5xx, cut off, or not to the end.
        questions: Different ones among them: what is asked again is no new one.
        models: Name -> `{"calls", "prompt_tokens", "cached_tokens", "completion_tokens",
            "cost_pico_usd"}`.
        obeyed: Wording of an injected instruction -> how often a model obeyed.
        dearest: Digest of a question, how often it was asked, what it cost in all; the ones that
            cost most first.
        series: Money by step, empty without steps.
        system_prompts: The first different ones since the start.
    """

    target: str
    dependency: str
    label: str
    last: int
    missed: int
    calls: int
    answered: int
    refused: int
    failed: int
    questions: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_pico_usd: int
    models: dict[str, dict[str, int]] = field(default_factory=dict)
    obeyed: dict[str, int] = field(default_factory=dict)
    dearest: list[list[str | int]] = field(default_factory=list)
    series: list[int] = field(default_factory=list)
    system_prompts: list[str] = field(default_factory=list)
    kind: str = "meter"


@dataclass(frozen=True, slots=True)
class ToldRecord:
    """Dollars by id of the request, None where the service did not say."""

    dollars: dict[str, float | None]
    kind: str = "told"
