"""The alerts of operators, by the program that will read them."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

PLACE = Path(__file__).parents[2] / "deploy" / "prometheus"
RULES = yaml.safe_load((PLACE / "rules.yml").read_text())
CASES = yaml.safe_load((PLACE / "rules_test.yml").read_text())["tests"]
ALERTS = [rule for group in RULES["groups"] for rule in group["rules"]]
NAMES = sorted(rule["alert"] for rule in ALERTS)

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not installed; `assay doctor --fix`"
)


def promtool(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["promtool", *words], cwd=PLACE, text=True, capture_output=True, timeout=60, check=False
    )


def fired(case: dict[str, object]) -> set[str]:
    return {name for name in NAMES if f'alertname="{name}"' in str(case)}


def test_prometheus_accepts_its_configuration() -> None:
    done = promtool("check", "config", "prometheus.yml")

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_case_of_the_rules_holds() -> None:
    done = promtool("test", "rules", "rules_test.yml")

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_is_shown_firing_and_silent(name: str) -> None:
    shown = [name in fired({"looks": case["promql_expr_test"]}) for case in CASES]

    assert set(shown) == {True, False}


@pytest.mark.parametrize("name", NAMES)
def test_every_alert_is_documented(name: str) -> None:
    assert f"`{name}`" in (PLACE.parents[1] / "docs" / "deploying.md").read_text()


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, dict[str, str]]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["action"]
