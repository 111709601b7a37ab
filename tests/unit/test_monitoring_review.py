"""Before a push a candidate is told what is wrong with the monitoring, or will not count."""

from pathlib import Path
from typing import Any

import pytest
from tests.fakes.incidents import make_incidents

from assay.evaluation.alerting.monitoring_file import Monitoring, read_monitoring
from assay.evaluation.alerting.review import (
    Expected,
    Exposed,
    expected_of,
    exposed_of,
    review,
)

ROOT = Path(__file__).parents[2]
SLIS = """
slis:
  requests: {expr: 'sum(increase(r_total[$window]))'}
  errors: {expr: 'sum(increase(e_total[$window])) or vector(0)'}
  latency_mean: {expr: 'rate(s_sum[$window]) / rate(s_count[$window])'}
  latency_p95: {expr: 'histogram_quantile(0.95, sum by (le) (rate(s_bucket[$window])))'}
  predictions: {expr: 'sum by (d) (increase(p_total[$window]))', label: d}
  drift: {expr: 'max by (feature) (psi)', label: feature}
"""
CLAIMS = """
alerts:
  Down: {covers: [availability, errors, latency, dependency, traffic, saturation]}
  Drift: {covers: [drift, missing, schema, prediction_shift, quality], locates: feature}
"""
DOWN = "{alert: Down, expr: up == 0, for: 30s, labels: {severity: critical}}"
DRIFT = "{alert: Drift, expr: max by (feature) (psi) > 0.2, for: 5m}"
NAMES = frozenset({"r_total", "e_total", "s_sum", "s_count", "s_bucket", "p_total", "psi"})


def rules(*entries: str, group: str = "g", interval: str = "15s") -> str:
    return f"groups: [{{name: {group}, interval: {interval}, rules: [{', '.join(entries)}]}}]"


def monitoring(
    folder: Path, *entries: str, declared: str = SLIS + CLAIMS, **files: str
) -> Monitoring:
    """A submission with these rules; without any with two that are sound."""
    files = {"r.yml": rules(*(entries or (DOWN, DRIFT))), **files}
    for name, text in files.items():
        (folder / name).write_text(text)
    (folder / "monitoring.yml").write_text(f"rule_files: [{', '.join(files)}]\n{declared}")
    return read_monitoring(folder)


def told(found: Monitoring, *more: Any) -> list[str]:
    """Weight and text of every remark."""
    expected = more[0] if more else Expected()
    return [f"{one.weight}: {one.text}" for one in review(found, expected, *more[1:])]


def alone(found: Monitoring, *more: Any) -> str:
    """The one remark there is."""
    (only,) = told(found, *more)
    return only


def test_of_sound_monitoring_there_is_nothing_to_remark(tmp_path: Path) -> None:
    assert told(monitoring(tmp_path), Expected(), Exposed(NAMES)) == []


def test_the_reference_of_the_challenge_has_notes_and_no_problem() -> None:
    found = read_monitoring(ROOT / "challenges/credit-scoring/reference")

    assert {one.weight for one in review(found, Expected())} == {"note"}


def test_problems_come_first_and_those_of_the_files_are_among_them(tmp_path: Path) -> None:
    found = monitoring(tmp_path, DRIFT, declared=SLIS + CLAIMS + "colour: red\n")
    weights = [one.weight for one in review(found, Expected())]

    assert weights == sorted(weights, reverse=True)
    assert any("colour: there is no such field" in text for text in told(found))
    assert any("alerts.Down: no rule file that can be used has an alert" in t for t in told(found))


def test_without_the_file_nothing_else_is_said(tmp_path: Path) -> None:
    assert told(read_monitoring(tmp_path)) == ["problem: there is no monitoring.yml; write one"]


def test_without_an_alert_nothing_will_be_noticed(tmp_path: Path) -> None:
    found = monitoring(tmp_path, "{record: a, expr: up}", declared=SLIS)

    assert alone(found).startswith("problem: no rule file that monitoring.yml names has an alert")


# ----------------------------------------------------------------------------------------- SLIs


