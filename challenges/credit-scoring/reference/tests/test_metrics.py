"""The numbers are those of the requests that were made."""

import numpy as np
from prometheus_client.parser import text_string_to_metric_families

from app.features import INPUTS
from app.metrics import count_scores


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
