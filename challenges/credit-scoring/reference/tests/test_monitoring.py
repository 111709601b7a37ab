"""monitoring.yml, the rules and the exported metrics speak of the same things."""

from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).resolve().parent.parent


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


def test_every_alert_says_what_it_covers(declared, alerts):
    assert set(declared["alerts"]) == set(alerts)


@pytest.mark.parametrize("subject", ["availability", "errors", "latency", "drift", "missing"])
def test_every_subject_is_covered(declared, subject):
    assert any(subject in alert["covers"] for alert in declared["alerts"].values())


def test_every_alert_names_what_to_do(alerts):
    runbook = (HERE / "RUNBOOK.md").read_text()
    for name, rule in alerts.items():
        assert rule["annotations"]["summary"]
        assert f"## {name}" in runbook
