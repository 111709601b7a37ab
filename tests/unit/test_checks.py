"""Each check finds its value in the evidence; silence is never a good value."""

import math
from typing import Any

import pytest
from tests.fakes.evidence import (
    GOOD,
    POOR,
    ended,
    make_boot,
    make_build,
    make_capacity,
    make_contract,
    make_evidence,
    make_load,
    make_poor_evidence,
    make_quality,
    make_shutdown,
    make_test,
    make_unbuilt_evidence,
)
from tests.fakes.rubric import CRITERIA, criterion_table, make_challenge

from assay.domain.checks import CHECKS
from assay.domain.errors import BadInput
from assay.domain.evidence import Evidence
from assay.domain.rubric import Criterion
from assay.domain.verdict import NotShown, Observation, Observed, Unmeasured

KEYS = {
    "builds", "boots", "contract_tests", "quality_agreement", "quality_auc_gap", "latency_ratio",
    "objective_share", "throughput_ratio", "cost_ratio", "memory_growth", "personal_data",
    "ready_truth", "shutdown_in_flight", "shutdown_time", "operability", "image_size",
}  # fmt: skip
INCIDENT_KEYS = {
    "alerts_score", "alerts_robust", "drift_located", "notified", "metrics_truthful",
    "metrics_cheap", "outage_answers", "wrong_served", "recovery", "error_budget",
}  # fmt: skip
LABELLED_KEYS = {
    "answers_f1",
    "decision_cost",
    "decided_both_ways",
    "calibration",
    "attack_twins",
    "canaries",
}
METERED_KEYS = {"metered_cost", "retry_spend", "cost_told"}
RUBRIC = [Criterion.model_validate(criterion_table(*row)) for row in CRITERIA]


def observe(check: str, evidence: Evidence, **settings: Any) -> Observation:
    found = next(c for c in RUBRIC if c.check == check)
    return CHECKS[check](evidence, found.model_copy(update={"settings": settings}))


def value_of(check: str, evidence: Evidence, **settings: Any) -> float:
    observed = observe(check, evidence, **settings)
    assert isinstance(observed, Observed), observed
    return observed.value


def contract_of(*tests: Any) -> Any:
    return make_contract(GOOD).model_copy(update={"tests": tests})


def test_the_registry_has_exactly_the_published_checks() -> None:
    assert set(CHECKS) == KEYS | INCIDENT_KEYS | METERED_KEYS | LABELLED_KEYS
    assert {c.check for c in RUBRIC} == KEYS


@pytest.mark.parametrize("criterion", RUBRIC, ids=lambda c: c.id)
def test_every_check_says_what_it_saw_and_where(criterion: Criterion) -> None:
    for evidence in (make_evidence(), make_poor_evidence()):
        observed = CHECKS[criterion.check](evidence, criterion)

        assert isinstance(observed, Observed)
        assert observed.evidence
        assert observed.source
        assert not math.isnan(observed.value)


@pytest.mark.parametrize("criterion", RUBRIC, ids=lambda c: c.id)
def test_what_a_failed_build_makes_impossible_is_not_shown(criterion: Criterion) -> None:
    observed = CHECKS[criterion.check](make_unbuilt_evidence(), criterion)

    assert isinstance(observed, NotShown)
    assert "numpyy" in observed.evidence


@pytest.mark.parametrize("status", ["platform_fault", "not_run", "not_possible"])
@pytest.mark.parametrize("criterion", RUBRIC, ids=lambda c: c.id)
def test_what_we_could_not_do_is_unmeasured(criterion: Criterion, status: str) -> None:
    evidence = make_evidence(stages=ended("checkout", status, then=status))

    assert isinstance(CHECKS[criterion.check](evidence, criterion), Unmeasured)


@pytest.mark.parametrize("criterion", RUBRIC, ids=lambda c: c.id)
def test_a_stage_that_left_no_fact_is_unmeasured(criterion: Criterion) -> None:
    facts = ("build", "boot", "contract", "quality", "load", "capacity", "memory", "shutdown")
    evidence = make_evidence(**dict.fromkeys((*facts, "operability")))

    assert isinstance(CHECKS[criterion.check](evidence, criterion), Unmeasured)


def test_a_test_that_we_broke_makes_its_criterion_unmeasured() -> None:
    broken = make_test("Rows load", "input_validation", outcome="error", message="no fixture")
    evidence = make_evidence(contract=contract_of(broken))

    observed = observe("contract_tests", evidence, criterion="input_validation")

    assert isinstance(observed, Unmeasured)
    assert "no fixture" in observed.reason


