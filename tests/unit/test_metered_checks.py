"""Money is judged by the meter alone; what was not read is nobody's fault and no point."""

import math
from typing import Any

import pytest
from tests.fakes.evidence import GOOD, make_capacity, make_evidence, make_unbuilt_evidence
from tests.fakes.incidents import HANG, make_incident, make_incidents
from tests.fakes.metering import CENT, MODEL, reading
from tests.fakes.rubric import criterion_table, make_challenge

from assay.domain.challenge import Dependency
from assay.domain.checks import CHECKS
from assay.domain.evidence import Evidence, StageOutcome
from assay.domain.measurements import CapacityMeasurement
from assay.domain.meters import MeterReading, incident_label
from assay.domain.rubric import Criterion
from assay.domain.timeline import IncidentSpec
from assay.domain.verdict import NotShown, Observation, Observed, Unmeasured

CRITERION = Criterion.model_validate(
    criterion_table("money", "quality", "Money", "metered_cost", {}, 8, 1, 0.1, "log", "$", "Less.")
)
STORM = IncidentSpec(
    id="storm",
    title="429 rains",
    kind="fault",
    group="provider",
    injector="dependency",
    settings={"name": "model", "mode": "storm"},
    observable="service",
    length_min=8,
    budget_min=10,
    accepts=("dependency",),
)


def metered_challenge(**more: Any) -> Any:
    dependency = (Dependency.model_validate(MODEL),)
    return make_challenge().model_copy(
        update={"dependency": dependency, "incident": (STORM,), **more}
    )


def evidence(*meters: MeterReading, **more: Any) -> Evidence:
    return make_evidence(challenge=metered_challenge(), meters=meters, **more)


def observe(check: str, found: Evidence) -> Observation:
    return CHECKS[check](found, CRITERION)


def value_of(check: str, found: Evidence) -> float:
    observed = observe(check, found)
    assert isinstance(observed, Observed), observed
    return observed.value


# ------------------------------------------------------------- for each row rightly handled


def test_the_bill_of_the_rows_is_shared_by_those_rightly_handled() -> None:
    found = observe("metered_cost", evidence(reading()))

    assert isinstance(found, Observed)
    assert found.value == pytest.approx(1 / 80)
    assert "$0.01250 for each of 80 requests" in found.evidence
    assert "assay-small 130 calls, 200,000 tokens in, 9,000 out, $1.0000" in found.evidence


def test_money_for_nothing_right_is_infinitely_dear() -> None:
    assert value_of("metered_cost", evidence(reading(right=0))) == math.inf


def test_the_bills_of_several_dependencies_are_one() -> None:
    both = evidence(reading(), reading(dependency="other", cost_pico_usd=60 * CENT))

    assert value_of("metered_cost", both) == pytest.approx(1.6 / 80)


def test_neither_the_reference_nor_another_stretch_is_on_the_bill() -> None:
    others = (
        reading(role="reference", cost_pico_usd=10**15),
        reading(label="", cost_pico_usd=10**15),
        reading(stage="load", cost_pico_usd=10**15),
    )

    assert value_of("metered_cost", evidence(*others, reading())) == pytest.approx(1 / 80)


@pytest.mark.parametrize("check", ["metered_cost", "cost_told"])
def test_a_bill_that_could_not_be_read_is_unmeasured(check: str) -> None:
    found = observe(check, evidence())

    assert found == Unmeasured("what was spent at model could not be read")


@pytest.mark.parametrize("check", ["metered_cost", "cost_told", "retry_spend"])
def test_what_never_ran_is_not_shown_or_unmeasured(check: str) -> None:
    assert isinstance(observe(check, make_unbuilt_evidence()), NotShown | Unmeasured)


# --------------------------------------------------------------------------- what it says


@pytest.mark.parametrize(("said", "share"), [(1.0, 1.0), (0.5, 0.5), (2.0, 0.5), (0.0, 0.0)])
def test_telling_too_little_is_as_wrong_as_telling_too_much(said: float, share: float) -> None:
    found = evidence(reading(told_usd=said, told_of=100))

    assert value_of("cost_told", found) == pytest.approx(share)


