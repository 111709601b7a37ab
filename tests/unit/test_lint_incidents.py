"""A timeline is long enough for rules with windows, and the reference can tell all of it."""

from pathlib import Path

import pytest
from tests.broken_challenges.edits import SPEC, add, line_of, replace, spec
from tests.broken_challenges.watched import ALERT, DECLARED, incidents_table
from tests.fakes.scaffolds import found_by, fresh_scaffold

RULES = "reference/monitoring/rules.yml"
MONITORING = "reference/monitoring.yml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = fresh_scaffold(tmp_path)
    spec(
        made, "[[area]]", incidents_table("service_hangs", "The service hangs", 'injector = "hang"')
    )
    add(made, MONITORING, DECLARED)
    add(made, RULES, ALERT)
    return made


def test_rules_that_are_quick_enough_are_let_pass(root: Path) -> None:
    assert found_by("slow-rules", root) == []
    assert found_by("uncovered-incident", root) == []
    assert found_by("unknown-field", root) == []


def test_a_rule_that_looks_further_back_than_the_warm_up_is_told(root: Path) -> None:
    """Nine minutes of window and two of waiting are eleven."""
    replace(root, RULES, "[5m]", "[9m]")
    (told,) = found_by("slow-rules", root)
    assert told.startswith(f"{SPEC}:{line_of(root, SPEC, 'warmup_min')}: ")
    assert "ServiceDown looks back and waits for 11 minutes, and the warm-up has 10" in told


def test_a_range_of_a_subquery_is_a_window(root: Path) -> None:
    replace(root, RULES, "[5m]", "[9m:30s]")
    assert len(found_by("slow-rules", root)) == 1


def test_a_budget_is_longer_than_the_references_own_rule_waits(root: Path) -> None:
    replace(root, RULES, "for: 2m", "for: 5m")
    (told,) = found_by("slow-rules", root)
    assert told.startswith(f"{SPEC}:{line_of(root, SPEC, 'budget_min')}: ")
    assert "gives 5 minutes" in told
    assert "ServiceDown, waits 5; allow more" in told


def test_the_quickest_of_several_alerts_counts(root: Path) -> None:
    replace(root, RULES, "for: 2m", "for: 5m")
    add(root, RULES, "      - alert: Down\n        expr: up == 0\n")
    add(root, MONITORING, "  Down: {covers: [availability, errors]}\n")
    assert found_by("slow-rules", root) == []


def test_an_incident_that_no_alert_of_the_reference_covers_is_told(root: Path) -> None:
    replace(root, MONITORING, "availability", "errors")
    (told,) = found_by("uncovered-incident", root)
    assert told.startswith(f"{SPEC}:{line_of(root, SPEC, 'accepts')}: ")
    assert "covers availability, so it cannot notice 'service_hangs'" in told


def test_what_is_wrong_with_the_references_monitoring_is_told(root: Path) -> None:
    replace(root, MONITORING, "ServiceDown", "ServiceGone")
    found = found_by("uncovered-incident", root)
    assert any(told.startswith(f"{MONITORING}: cannot be used as it is") for told in found)


def test_a_reference_without_monitoring_is_told_once(root: Path) -> None:
    (root / MONITORING).unlink()
    assert found_by("uncovered-incident", root) == [
        f"{MONITORING}: is not there, so no alert counts; write it"
    ]


def test_a_drift_of_a_field_that_no_row_has_is_told_before_it_is_drawn(root: Path) -> None:
    replace(root, SPEC, 'field = "distance_m"', 'field = "distance"')
    (told,) = found_by("unknown-field", root)
    assert told.startswith(f"{SPEC}:{line_of(root, SPEC, 'settings = { field')}: ")
    assert "incident 'far_away': no row has a value of 'distance'" in told


def test_the_brief_states_what_the_incidents_need(root: Path) -> None:
    told = found_by("brief-promises", root)
    assert any("'10 min', which is the warm-up" in one for one in told)
    assert any("'60 rps', which is the rate of traffic" in one for one in told)
    assert any("'/metrics'" in one for one in found_by("brief-endpoints", root))
