"""While something is broken, an answer must be right or a refusal, and afterwards all is well."""

import math
from typing import Any

import pytest
from tests.fakes.incidents import (
    BUREAU_DOWN,
    HANG,
    make_catalogue,
    make_incident,
    make_incidents,
    make_minutes,
    with_incidents,
)
from tests.fakes.rubric import criterion_table

from assay.domain.checks import CHECKS
from assay.domain.errors import BadInput
from assay.domain.incidents import Incident, IncidentsMeasurement
from assay.domain.rubric import Criterion
from assay.domain.verdict import NotShown, Observation, Observed, Unmeasured


def observe(check: str, measurement: IncidentsMeasurement, **settings: Any) -> Observation:
    table = criterion_table("c", "latency", "T", check, settings, 1, 0, 1, "linear", "share", "A.")
    return CHECKS[check](with_incidents(measurement), Criterion.model_validate(table))


def seen(check: str, *incidents: Incident, settings: Any = None, **more: Any) -> Observed:
    found = observe(check, make_incidents(incidents=incidents, **more), **(settings or {}))
    assert isinstance(found, Observed), found
    return found


def outage(outcomes: dict[str, int], **more: Any) -> Incident:
    sent = sum(outcomes.values())
    return make_incident({**BUREAU_DOWN, "outcomes": outcomes, "requests": sent, **more})


def hang(**more: Any) -> Incident:
    facts = {"outcomes": {"t": 480}, "requests": 480}
    return make_incident({**HANG, **facts, **more})


# ----------------------------------------------------------------------------- outage_answers


def test_right_answers_and_refusals_serve_a_caller() -> None:
    found = seen("outage_answers", outage({"o": 60, "4": 20, "5": 10, "w": 5, "t": 5}))

    assert found.value == 0.8
    assert "5 wrong, 10 server error, 5 timed out" in found.evidence


def test_a_503_is_a_refusal_only_where_the_rubric_says_so() -> None:
    assert seen("outage_answers", outage({"o": 50, "5": 50})).value == 0.5
    allowed = {"refusals": "45"}
    assert seen("outage_answers", outage({"o": 50, "5": 50}), settings=allowed).value == 1


def test_where_every_request_is_valid_refusing_is_not_answering() -> None:
    none = {"refusals": ""}
    assert seen("outage_answers", outage({"o": 50, "4": 50}), settings=none).value == 0.5


def test_an_error_told_with_status_200_is_no_answer() -> None:
    assert seen("outage_answers", outage({"o": 50, "e": 50})).value == 0.5


def test_only_the_named_injectors_count() -> None:
    both = (hang(), outage({"o": 100}))

    assert seen("outage_answers", *both, settings={"injectors": ["dependency"]}).value == 1
    assert seen("outage_answers", *both).value < 0.2


def test_an_outage_that_was_not_drawn_or_not_carried_out_is_unmeasured() -> None:
    left = make_incidents(incidents=(outage({"o": 100}, carried_out=False),))

    assert isinstance(observe("outage_answers", left), Unmeasured)
    assert isinstance(
        observe("outage_answers", make_incidents(), injectors=["disk_full"]), Unmeasured
    )


def test_letters_that_are_no_refusal_are_bad_input() -> None:
    with pytest.raises(BadInput, match=r'settings\.refusals is "?\'w\'"?; write "", "4" or "45"'):
        observe("outage_answers", make_incidents(), refusals="w")


# ------------------------------------------------------------------------------- wrong_served


def test_wrong_answers_are_a_share_of_the_answers() -> None:
    wrong = outage({"o": 60, "w": 20, "t": 20}, wrong_served=20)

    found = seen("wrong_served", wrong, hang())

    assert found.value == 0.25
    assert "20 in “The credit bureau refuses connections”" in found.evidence


def test_only_the_named_kind_of_trouble_counts_if_one_is_named() -> None:
    wrong, elsewhere = outage({"o": 80, "w": 20}, wrong_served=20), hang(wrong_served=7)
    named = {"injectors": ["dependency"]}

    assert seen("wrong_served", wrong, elsewhere, settings=named).value == 0.2