def test_who_spends_nothing_has_told_nothing() -> None:
    free = evidence(reading(cost_pico_usd=0, told_usd=0.0, told_of=100))

    assert isinstance(observe("cost_told", free), NotShown)


def test_who_could_not_be_asked_is_unmeasured() -> None:
    assert isinstance(observe("cost_told", evidence(reading())), Unmeasured)


# ---------------------------------------------------------------------------------- retries


def in_a_storm(*meters: MeterReading, **incident: Any) -> Evidence:
    told = {"id": "storm", "injector": "dependency", "requests": 100, **incident}
    storm = make_incident({**HANG, **told})
    found = evidence(*meters)
    outcome = StageOutcome(stage="incidents", status="done")
    return found.model_copy(
        update={
            "incidents": make_incidents().model_copy(update={"incidents": (storm,)}),
            "stages": (*(s for s in found.stages if s.stage != "incidents"), outcome),
        }
    )


def rained(calls: int, questions: int) -> MeterReading:
    label = incident_label("storm")
    return reading(stage="incidents", label=label, calls=calls, questions=questions)


def test_calls_that_ask_again_in_a_storm_are_counted_by_request() -> None:
    assert value_of("retry_spend", in_a_storm(rained(350, 100))) == pytest.approx(2.5)


def test_rows_that_were_sent_twice_are_no_retries() -> None:
    assert value_of("retry_spend", in_a_storm(rained(100, 40))) == 0


def test_different_questions_of_one_request_are_no_retries() -> None:
    assert value_of("retry_spend", in_a_storm(rained(250, 200))) == pytest.approx(0.5)


def test_who_asks_nothing_in_a_storm_asks_nothing_again() -> None:
    assert value_of("retry_spend", in_a_storm(rained(0, 0))) == 0


def test_a_storm_that_never_came_says_nothing_of_retries() -> None:
    found = observe("retry_spend", in_a_storm(rained(350, 100), carried_out=False))

    assert isinstance(found, Unmeasured)


def test_another_mode_is_no_storm() -> None:
    found = in_a_storm(rained(350, 100))
    calm = STORM.model_copy(update={"settings": {"name": "model", "mode": "slow"}})
    other = found.model_copy(update={"challenge": metered_challenge(incident=(calm,))})

    assert isinstance(observe("retry_spend", other), Unmeasured)


# ------------------------------------------------------------------------- a million answers


def capacity() -> CapacityMeasurement:
    """Two dollars a million for CPU and memory, the reference one."""
    figures = {"cost_per_million": 2.0, "reference_cost_per_million": 1.0}
    return make_capacity(GOOD).model_copy(update=figures)


def duet(role: str, cents: int, right: int = 1000) -> MeterReading:
    return reading(
        stage="capacity", label="duet", role=role, cost_pico_usd=cents * CENT, right=right
    )


def test_a_million_answers_cost_computing_and_the_bill() -> None:
    """A cent for a thousand answers is ten dollars a million."""
    bill = (duet("submission", 3), duet("reference", 1))
    found = observe("cost_ratio", evidence(*bill, capacity=capacity()))

    assert isinstance(found, Observed)
    assert found.value == pytest.approx((2 + 30) / (1 + 10))
    assert "$32.000 per million correct answers, the reference $11.000" in found.evidence
    assert "Dependencies charged $30.00 of it, the reference $10.00" in found.evidence
    assert "CPU-seconds" in found.evidence


def test_only_computing_is_uncertain() -> None:
    bill = (duet("submission", 3), duet("reference", 1))
    found = observe("cost_ratio", evidence(*bill, capacity=capacity()))

    assert isinstance(found, Observed)
    assert found.interval is not None
    low, high = found.interval
    assert 30 / 11 < low <= found.value <= high < 36 / 11


@pytest.mark.parametrize(
    "bill",
    [(), (duet("submission", 3),), (duet("submission", 3), duet("reference", 1, right=0))],
)
def test_half_a_bill_is_no_measure(bill: tuple[MeterReading, ...]) -> None:
    assert isinstance(observe("cost_ratio", evidence(*bill, capacity=capacity())), Unmeasured)


def test_without_a_meter_a_million_answers_cost_what_they_always_did() -> None:
    assert value_of("cost_ratio", make_evidence(capacity=capacity())) == pytest.approx(2.0)