def test_hidden_tests_that_could_not_be_loaded_are_told_as_such() -> None:
    """A module that fails when it is imported has one record, of no criterion."""
    unloaded = make_test("x", "", test="test_contract.py", outcome="error", message="E")
    evidence = make_evidence(contract=contract_of(unloaded))

    observed = observe("contract_tests", evidence, criterion="input_validation")

    assert observed == Unmeasured(
        "the hidden tests could not be loaded: test_contract.py fails when it is imported"
    )


def test_a_broken_test_without_a_criterion_is_no_file_that_could_not_be_loaded() -> None:
    unmarked = make_test("Nobody's", "", outcome="error", message="E")

    observed = observe(
        "contract_tests", make_evidence(contract=contract_of(unmarked)), criterion="x"
    )

    assert observed == Unmeasured("no hidden test with points is marked 'x'")


def test_tests_weigh_by_their_points_and_an_unfinished_one_counts_as_failed() -> None:
    evidence = make_evidence(
        contract=contract_of(
            make_test("One", "x", points=3),
            make_test("Two", "x", points=1, outcome="unfinished"),
            make_test("Of another criterion", "y", passed=False),
        )
    )

    assert value_of("contract_tests", evidence, criterion="x") == 0.75


def test_a_criterion_without_tests_is_unmeasured() -> None:
    assert isinstance(observe("contract_tests", make_evidence(), criterion="nobody"), Unmeasured)


def test_a_failed_test_tells_the_candidate_what_was_sent_and_expected() -> None:
    observed = observe("contract_tests", make_poor_evidence(), criterion="input_validation")

    assert isinstance(observed, Observed)
    assert "got 200, expected 422" in observed.evidence


@pytest.mark.parametrize("quantile", [0.5, 0.95])
def test_silence_is_not_a_good_latency(quantile: float) -> None:
    silent = make_load(POOR, ratio_p50=None, ratio_p95=None, outcomes={"t": 2472})
    evidence = make_evidence(load=silent)

    assert value_of("latency_ratio", evidence, quantile=quantile) == math.inf


def test_answers_that_get_wrong_under_load_have_no_latency() -> None:
    load = make_load(GOOD)
    wrong = load.model_copy(update={"outcomes": {"o": 1, "w": load.requests - 1}})
    evidence = make_evidence(load=wrong)

    assert value_of("latency_ratio", evidence, quantile=0.95) == math.inf


@pytest.mark.parametrize(("requests", "wrong", "late"), [(100, 9, False), (2472, 223, True)])
def test_a_few_wrong_answers_more_in_a_small_sample_are_chance(
    requests: int, wrong: int, late: bool
) -> None:
    outcomes = {"o": requests - wrong, "w": wrong}
    load = make_load(GOOD, requests=requests, outcomes=outcomes)
    evidence = make_evidence(load=load)

    assert (value_of("latency_ratio", evidence, quantile=0.95) == math.inf) == late


def test_answers_that_are_wrong_anyway_are_judged_by_their_quality() -> None:
    load = make_load(GOOD)
    wrong = load.model_copy(update={"outcomes": {"w": load.requests}})
    skewed = make_quality(GOOD).model_copy(update={"agreeing": 0})
    evidence = make_evidence(load=wrong, quality=skewed)

    assert value_of("latency_ratio", evidence, quantile=0.95) < 2


def test_a_service_that_works_while_only_the_reference_is_asked_has_no_latency() -> None:
    load = make_load(GOOD)
    pairs = tuple(p.model_copy(update={"submission_idle_cpu": 0.5}) for p in load.pairs)
    evidence = make_evidence(load=load.model_copy(update={"pairs": pairs}))

    assert value_of("latency_ratio", evidence, quantile=0.95) == math.inf


def test_a_service_killed_for_its_memory_has_grown_without_end() -> None:
    memory = make_evidence().memory
    assert memory is not None
    killed = memory.model_copy(update={"oom_killed": True, "deaths": 1})

    assert value_of("memory_growth", make_evidence(memory=killed)) == math.inf


def test_dying_before_a_trend_shows_is_not_a_way_out() -> None:
    memory = make_evidence().memory
    assert memory is not None
    died = memory.model_copy(update={"growth_kib_per_1000_requests": None, "deaths": 1})

    assert isinstance(observe("memory_growth", make_evidence(memory=died)), NotShown)


