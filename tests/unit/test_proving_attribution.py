"""Each planted fault costs what it names, and nothing else."""

import pytest
from tests.fakes.proofs import (
    REFERENCE,
    good_results,
    good_runs,
    mutant,
    outcome,
    with_runs,
)

from assay.toolkit.proving.attribution import check_attribution, matrix_of
from assay.toolkit.proving.proof import Cell
from assay.toolkit.proving.repeatability import spreads
from assay.toolkit.proving.runs import Results


def cell(results: Results, fault: str, criterion: str) -> Cell:
    rows = {row.fault: row for row in matrix_of(results, spreads(results))}
    return rows[fault].cells[criterion]


def problems(results: Results) -> tuple[str, ...]:
    return check_attribution(results, matrix_of(results, spreads(results))).problems


def test_a_fault_that_costs_what_it_names_is_as_declared() -> None:
    assert cell(good_results(), "null_is_500", "validation") == Cell(lost=25.0, verdict="shown")
    assert problems(good_results()) == ()


def test_a_fault_that_costs_nothing_of_what_it_names_is_silent() -> None:
    results = with_runs({mutant("null_is_500"): outcome({"validation": 0.4})})

    assert cell(results, "null_is_500", "validation").verdict == "silent"
    assert problems(results) == (
        "null_is_500 names validation and costs 0.40 of it; make the fault show, or ask in "
        "validation for what it breaks",
    )


def test_a_fault_that_costs_what_it_does_not_name_leaks() -> None:
    results = with_runs({mutant("wrong_unit"): outcome({"agreement": 30, "stops": 0.6})})

    assert cell(results, "wrong_unit", "stops") == Cell(lost=0.6, verdict="leak")
    assert problems(results) == (
        "wrong_unit costs 0.60 of stops, which it does not name; make the fault smaller, or name "
        "it in costs, too",
    )


def test_a_fault_that_lowers_a_gate_leaks_even_if_it_costs_no_criterion() -> None:
    results = with_runs({mutant("wrong_unit"): outcome({"agreement": 30, "builds": 5})})

    assert problems(results) == (
        "wrong_unit costs 5.00 of builds, which it does not name; make the fault smaller, a "
        "starter must run",
    )


def test_what_the_same_submission_loses_by_itself_is_no_leak() -> None:
    runs = {
        mutant("wrong_unit"): outcome({"agreement": 30, "stops": 3}),
        **{again: outcome({"stops": lost}) for again, lost in repeats().items()},
    }

    assert problems(with_runs(runs)) == ()


def repeats() -> dict[object, float]:
    from dataclasses import replace

    return {replace(REFERENCE, again=1): 2.0, replace(REFERENCE, again=2): 4.0}


@pytest.mark.parametrize("full", [True, False])
def test_what_was_not_measured_is_neither_shown_nor_silent(full: bool) -> None:
    runs = {**good_runs(), mutant("wrong_unit"): outcome({"agreement": None})}
    results = good_results(runs=runs, full=full)
    check = check_attribution(results, matrix_of(results, spreads(results)))

    assert cell(results, "wrong_unit", "agreement") == Cell(lost=None, verdict="unseen")
    assert check.verdict == ("incomplete" if full else "green")


@pytest.mark.parametrize(
    ("ran", "line", "verdict"),
    [
        ("quality", "agreement", "incomplete"),
        ("contract", "agreement", "green"),
        ("contract", "validation", "green"),
    ],
)
def test_a_quick_proof_is_incomplete_if_the_stage_of_what_is_named_ran_and_showed_nothing(
    ran: str, line: str, verdict: str
) -> None:
    unmeasured = outcome({"agreement": 30, line: None}, **{ran: 5.0})
    results = good_results(runs={**good_runs(), mutant("wrong_unit"): unmeasured}, full=False)

    assert check_attribution(results, matrix_of(results, spreads(results))).verdict == verdict


def test_a_proof_without_mutants_says_that_no_fault_was_looked_at() -> None:
    results = good_results(runs={REFERENCE: outcome()}, full=False)

    assert check_attribution(results, ()).notes == ("no fault was run alone",)


def test_losses_are_measured_against_the_reference_not_against_full_marks() -> None:
    results = with_runs({REFERENCE: outcome({"validation": 3})})

    assert cell(results, "null_is_500", "validation").lost == 22.0
    assert cell(results, "ignores_sigterm", "validation").lost == -3.0
