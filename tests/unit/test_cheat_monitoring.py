"""Figures nobody counted and alerts that look at nothing are shown; naive ones are only asked."""

from pathlib import Path

import pytest
from tests.fakes.incidents import (
    make_claim,
    make_incidents,
    make_monitoring,
    make_scrapes,
    make_sli,
    with_incidents,
)

from assay.domain.evidence import Evidence
from assay.domain.flags import flags_of
from assay.domain.incidents import AlertClaim, SliReading
from assay.domain.scorecard import Flag
from assay.evaluation.alerting.monitoring_file import read_monitoring


def raised(evidence: Evidence) -> list[str]:
    return [flag.kind for flag in flags_of(evidence)]


def only(evidence: Evidence) -> Flag:
    [flag] = flags_of(evidence)
    return flag


def scraped(**changes: object) -> Evidence:
    return with_incidents(make_incidents(scrapes=make_scrapes(**changes)))


def counted(*rates: tuple[float, float]) -> Evidence:
    """Requests a minute as the service says and as they were sent, ten minutes each."""
    readings: list[SliReading] = [
        make_sli("requests", 10 * said, 10 * sent, start_min=10.0 * n, end_min=10.0 * n + 10)
        for n, (said, sent) in enumerate(rates)
    ]
    return with_incidents(make_incidents(slis=tuple(readings)))


def claiming(*claims: AlertClaim) -> Evidence:
    return with_incidents(make_incidents(monitoring=make_monitoring(alerts=claims)))


# --------------------------------------------------------------------------- made up figures


def test_counters_that_grow_while_nothing_is_sent_are_made_up() -> None:
    flag = only(scraped(idle_moved=("http_requests_total",)))

    assert (flag.kind, flag.severity) == ("made_up_metrics", "serious")
    assert "http_requests_total" in flag.reason


def test_a_count_that_does_not_move_with_the_traffic_is_made_up() -> None:
    flag = only(counted((60, 60), (60.5, 120), (60, 58), (60, 60)))

    assert (flag.kind, flag.severity) == ("made_up_metrics", "serious")
    assert "60 to 60 a minute while 58 to 120 were sent" in flag.reason


def test_a_service_that_cannot_keep_up_counts_at_its_own_pace() -> None:
    late = {"o": 9000, "t": 900}
    moved = make_scrapes(idle_moved=("http_requests_total",))
    steady = counted((60, 60), (60.5, 120), (60, 58), (60, 60)).incidents
    assert steady is not None

    for found in (make_incidents(scrapes=moved), steady):
        behind = found.model_copy(update={"outcomes": late, "requests": 9900})
        assert "made_up_metrics" in raised(with_incidents(found))
        assert "made_up_metrics" not in raised(with_incidents(behind))


@pytest.mark.parametrize(
    "rates",
    [
        [(60, 60), (119, 120), (60, 58), (60, 60)],
        [(60, 60), (61, 60), (60, 58), (60, 60)],
        [(30, 60), (58, 120), (31, 58), (30, 60)],
        [(0, 60), (0, 120), (0, 58), (0, 60)],
        [(60, 60), (60, 120)],
    ],
    ids=[
        "counts what happens",
        "steady traffic",
        "one of two workers is asked",
        "a counter that is never touched",
        "too little to tell",
    ],
)
def test_honest_counters_are_not_flagged(rates: list[tuple[float, float]]) -> None:
    assert raised(counted(*rates)) == []


# --------------------------------------------------------------------------------- forged series


def test_series_of_prometheus_in_the_exposition_are_forged() -> None:
    flag = only(scraped(forged=('up{job="svc"}', 'ALERTS{alertname="Down"}')))

    assert (flag.kind, flag.severity) == ("forged_series", "serious")
    assert "ALERTS" in flag.reason


def test_a_gauge_of_its_own_called_up_is_only_asked_about() -> None:
    assert only(scraped(forged=("up",))).severity == "notice"


