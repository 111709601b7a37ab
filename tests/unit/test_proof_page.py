"""The proof as pages: everything is told in words too, and nothing is fetched or run."""

import re
from dataclasses import replace

from tests.fakes.proofs import (
    a_proof,
    a_stamp,
    answer,
    good_results,
    mutant,
    outcome,
    with_runs,
)

from assay.features.scorecards.proof_page import page_of, render_proof
from assay.toolkit.proving.assemble import proof_of
from assay.toolkit.proving.matrix import matrix_page
from assay.toolkit.proving.proof import Proof

LEAKING = {mutant("wrong_unit"): outcome({"agreement": 30, "stops": 9})}


def leaking() -> Proof:
    return proof_of(with_runs(LEAKING), "full", a_stamp())


def test_the_page_needs_nothing_but_itself() -> None:
    page = render_proof(a_proof())

    assert "default-src 'none'" in page
    assert not re.search(r"<script|<link|<img|src=|https?://", page)


def test_every_cell_of_the_heat_map_says_in_words_what_it_shows() -> None:
    page = render_proof(leaking())

    assert "wrong_unit costs 9.00 of 30 points of Stops: not declared" in page
    assert "wrong_unit costs 30.00 of 40 points of Agreement: as declared" in page


def test_names_lead_to_the_evidence_that_only_a_full_proof_carries() -> None:
    link = re.compile(r'<a href="(evidence/[^"]+)">')
    whole, quick = leaking(), proof_of(with_runs(LEAKING), "quick", a_stamp())

    assert set(link.findall(render_proof(whole))) == {
        f"evidence/{run.key}.json.xz" for run in whole.runs
    }
    assert not link.findall(render_proof(quick))


def test_the_more_a_fault_costs_the_darker_is_its_cell() -> None:
    rows = {one.row.fault: one for one in page_of(leaking()).rows}
    names = [column.id for column in page_of(leaking()).columns]
    shades = {
        name: rows["wrong_unit"].cells[names.index(name)].tone for name in ("agreement", "stops")
    }

    assert shades == {"agreement": "heat-4 shown", "stops": "heat-2 leak"}
    assert rows["ignores_sigterm"].cells[names.index("stops")].tone == "heat-5 shown"


def test_a_criterion_that_no_fault_touches_has_no_column() -> None:
    assert [column.id for column in page_of(a_proof()).columns] == [
        "agreement", "validation", "stops",
    ]  # fmt: skip


def test_what_does_not_hold_is_on_the_page() -> None:
    assert "wrong_unit costs 9.00 of stops, which it does not name" in render_proof(leaking())


def test_a_hostile_name_is_text() -> None:
    hostile = {answer("rejected/<script>alert(1)</script>"): outcome()}
    expected = dict.fromkeys(
        ("rejected/<script>alert(1)</script>",), good_results().expectations["rejected/cheat"]
    )
    results = with_runs(hostile)
    proof = proof_of(
        good_results(runs=results.runs, expectations={**results.expectations, **expected}),
        "full",
        a_stamp(),
    )

    assert "<script>" not in render_proof(proof)


def test_the_matrix_of_the_documentation_marks_what_was_declared_and_what_leaks() -> None:
    page = matrix_page(leaking())

    row = next(line for line in page.splitlines() if line.startswith("| wrong_unit"))
    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        "wrong_unit", "**-30.0**", "", "-9.0 !", "61.0",
    ]  # fmt: skip
    assert "wrong_unit costs 9.00 of stops, which it does not name" in page


def test_the_documentation_says_which_answers_were_flagged() -> None:
    flagged = {answer("rejected/cheat"): outcome({"agreement": 30}, flags=("memorised_answers",))}

    page = matrix_page(proof_of(with_runs(flagged), "full", a_stamp()))

    row = next(line for line in page.splitlines() if line.startswith("| rejected/cheat"))
    assert [cell.strip() for cell in row.split("|")][4] == "memorised answers"


def test_a_score_that_could_not_be_told_whole_is_told_by_its_bounds() -> None:
    partly, settled = answer("rejected/cheat"), answer("rejected/worse")
    runs = {
        partly: outcome({"agreement": 30, "stops": None}),
        settled: outcome({"builds": 100, "stops": None}),
    }
    expected = good_results().expectations["rejected/cheat"]
    results = good_results(
        runs=with_runs(runs).runs,
        expectations={**good_results().expectations, "rejected/worse": expected},
    )
    proof = proof_of(results, "full", a_stamp())
    quick = proof_of(replace(results, full=False), "quick", a_stamp())

    scores = {run.name: run.score for run in proof.runs}
    assert (scores[partly.name], scores[settled.name]) == ("40.0 to 70.0", "0.0")
    assert "| 40.0 to 70.0 |" in matrix_page(proof)
    assert ">40.0 to 70.0<" in render_proof(proof)
    assert {run.score for run in quick.runs if run.name == partly.name} == {""}


def test_a_proof_read_back_from_its_file_is_the_same() -> None:
    proof = leaking()

    assert Proof.model_validate_json(proof.model_dump_json()) == proof