@pytest.mark.parametrize("sli", ["requests", "errors", "latency_p95"])
def test_an_sli_without_window_is_the_same_over_every_stretch(tmp_path: Path, sli: str) -> None:
    fixed = SLIS.replace(f"{sli}: {{expr: '", f"{sli}: {{expr: 'up + ").replace("$window", "5m")
    lines = SLIS.splitlines()
    mixed = "\n".join(
        new if line.strip().startswith(f"{sli}:") else line
        for line, new in zip(lines, fixed.splitlines(), strict=True)
    )

    assert f"SLI {sli} has no $window" in alone(monitoring(tmp_path, declared=mixed + CLAIMS))


@pytest.mark.parametrize(
    ("sli", "weight"),
    [("requests", "problem"), ("errors", "problem"), ("drift", "problem"), ("predictions", "note")],
)
def test_an_sli_that_is_not_declared_costs_what_it_is_needed_for(
    tmp_path: Path, sli: str, weight: str
) -> None:
    kept = "\n".join(x for x in SLIS.splitlines() if not x.strip().startswith(f"{sli}:"))

    assert alone(monitoring(tmp_path, declared=kept + CLAIMS)).startswith(
        f"{weight}: SLI {sli} is not declared"
    )


# --------------------------------------------------------------------------------------- claims


def test_an_alert_that_covers_nothing_is_told(tmp_path: Path) -> None:
    blind = "{alert: Blind, expr: absent(psi)}"

    assert alone(monitoring(tmp_path, DOWN, DRIFT, blind)).startswith(
        "note: Blind covers nothing: it earns nothing, and is a false alarm"
    )


def test_signals_that_nobody_covers_and_alerts_that_name_no_field_are_told(tmp_path: Path) -> None:
    claims = CLAIMS.replace(", traffic", "").replace(", locates: feature", "")
    found = told(monitoring(tmp_path, declared=SLIS + claims))

    assert found[0].startswith("note: Drift names no field")
    assert found[1] == "note: no alert covers: traffic"


@pytest.mark.parametrize("severity", ["warning", "''", "crit"])
def test_an_outage_that_would_wake_nobody_is_a_problem(tmp_path: Path, severity: str) -> None:
    found = monitoring(tmp_path, DOWN.replace("critical", severity), DRIFT)

    assert "Down would tell of an outage and wake nobody" in alone(found)


def test_a_severity_that_is_a_template_may_wake_somebody(tmp_path: Path) -> None:
    template = DOWN.replace("critical", "'{{ $labels.how_bad }}'")

    assert told(monitoring(tmp_path, template, DRIFT)) == []


# ---------------------------------------------------------------------------------------- times


@pytest.mark.parametrize(
    ("expr", "weight", "minutes"),
    [
        ("max_over_time(psi[15m]) > 1", "", ""),
        ("max_over_time(psi[20m]) > 1", "note", "20 min"),
        ("max_over_time(psi[5m] offset 20m) > 1", "note", "25 min"),
        ("max_over_time(psi[5h]) > 1", "problem", "300 min"),
        ("max_over_time(rate(psi[1m])[1d:5m]) > 1", "problem", "1440 min"),
    ],
)
def test_a_window_that_cannot_fill_is_told(
    tmp_path: Path, expr: str, weight: str, minutes: str
) -> None:
    found = told(monitoring(tmp_path, DOWN, f"{{alert: Drift, expr: '{expr}'}}"))

    assert [t.split(":")[0] for t in found] == ([weight] if weight else [])
    assert all(f"Drift looks back over {minutes}" in text for text in found)


def test_for_as_long_as_any_budget_is_always_too_late(tmp_path: Path) -> None:
    found = monitoring(tmp_path, DOWN, DRIFT.replace("5m", "60m"))

    assert "Drift waits for 60 min" in alone(found)
    assert told(monitoring(tmp_path, DOWN, DRIFT.replace("5m", "59m"))) == []


