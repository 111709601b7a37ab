"""The numbers are those of the requests that were made."""

import re
from pathlib import Path

import numpy as np
import yaml
from prometheus_client.parser import text_string_to_metric_families

from app.features import INPUTS
from app.metrics import LATENCY, count_scores


def value(client, name, **labels):
    for family in text_string_to_metric_families(client.get("/metrics").text):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return sample.value
    return 0.0


def test_requests_and_scores_are_counted(client, application):
    def counts():
        return (
            value(client, "http_requests_total", path="/v1/score", status="200"),
            value(client, "http_request_duration_seconds_count", path="/v1/score"),
        )

    before = counts()
    for _ in range(3):
        client.post("/v1/score", json=application | {"assets_eur": None})
    assert [now - then for now, then in zip(counts(), before, strict=True)] == [3, 3]


def test_missing_inputs_are_counted_by_feature(client):
    before = value(client, "feature_missing_total", feature="job")
    count_scores([], np.full((2, len(INPUTS)), np.nan))
    assert value(client, "feature_missing_total", feature="job") == before + 2


def test_refusals_are_counted_by_status(client):
    before = value(client, "http_requests_total", path="/v1/score", status="422")
    client.post("/v1/score", content=b"{")
    assert value(client, "http_requests_total", path="/v1/score", status="422") == before + 1


def test_a_caller_cannot_invent_label_values(client):
    client.get("/wp-admin/x7")
    assert "wp-admin" not in client.get("/metrics").text


def test_the_objective_of_50_ms_is_a_bucket_bound():
    bounds = LATENCY._kwargs["buckets"]
    assert 0.05 in bounds
    assert sum(bound < 0.05 for bound in bounds) >= 4


def test_every_metric_that_monitoring_asks_for_is_exported(client, application):
    client.post("/v1/score", json=application | {"assets_eur": None, "income_eur_year": None})
    client.post("/v1/feedback", json={"application_id": "A-000123", "defaulted": True})
    client.post("/v1/score/batch", json={"applications": [application] * 500})
    exported = client.get("/metrics").text
    here = Path(__file__).resolve().parent.parent
    declared = yaml.safe_load((here / "monitoring.yml").read_text())
    asked = " ".join(sli["expr"] for sli in declared["slis"].values())
    asked += (here / "monitoring" / "rules.yml").read_text()
    for name in re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+(?=[{\[])", asked):
        assert name in exported