@pytest.mark.parametrize("check", ["wrong_served", "outage_answers"])
def test_only_the_named_groups_count_if_some_are_named(check: str) -> None:
    within, elsewhere = (
        outage({"o": 60, "w": 40}, wrong_served=40),
        hang(outcomes={"w": 10}, requests=10, wrong_served=9),
    )

    alone = seen(check, within, settings={"groups": [within.group]}).value
    assert seen(check, within, elsewhere, settings={"groups": [within.group]}).value == alone
    assert seen(check, within, elsewhere).value != alone


def test_refusing_is_not_answering_wrongly() -> None:
    assert seen("wrong_served", outage({"o": 1, "4": 99})).value == 0


def test_a_service_that_answers_nothing_has_not_shown_that_it_answers_rightly() -> None:
    assert isinstance(observe("wrong_served", make_incidents(incidents=(hang(),))), NotShown)


# ----------------------------------------------------------------------------------- recovery


def test_the_worst_recovery_counts_unless_the_mean_is_asked_for() -> None:
    faults = (hang(recovery_s=4.0), outage({"o": 1}, recovery_s=1.0))

    assert seen("recovery", *faults).value == 4
    assert seen("recovery", *faults, settings={"of": "mean"}).value == 2.5
    assert "The service hangs 4.0 s; The credit bureau" in seen("recovery", *faults).evidence


@pytest.mark.parametrize("of", ["worst", "mean"])
def test_a_service_that_was_not_seen_to_recover_has_not(of: str) -> None:
    faults = (hang(recovery_s=None), outage({"o": 1}, recovery_s=1.0))

    found = seen(
        "recovery", *faults, settings={"of": of}, slices=make_minutes(240, hurt=range(22, 240))
    )

    assert found.value == math.inf
    assert "The service hangs not seen" in found.evidence


def test_a_recovery_after_the_next_incident_began_is_seen_by_the_minute() -> None:
    faults = (hang(recovery_s=None, end_min=30.0), outage({"o": 1}, recovery_s=1.0))

    found = seen("recovery", *faults, slices=make_minutes(240, hurt=range(22, 42)))

    assert found.value == 12
    assert "The service hangs 12.0 s" in found.evidence


@pytest.mark.parametrize("lost", [(22, 73), (22, 74), (22, 80)])
def test_one_good_minute_or_the_next_fault_is_no_recovery(lost: tuple[int, int]) -> None:
    faults = (hang(recovery_s=None, end_min=30.0), outage({"o": 1}, onset_min=74.0, recovery_s=1.0))

    assert seen("recovery", *faults, slices=make_minutes(240, hurt=range(*lost))).value == math.inf


def test_minutes_that_are_slow_are_no_recovery() -> None:
    slow = make_minutes(240, hurt=range(22, 30), slow=range(30, 40))

    assert seen("recovery", hang(recovery_s=None, end_min=30.0), slices=slow).value == 10


def test_only_faults_that_were_carried_out_are_recovered_from() -> None:
    others = [one for one in make_catalogue() if one.kind != "fault"]
    left = make_incidents(incidents=(*others, hang(carried_out=False)))

    assert isinstance(observe("recovery", left), Unmeasured)


def test_another_summary_is_bad_input() -> None:
    with pytest.raises(BadInput, match='write "worst" or "mean"'):
        observe("recovery", make_incidents(), of="best")


# ------------------------------------------------------------------------------- error_budget


def test_time_in_which_nobody_could_answer_spends_no_budget() -> None:
    found = seen(
        "error_budget", hang(), outage({"o": 100}), requests=1480, outcomes={"o": 990, "t": 490}
    )

    assert found.value == 0.01
    assert "10 of 1,000" in found.evidence
    assert "outside The service hangs: 10 timed out" in found.evidence


def test_whoever_got_no_answer_spends_budget_and_a_wrong_answer_does_not() -> None:
    outcomes = {"o": 83, "w": 5, "4": 2, "m": 1, "e": 1, "5": 2, "t": 2, "r": 2, "x": 2}

    assert seen("error_budget", requests=100, outcomes=outcomes).value == 0.12


def test_without_a_request_that_could_be_answered_it_is_unmeasured() -> None:
    only = make_incidents(incidents=(hang(),), requests=480, outcomes={"t": 480})

    assert isinstance(observe("error_budget", only), Unmeasured)