def test_a_disturbed_timeline_tells_what_was_exported_and_not_how_figures_moved() -> None:
    scrapes = make_scrapes(forged=("ALERTS",), idle_moved=("http_requests_total",))
    disturbed = make_incidents(scrapes=scrapes, void="the machine")

    assert raised(with_incidents(disturbed)) == ["forged_series"]


# ------------------------------------------------------------------------ alerts by the clock


def test_an_alert_by_the_clock_that_covers_everything_is_serious() -> None:
    clock = make_claim(
        "Trouble",
        expr="vector(time() % 600) < 300",
        reads=(),
        covers=("drift", "errors", "quality"),
    )

    flag = only(claiming(clock))

    assert (flag.kind, flag.severity) == ("alerts_by_the_clock", "serious")
    assert "Trouble (vector(time() % 600) < 300)" in flag.reason
    assert "drift, errors, quality" in flag.reason


def test_an_alert_on_nothing_that_covers_little_is_worth_a_question() -> None:
    works = make_claim("AlertingWorks", expr="vector(1)", reads=(), covers=("availability",))

    assert only(claiming(works)).severity == "notice"


def test_being_up_says_nothing_about_drift() -> None:
    blind = make_claim("Drift", expr="up == 1", reads=("up",), covers=("drift",))

    assert raised(claiming(blind)) == ["alerts_by_the_clock"]


@pytest.mark.parametrize(
    "claim",
    [
        make_claim("Watchdog", expr="vector(1)", reads=(), covers=()),
        make_claim("Down", expr="up == 0", reads=("up",), covers=("availability", "errors")),
        make_claim("Night", expr="hour() > 22 and up == 0", reads=("up",), covers=("errors",)),
        make_claim("Drift", expr="{job='svc'} > 3", reads=None, covers=("drift",)),
        make_claim("Drift", reads=("feature_psi",), covers=("drift",)),
    ],
    ids=["a heartbeat", "down", "an hour in it", "cannot be told", "drift"],
)
def test_honest_alerts_are_not_flagged(claim: AlertClaim) -> None:
    assert raised(claiming(claim)) == []


# ------------------------------------------------------------------ what an alert really reads


MONITORING = """\
version: 1
rule_files: [rules.yml]
alerts: {Errors: {covers: [errors]}, Beat: {covers: [drift]}, Clock: {covers: [errors]}}
"""
RULES = """\
groups:
  - name: all
    rules:
      - {record: failed, expr: 'sum(rate(http_requests_total{status="500"}[5m]))'}
      - {record: share, expr: 'failed / sum(rate(http_requests_total[5m]))'}
      - {record: beat, expr: vector(time() % 600)}
      - {alert: Errors, expr: share > 0.02}
      - {alert: Beat, expr: beat < 300}
      - {alert: Clock, expr: 'minute() < 5 and on () vector(1)'}
      - {alert: Unknown, expr: '{__name__=~".+"} > 3'}
"""


def test_recording_rules_hide_nothing(tmp_path: Path) -> None:
    (tmp_path / "monitoring.yml").write_text(MONITORING)
    (tmp_path / "rules.yml").write_text(RULES)

    reads = {one.alert: one.reads for one in read_monitoring(tmp_path).facts.alerts}

    assert reads == {
        "Errors": ("http_requests_total",),
        "Beat": (),
        "Clock": (),
        "Unknown": None,
    }


def test_a_metric_recorded_under_its_own_name_is_still_read(tmp_path: Path) -> None:
    rules = RULES.replace("record: failed, expr: '", "record: http_requests_total, expr: '")
    (tmp_path / "monitoring.yml").write_text(MONITORING)
    (tmp_path / "rules.yml").write_text(rules)

    reads = {one.alert: one.reads for one in read_monitoring(tmp_path).facts.alerts}

    assert reads["Errors"] == ("failed", "http_requests_total")