def test_of_an_earlier_run_the_budgets_are_known(tmp_path: Path) -> None:
    expected = expected_of(make_incidents())
    late, slow, soon = (
        monitoring(tmp_path, DOWN.replace("30s", wait), DRIFT) for wait in ("20m", "5m", "30s")
    )
    only = SLIS + "alerts: {Down: {covers: [availability]}, Drift: {covers: [drift]}}"
    alone_down = monitoring(tmp_path, DOWN.replace("30s", "5m"), DRIFT, declared=only)

    assert expected.budgets_min["availability"] == 5
    assert expected.budgets_min["errors"] == 15
    assert told(late, expected)[0].startswith("problem: Down waits for 20 min and what it covers")
    assert told(slow, expected)[0].startswith("note: Down waits for 5 min; of a budget of 15 min")
    assert told(soon, expected) == []
    assert told(alone_down, expected)[0].startswith("problem: Down waits for 5 min")


def test_rules_that_read_a_calendar_or_a_clock_are_told(tmp_path: Path) -> None:
    calendar = DRIFT.replace("> 0.2", "> 0.2 and on() hour() > 8")
    clock = DRIFT.replace("max by (feature) (psi) > 0.2", "time() - psi > 300")

    assert "Drift asks for hour(): on the virtual clock" in alone(
        monitoring(tmp_path, DOWN, calendar)
    )
    assert alone(monitoring(tmp_path, DOWN, clock)).startswith("note: Drift reads the clock")


def test_a_group_that_is_seldom_evaluated_is_told(tmp_path: Path) -> None:
    seldom = {"s.yml": rules("{record: x, expr: up}", group="slow", interval="2m")}

    assert "group s.yml:slow is evaluated each 2 min only" in alone(monitoring(tmp_path, **seldom))


# ---------------------------------------------------------------------------------------- names


def test_groups_of_two_files_that_share_a_name_are_told(tmp_path: Path) -> None:
    found = monitoring(tmp_path, **{"s.yml": rules("{record: x, expr: up}")})

    assert alone(found).startswith("note: r.yml and s.yml both have a group g; it counts, but")


def test_rules_of_one_name_that_differ_in_a_label_are_one_alert(tmp_path: Path) -> None:
    page = DRIFT.replace("for: 5m", "for: 1m, labels: {severity: critical}")
    found = monitoring(tmp_path, DOWN, DRIFT, page)

    assert alone(found).startswith("note: 2 rules raise Drift: they count as one alert")
    assert [one.covers[0] for one in found.facts.alerts[1:]] == ["drift", "drift"]


def test_metrics_that_are_not_exposed_are_told_with_the_nearest_name(tmp_path: Path) -> None:
    exposed = Exposed((NAMES - {"psi", "e_total"}) | {"feature_psi", "ps1"})
    found = told(monitoring(tmp_path), Expected(), exposed)

    assert "problem: Drift reads psi, which /metrics did not expose; is it ps1?" in found
    assert "problem: SLI drift reads psi, which /metrics did not expose; is it ps1?" in found
    assert [text for text in found if "SLI errors reads e_total" in text]
    assert len(found) == 3


def test_what_rules_record_and_prometheus_adds_is_there(tmp_path: Path) -> None:
    record = "{record: a:b, expr: sum(r_total)}"
    uses = "{alert: Down, expr: 'a:b > 1 or ALERTS', labels: {severity: page}}"
    found = monitoring(tmp_path, record, uses, DRIFT)

    assert told(found, Expected(), Exposed(NAMES)) == []


def test_a_selector_without_a_name_is_told(tmp_path: Path) -> None:
    every = DRIFT.replace("max by (feature) (psi) > 0.2", "'count({job=\"svc\"}) > 9'")
    found = monitoring(tmp_path, DOWN, every)

    assert "has a selector without a name" in alone(found, Expected(), Exposed(NAMES))


def test_an_exposition_is_read_as_the_recorder_reads_it(tmp_path: Path) -> None:
    good = exposed_of(b'a_total{x="1"} 1\nup 1\nb 2\n', 8080)
    bad = exposed_of(b"a_total{ 1\n", 8080)
    found = monitoring(tmp_path)

    assert (good.names, good.forged, good.problem) == (frozenset({"a_total", "b"}), ("up",), "")
    assert "holds what only Prometheus may write: up" in told(found, Expected(), good)[0]
    assert "/metrics cannot be read: line 1 is no sample" in alone(found, Expected(), bad)
