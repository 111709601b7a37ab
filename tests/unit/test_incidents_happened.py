"""One fact for each incident: what was planned, when it really was, and what it did."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.challenges import make_pool
from tests.fakes.incident_run import CRASH, HANG, MONTHS, timeline_of
from tests.fakes.incidents import make_truth

from assay.domain.incidents import Incident
from assay.evaluation.drifts import prepare
from assay.evaluation.incidents.conduct import Carried
from assay.evaluation.incidents.happened import Happened
from assay.evaluation.incidents.requests import Sent

TIMELINE = timeline_of(HANG, CRASH)
"""Hang from 5 to 9, crash from 14 to 18, a last decoy from 23 to 24, the end at 29."""
DRIFT = timeline_of(MONTHS)
DRIFTED = {"months": prepare(MONTHS, make_pool(12), 1)}


def requests(start_min: float, end_min: float, letter: str = "o", ms: float = 5) -> list[Sent]:
    count = round((end_min - start_min) * 60)
    return [Sent(start_min + n / 60, ms, letter, "") for n in range(count)]


def facts(sent: list[Sent], **more: Any) -> dict[str, Incident]:
    usual: dict[str, Any] = {"carried": {}, "drifted": {}, "truths": {}}
    happened = Happened(**{"timeline": TIMELINE, **usual, "sent": sent, **more})
    return {one.id: one for one in happened.incidents()}


def test_there_is_one_fact_for_each_incident_in_the_order_of_the_timeline() -> None:
    assert list(facts([])) == ["hang", "crash", "last"]


def test_what_was_done_counts_from_when_it_was_really_done() -> None:
    sent = [*requests(0, 5.5), *requests(5.5, 10.5, "t"), *requests(10.5, 14)]
    hang = facts(sent, carried={"hang": Carried(5.5, 10.5)})["hang"]

    assert (hang.planned_onset_min, hang.planned_end_min) == (5, 9)
    assert (hang.onset_min, hang.end_min) == (5.5, 10.5)
    assert (hang.requests, hang.outcomes) == (300, {"t": 300})
    assert hang.recovery_s == 0
    assert hang.carried_out


def test_before_an_incident_is_the_quiet_time_before_it_and_no_more() -> None:
    sent = [*requests(0, 5), *requests(5, 9, "t"), *requests(9, 14, "5"), *requests(14, 18, "r")]
    found = facts(sent, carried={"hang": Carried(5, 9), "crash": Carried(14, 18)})

    assert found["hang"].before == {"o": 300}
    assert found["crash"].before == {"5": 300}


def test_recovery_is_looked_for_until_the_next_onset() -> None:
    late = [*requests(0, 5), *requests(5, 13.5, "t"), *requests(13.5, 29)]
    carried = {"hang": Carried(5, 9)}

    assert facts(late, carried=carried)["hang"].recovery_s is None, "half a minute is too short"
    sooner = [*requests(0, 5), *requests(5, 12.5, "t"), *requests(12.5, 29)]
    assert facts(sooner, carried=carried)["hang"].recovery_s == 3.5


def test_the_last_incident_may_recover_until_the_end() -> None:
    sent = [*requests(0, 23), *requests(23, 27.5, "5"), *requests(27.5, 29)]

    assert facts(sent, carried={"last": Carried(23, 24)})["last"].recovery_s == 3.5


@given(end_min=st.floats(5, 13.9), well_from_min=st.floats(5, 40))
def test_recovery_is_never_longer_than_the_time_to_the_next_onset(
    end_min: float, well_from_min: float
) -> None:
    sent = [*requests(0, 5), *requests(5, well_from_min, "t"), *requests(well_from_min, 29)]
    found = facts(sent, carried={"hang": Carried(5, end_min)})["hang"].recovery_s

    assert found is None or 0 <= found <= 14 - end_min


def test_what_never_began_was_not_carried_out() -> None:
    hang = facts(requests(0, 29))["hang"]

    assert not hang.carried_out
    assert (hang.onset_min, hang.end_min) == (5, 9)


def test_what_could_not_be_done_says_why() -> None:
    carried = {"hang": Carried(5, 9, done=False, note="this engine cannot do it")}
    hang = facts([], carried=carried)["hang"]

    assert (hang.carried_out, hang.note) == (False, "this engine cannot do it")


def test_what_the_engine_began_so_late_that_it_hardly_lasted_was_not_carried_out() -> None:
    found = facts([], carried={"hang": Carried(7.5, 9.2), "crash": Carried(15.9, 18.1)})

    assert not found["hang"].carried_out
    assert "so late that it lasted 1.7 min only" in found["hang"].note
    assert found["crash"].carried_out


def test_an_end_that_was_never_seen_is_the_planned_one_or_the_onset_itself() -> None:
    assert facts([], carried={"hang": Carried(5.5)})["hang"].end_min == 9
    assert facts([], carried={"hang": Carried(9.5)})["hang"].end_min == 9.5


def test_a_drift_names_its_fields_and_how_far_it_was() -> None:
    truth = make_truth()
    months = facts(
        [], timeline=DRIFT, drifted=DRIFTED, truths={"months": truth},
        carried={"months": Carried(5, 11)},
    )["months"]  # fmt: skip

    assert (months.features, months.truth, months.carried_out) == (("income",), truth, True)


def test_wrong_answers_are_counted_apart_from_refusals_and_failures() -> None:
    sent = [Sent(5 + n, 5, letter, "") for n, letter in enumerate(("w", "o", "4", "w", "m"))]
    hang = facts(sent, carried={"hang": Carried(5, 10)})["hang"]

    assert hang.wrong_served == 2
    assert hang.outcomes == {"4": 1, "m": 1, "o": 1, "w": 2}


def test_what_the_catalogue_says_of_an_incident_stands_in_its_fact() -> None:
    hang = facts([])["hang"]

    for name in ("title", "kind", "group", "injector", "schedule", "observable", "weight"):
        assert getattr(hang, name) == getattr(HANG, name)
    assert (hang.budget_min, hang.accepts, hang.locates) == (10, ("availability",), ())


@pytest.mark.parametrize("letter", ["5", "4", "m", "t", "r"])
def test_a_service_that_was_ill_before_recovers_to_health_and_not_to_illness(letter: str) -> None:
    sent = [*requests(0, 29, letter)]

    assert facts(sent, carried={"hang": Carried(5, 9)})["hang"].recovery_s is None