def test_a_latency_ratio_without_a_known_quantile_is_bad_input() -> None:
    with pytest.raises(BadInput, match=r"settings\.quantile"):
        observe("latency_ratio", make_evidence(), quantile=0.9)


def test_the_objective_is_judged_at_the_worst_rate() -> None:
    assert value_of("objective_share", make_poor_evidence()) == pytest.approx(0.4, abs=0.001)


def test_fast_wrong_answers_have_no_throughput_and_cost_without_end() -> None:
    wrong = make_capacity(POOR, submission_correct=0, outcomes={"w": 9000})
    evidence = make_evidence(capacity=wrong)

    assert value_of("throughput_ratio", evidence) == 0
    assert value_of("cost_ratio", evidence) == math.inf


def test_cost_without_cpu_counters_is_unmeasured() -> None:
    evidence = make_evidence(capacity=make_capacity(GOOD, cost_per_million=None))

    assert isinstance(observe("cost_ratio", evidence), Unmeasured)


def test_the_cost_interval_is_that_of_the_cpu_ratio() -> None:
    observed = observe("cost_ratio", make_evidence())

    assert isinstance(observed, Observed)
    assert observed.interval == pytest.approx((0.98 * observed.value, 1.02 * observed.value))


def test_rows_without_an_answer_count_as_guesses() -> None:
    half = make_quality(GOOD).model_copy(update={"answered": 600, "roc_auc": 0.9})

    gap = value_of("quality_auc_gap", make_evidence(quality=half))

    assert gap == pytest.approx(0.8341 - (0.5 + 0.4 * 0.25))


def test_answering_no_row_at_all_is_not_shown() -> None:
    none = make_quality(GOOD).model_copy(update={"answered": 0, "agreeing": 0, "roc_auc": None})

    assert isinstance(observe("quality_auc_gap", make_evidence(quality=none)), NotShown)
    assert value_of("quality_agreement", make_evidence(quality=none)) == 0


def test_a_service_that_answers_nothing_has_not_shown_that_it_keeps_secrets() -> None:
    silent = make_contract(GOOD).model_copy(update={"personal_values_sent": 0})

    assert isinstance(observe("personal_data", make_evidence(contract=silent)), NotShown)


def test_a_challenge_without_personal_fields_cannot_measure_privacy() -> None:
    table = make_challenge().contract.model_copy(update={"personal_fields": ()})
    evidence = make_evidence(challenge=make_challenge(contract=table.model_dump()))

    assert isinstance(observe("personal_data", evidence), Unmeasured)


def test_wrong_first_answers_are_answers_but_malformed_ones_are_not() -> None:
    boot = make_boot(GOOD).model_copy(update={"first_outcomes": "owm5"})

    assert value_of("ready_truth", make_evidence(boot=boot)) == 0.5


def test_requests_accepted_after_sigterm_and_cut_count_as_lost() -> None:
    shutdown = make_shutdown(GOOD, in_flight=6, in_flight_answered=6, late_errors=2)

    assert value_of("shutdown_in_flight", make_evidence(shutdown=shutdown)) == 0.75


def test_a_shutdown_with_nothing_in_flight_shows_nothing() -> None:
    shutdown = make_shutdown(GOOD, in_flight=0, in_flight_answered=0)

    assert isinstance(observe("shutdown_in_flight", make_evidence(shutdown=shutdown)), Unmeasured)


def test_a_service_that_answers_no_batch_cannot_have_lost_none() -> None:
    shutdown = make_shutdown(GOOD, answered_before=0, in_flight=0, in_flight_answered=0)

    assert isinstance(observe("shutdown_in_flight", make_evidence(shutdown=shutdown)), NotShown)


def test_a_process_that_had_to_be_killed_never_stopped() -> None:
    assert value_of("shutdown_time", make_poor_evidence()) == math.inf


def test_a_rule_that_was_not_checked_is_unmeasured() -> None:
    assert isinstance(observe("operability", make_evidence(), rule="no_secrets"), Unmeasured)


def test_an_image_without_a_known_size_is_unmeasured() -> None:
    build = make_build(GOOD).model_copy(update={"image_mib": None})

    assert isinstance(observe("image_size", make_evidence(build=build)), Unmeasured)
    assert value_of("image_size", make_evidence()) == 332
