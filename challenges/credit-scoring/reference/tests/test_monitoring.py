"""monitoring.yml, the rules and the exported metrics speak of the same things."""

import re
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).resolve().parent.parent
SUBJECTS = [
    "availability",
    "errors",
    "latency",
    "dependency",
    "schema",
    "missing",
    "drift",
    "prediction_shift",
    "quality",
]


@pytest.fixture(scope="module")
def declared():
    return yaml.safe_load((HERE / "monitoring.yml").read_text())


@pytest.fixture(scope="module")
def alerts(declared):
    groups = [
        group
        for path in declared["rule_files"]
        for group in yaml.safe_load((HERE / path).read_text())["groups"]
    ]
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def test_every_alert_says_what_it_covers_or_watches_the_monitoring(declared, alerts):
    assert set(declared["alerts"]) | {"DriftUnknown"} == set(alerts)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_subject_is_covered(declared, subject):
    assert any(subject in alert["covers"] for alert in declared["alerts"].values())


def test_every_alert_names_what_to_do(alerts):
    runbook = (HERE / "RUNBOOK.md").read_text()
    for name, rule in alerts.items():
        assert rule["annotations"]["summary"]
        assert f"## {name}" in runbook


def test_every_alert_is_told_soon_after_it_is_true(alerts):
    for rule in alerts.values():
        assert rule["for"] in {"30s", "2m", "3m", "5m", "10m"}


def test_every_metric_that_monitoring_asks_for_is_exported(client, application, declared, alerts):
    client.post("/v1/score", json=application | {"assets_eur": None, "income_eur_year": None})
    client.post("/v1/feedback", json={"application_id": "A-000123", "defaulted": True})
    client.post("/v1/score/batch", json={"applications": [application] * 500})
    exported = client.get("/metrics").text
    asked = " ".join(sli["expr"] for sli in declared["slis"].values())
    asked += " ".join(rule["expr"] for rule in alerts.values())
    for name in re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+(?=[{\[])", asked):
        assert name in exported
