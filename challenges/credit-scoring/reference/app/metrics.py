"""What Prometheus may know. Labels come from short fixed lists, never from a request."""

from collections import Counter as count
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from app.drift import Profile
from app.features import INPUTS
from app.schemas import Application

REGISTRY = CollectorRegistry()

REQUESTS = Counter(
    "http_requests_total", "Requests answered.", ["path", "status"], registry=REGISTRY
)
LATENCY = Histogram(
    "http_request_duration_seconds",
    "Time from the first byte read to the last byte written.",
    ["path"],
    buckets=(0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2.5),
    registry=REGISTRY,
)
SCORES = Counter("scores_total", "Applications scored.", ["decision"], registry=REGISTRY)
INCOME_SOURCES = Counter(
    "income_source_total", "Where the income came from.", ["source"], registry=REGISTRY
)
MISSING = Counter(
    "feature_missing_total", "Inputs that were missing.", ["feature"], registry=REGISTRY
)
MISSING_IN_TRAINING = Gauge(
    "feature_missing_training_share",
    "Share of training rows in which the input was missing.",
    ["feature"],
    registry=REGISTRY,
)
PSI_LIMIT = Gauge(
    "feature_psi_limit",
    "The drift above which somebody should look; none for inputs that hardly matter.",
    ["feature"],
    registry=REGISTRY,
)
BUREAU_LOOKUPS = Counter(
    "bureau_lookups_total", "Lookups at the income bureau.", ["outcome"], registry=REGISTRY
)
FEEDBACK = Counter("feedback_total", "Labels received.", ["defaulted"], registry=REGISTRY)
VIOLATIONS = Counter(
    "contract_violations_total",
    "Refused requests by the field that was wrong.",
    ["feature"],
    registry=REGISTRY,
)
READY = Gauge("ready", "1 once the model is loaded and has passed its test.", registry=REGISTRY)
MODEL = Gauge("model_info", "The model in service.", ["version"], registry=REGISTRY)


def start_at_zero() -> None:
    """A rate needs a first value: what can be counted is there before it happens."""
    for outcome in ("found", "unknown", "failed", "skipped"):
        BUREAU_LOOKUPS.labels(outcome)
    for feature in INPUTS:
        MISSING.labels(feature)
    for field in (*Application.model_fields, "body"):
        VIOLATIONS.labels(field)


start_at_zero()


def count_scores(scores: Sequence[Mapping[str, Any]], inputs: np.ndarray) -> None:
    """Count decisions, income sources and missing inputs of scored applications."""
    for decision, number in count(score["decision"] for score in scores).items():
        SCORES.labels(decision).inc(number)
    for source, number in count(score["income_source"] for score in scores).items():
        INCOME_SOURCES.labels(source).inc(number)
    missing = np.isnan(inputs).sum(axis=0)
    for place in missing.nonzero()[0]:
        MISSING.labels(INPUTS[place]).inc(int(missing[place]))


def count_violations(fields: Iterable[str]) -> None:
    """Count a refused request once for every field that was wrong in it."""
    for field in fields:
        VIOLATIONS.labels(field).inc()


def announce(version: str, profile: Profile, psi_limits: Mapping[str, float]) -> None:
    """Say which model is in service, what it was trained on and how far from that is too far."""
    MODEL.labels(version).set(1)
    for feature, shares in zip(profile.names, profile.shares, strict=True):
        MISSING_IN_TRAINING.labels(feature).set(shares[-1])
    for feature, limit in psi_limits.items():
        PSI_LIMIT.labels(feature).set(limit)
    READY.set(1)


class Watched(Collector):
    """Gauges that are computed when they are read, so that no request pays for them."""

    def __init__(
        self,
        psi: Callable[[], Mapping[str, float]],
        brier_score: Callable[[], float | None],
        breaker_open: Callable[[], bool],
    ) -> None:
        self._psi = psi
        self._brier_score = brier_score
        self._breaker_open = breaker_open

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The current values."""
        psi = GaugeMetricFamily(
            "feature_psi", "Drift of the last 500 rows from training.", labels=["feature"]
        )
        for feature, value in self._psi().items():
            psi.add_metric([feature], value)
        yield psi
        brier = self._brier_score()
        if brier is not None:
            yield GaugeMetricFamily("model_brier_score", "Error on late labels.", value=brier)
        yield GaugeMetricFamily(
            "bureau_breaker_open", "1 while the bureau is left alone.", value=self._breaker_open()
        )
