"""An incident about money is asked for if it cost money, and an alert may say so."""

from pathlib import Path

import pytest
from tests.fakes.incidents import HANG, make_incident, make_incidents

from assay.domain.alerting import judged_incidents
from assay.domain.felt import dearness, nobody_felt
from assay.domain.incidents import Incident, IncidentsMeasurement
from assay.evaluation.alerting.monitoring_file import read_monitoring
from assay.features.scorecards.incident_rows import incident_rows

USUAL = 1_000_000


def costly(**more: object) -> Incident:
    facts = {
        "id": "sent_twice",
        "planned_onset_min": 100.0,
        "planned_end_min": 110.0,
        "accepts": ("cost",),
    }
    return make_incident({**HANG, **facts, **more})


def billed(
    incident: Incident, during: int | None, usual: int | None = USUAL
) -> IncidentsMeasurement:
    """A timeline whose minutes cost so much, and those of the incident so much."""
    whole = make_incidents()
    slices = tuple(
        one.model_copy(
            update={
                "cost_pico_usd": during
                if incident.onset_min <= one.at_min < incident.end_min
                else usual
            }
        )
        for one in whole.slices
    )
    return whole.model_copy(update={"slices": slices, "incidents": (incident,)})


@pytest.mark.parametrize(
    ("during", "unfelt"),
    [(USUAL, True), (int(1.7 * USUAL), True), (int(1.8 * USUAL), False), (0, True)],
)
def test_what_cost_nothing_more_is_not_asked_for(during: int, unfelt: bool) -> None:
    one = costly()
    measured = billed(one, during)

    assert nobody_felt(one, measured) is unfelt
    assert (one in judged_incidents(measured)) is not unfelt


def test_without_a_bill_nobody_can_say_that_it_cost_nothing() -> None:
    one = costly()

    assert not nobody_felt(one, billed(one, None, usual=None))


def test_where_minutes_usually_cost_nothing_a_few_cents_are_felt() -> None:
    one = costly()

    assert not nobody_felt(one, billed(one, 1, usual=0))
    assert dearness(one, billed(one, 1, usual=0)) is None


def test_where_nothing_was_asked_nothing_was_dear() -> None:
    one = costly()

    assert nobody_felt(one, billed(one, 0, usual=0))


def test_an_incident_that_shows_in_other_ways_is_asked_for_whatever_it_cost() -> None:
    one = costly(accepts=("cost", "drift"), kind="drift")

    assert not nobody_felt(one, billed(one, USUAL))


def test_the_scorecard_says_that_it_cost_nothing_more() -> None:
    one = costly()
    (row,) = incident_rows(billed(one, USUAL), None)

    assert row.verdict == "not judged: it cost nothing more"


def test_the_scorecard_says_what_a_minute_cost() -> None:
    one = costly()
    (row,) = incident_rows(billed(one, 2 * USUAL), None)

    assert ("Cost of a minute", "2.00 times the usual") in row.facts


def test_without_a_bill_the_scorecard_says_nothing_of_money() -> None:
    one = costly()
    (row,) = incident_rows(billed(one, None, usual=None), None)

    assert "Cost of a minute" not in dict(row.facts)


def test_an_alert_may_cover_cost(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(
        "groups: [{name: money, rules: [{alert: Dear, expr: 'usd > 1'}]}]\n"
    )
    (tmp_path / "monitoring.yml").write_text(
        "version: 1\nrule_files: [rules.yml]\nalerts:\n  Dear: {covers: [cost]}\n"
    )

    (claim,) = read_monitoring(tmp_path).facts.alerts

    assert claim.covers == ("cost",)
