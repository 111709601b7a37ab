"""What Prometheus may know. Labels come from short fixed lists, never from a claim or a model."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.prices import PICO_PER_USD
from app.rules import CATEGORIES, REASONS

if TYPE_CHECKING:
    from app.breaker import CircuitBreaker
    from app.gateway import Call
    from app.watch import Watch

disable_created_metrics()  # twice the series, and nobody asks when a counter was made
REGISTRY = CollectorRegistry()
OUTCOMES = ("ok", "limited", "failed", "timeout", "malformed", "skipped")

REQUESTS = Counter(
    "http_requests_total", "Requests answered.", ["path", "status"], registry=REGISTRY
)
LATENCY = Histogram(
    "http_request_duration_seconds",
    "Time from the first byte read to the last byte written.",
    ["path"],
    buckets=(0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 10, 15),
    registry=REGISTRY,
)
DECISIONS = Counter(
    "decisions_total", "Claims decided.", ["decision", "category"], registry=REGISTRY
)
REVIEWS = Counter(
    "review_reasons_total", "Why claims went to a person.", ["reason"], registry=REGISTRY
)
LLM_CALLS = Counter("llm_calls_total", "Calls to the gateway.", ["model", "outcome"], registry=REGISTRY)
LLM_SECONDS = Histogram(
    "llm_call_duration_seconds",
    "Time of one call.",
    ["model"],
    buckets=(0.1, 0.25, 0.5, 1, 1.5, 2, 3, 4, 6),
    registry=REGISTRY,
)
LLM_TOKENS = Counter("llm_tokens_total", "Tokens billed.", ["model", "kind"], registry=REGISTRY)
LLM_COST = Counter("llm_cost_usd_total", "Dollars billed for tokens.", ["model"], registry=REGISTRY)
CLAIM_COST = Histogram(
    "claim_cost_usd",
    "Dollars billed for one claim.",
    buckets=(0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05),
    registry=REGISTRY,
)
VERSION_CHANGES = Counter(
    "llm_version_changes_total", "Times a model came back as another version.", registry=REGISTRY
)
VIOLATIONS = Counter(
    "contract_violations_total", "Refused requests by the field at fault.", ["field"], registry=REGISTRY
)
FEEDBACK = Counter("feedback_total", "Labels received.", ["payable"], registry=REGISTRY)
IN_WORK = Gauge("claims_in_work", "Claims being read or waiting for it.", registry=REGISTRY)
TURNED_AWAY = Counter("claims_turned_away_total", "Claims answered 429.", registry=REGISTRY)
BUDGET = Gauge("budget_usd_per_day", "What a day may cost.", registry=REGISTRY)

_versions: dict[str, tuple[str, str]] = {}
_models: set[str] = set()


def start_at_zero(models: tuple[str, ...], budget_usd_per_day: float) -> None:
    """A rate needs a first value: what can be counted is there before it happens."""
    BUDGET.set(budget_usd_per_day)
    _models.update(models)
    for model in models:
        LLM_COST.labels(model)
        for outcome in OUTCOMES:
            LLM_CALLS.labels(model, outcome)
    for reason in REASONS:
        REVIEWS.labels(reason)
    for category in CATEGORIES:
        for decision in ("auto", "human_review"):
            DECISIONS.labels(decision, category)


def count_call(call: "Call") -> None:
    """Count a call, its time and what it is billed; note a model that has become another."""
    model = next((m for m in _models if call.model.startswith(m)), "other")
    LLM_CALLS.labels(model, call.outcome).inc()
    LLM_SECONDS.labels(model).observe(call.latency_ms / 1000)
    LLM_TOKENS.labels(model, "prompt").inc(call.usage.prompt)
    LLM_TOKENS.labels(model, "completion").inc(call.usage.answer)
    LLM_COST.labels(model).inc(call.cost_pico / PICO_PER_USD)
    if call.outcome == "ok":
        now = (call.model, call.fingerprint)
        if _versions.setdefault(model, now) != now:
            VERSION_CHANGES.inc()
            _versions[model] = now


def count_decision(decision: Mapping[str, Any], cost_pico: int) -> None:
    """Count a decision, why it went to a person, and its price."""
    DECISIONS.labels(decision["decision"], decision["category"]).inc()
    for reason in decision["reasons"]:
        REVIEWS.labels(reason).inc()
    CLAIM_COST.observe(cost_pico / PICO_PER_USD)


class Watched(Collector):
    """Gauges that are computed when they are read, so that no request pays for them."""

    def __init__(self, watch: "Watch", breaker: "CircuitBreaker") -> None:
        self._watch = watch
        self._breaker = breaker

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The current values; what nobody knows yet is absent."""
        watch = self._watch
        values = {
            "category_psi": (watch.category_psi(), "Drift of the last 150 categories."),
            "answers_whole_share": (watch.whole_share(), "Recent answers all of which stood there."),
            "escalated_share": (watch.escalated_share(), "Recent claims asked about twice."),
            "overruled_share": (watch.overruled_share(), "Recent decisions adjusters disagree with."),
            "llm_breaker_open": (float(self._breaker.open), "1 while the gateway is left alone."),
        }
        for name, (value, about) in values.items():
            if value is not None:
                yield GaugeMetricFamily(name, about, value=value)
        shares = GaugeMetricFamily("category_share", "Of the last 150 claims.", labels=["category"])
        for category, share in watch.category_shares().items():
            shares.add_metric([category], share)
        yield shares
