"""Which evaluations a proof needs, and which few variants stand for all."""

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.proofs import EXPECTED, proven_challenge

from assay.domain.challenge import Challenge
from assay.domain.errors import BadInput
from assay.toolkit.expectation import Expectation
from assay.toolkit.package import load_challenge
from assay.toolkit.proving.covering import covering, covering_variants
from assay.toolkit.proving.plan import Options, Plan, needed, plan_of
from assay.toolkit.proving.quick import areas_shown, quick_mutants
from assay.toolkit.variants import all_faults, choose_variant, variants

CREDIT_SCORING = Path(__file__).parents[2] / "challenges" / "credit-scoring"


@pytest.fixture(scope="module")
def credit_scoring() -> Challenge:
    return load_challenge(CREDIT_SCORING).challenge


def planned(**options: object) -> Plan:
    return plan_of(proven_challenge(), EXPECTED, Options(**options))  # type: ignore[arg-type]


def names(plan: Plan, kind: str) -> list[str]:
    return [one.name for one in plan.runs if one.kind == kind and not one.again]


def test_a_full_proof_runs_everything_whose_score_is_known() -> None:
    plan = planned()

    assert names(plan, "mutant") == ["wrong_unit", "wrong_order", "null_is_500", "ignores_sigterm"]
    assert names(plan, "starter") == ["starter 0", "starter 1"]
    assert names(plan, "answer") == list(EXPECTED)
    assert names(plan, "empty") == ["empty"]
    assert plan.scope == "full"


def test_in_a_full_proof_every_run_has_every_stage() -> None:
    """A fault that shows at the build may still cost what it must not."""
    assert len({one.stages for one in planned().runs}) == 1


def test_reference_and_first_starter_are_repeated() -> None:
    again = [(one.name, one.again) for one in planned(repeat=3).runs if one.again]

    assert again == [("reference", 1), ("starter 0", 1), ("reference", 2), ("starter 0", 2)]


def test_pairs_are_of_different_slots_and_the_same_for_the_same_seed() -> None:
    pairs = names(planned(seed=4), "pair")

    assert pairs == names(planned(seed=4), "pair")
    assert "wrong_unit + wrong_order" not in pairs
    assert len(pairs) == 3


def test_no_evaluation_is_planned_twice() -> None:
    plan = planned()

    assert len(set(plan.runs)) == len(plan.runs)


@pytest.mark.parametrize(
    ("only", "found"),
    [
        ("mutants", {"reference", "wrong_unit", "wrong_order", "null_is_500", "ignores_sigterm"}),
        ("cheat", {"reference", "rejected/cheat"}),
        ("empty", {"reference", "empty"}),
    ],
)
def test_only_some_runs_are_compared_with_the_reference(only: str, found: set[str]) -> None:
    plan = planned(only=(only,))

    assert sorted(one.name for one in plan.runs) == sorted(found)
    assert plan.scope == "partial"


def test_a_run_that_there_is_not_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadInput, match=r"no run 'wrong_unti'.*wrong_unit"):
        planned(only=("wrong_unti",))


# ------------------------------------------------------------------------------------- quick


def test_a_quick_proof_touches_every_area_that_a_fault_touches(credit_scoring: Challenge) -> None:
    faults = {one.fault.id: one.fault for one in all_faults(credit_scoring)}
    mutants = [faults[name] for name, _ in quick_mutants(credit_scoring)]

    shown = {area for fault in mutants for area in areas_shown(credit_scoring, fault)}
    assert shown == {
        area for fault in faults.values() for area in areas_shown(credit_scoring, fault)
    }
    assert len(mutants) <= len(credit_scoring.area)


def test_a_quick_proof_has_one_timeline_for_a_fault_that_nothing_else_shows(
    credit_scoring: Challenge,
) -> None:
    with_timeline = [name for name, s in quick_mutants(credit_scoring) if "incidents" in s]

    assert len(with_timeline) == 1


def test_a_cheat_runs_no_further_than_the_stage_that_catches_it() -> None:
    assert needed(proven_challenge(), "quality") == (
        "checkout", "build", "boot", "contract", "quality",
    )  # fmt: skip


def test_cheats_that_a_quick_proof_has_no_time_for_are_named(credit_scoring: Challenge) -> None:
    slow = Expectation(about="Slow.", score_min=0, score_max=100, caught_by="incidents")
    quick = slow.model_copy(update={"caught_by": "contract"})
    cheats = {f"rejected/slow_{n}": slow for n in range(20)} | {"rejected/quick": quick}

    plan = plan_of(credit_scoring, cheats, Options(quick=True))

    assert "rejected/quick" in names(plan, "answer")
    assert len(plan.left_out) >= 15
    assert set(names(plan, "answer")) | set(plan.left_out) == set(cheats)


def test_good_answers_are_left_to_a_full_proof() -> None:
    assert names(planned(quick=True), "answer") == ["rejected/cheat"]


# ----------------------------------------------------------------------------------- covering


@given(st.lists(st.integers(1, 3), min_size=1, max_size=5))
def test_every_pair_of_alternatives_is_in_a_chosen_row(sizes: list[int]) -> None:
    slots = [[f"{slot}_{one}" for one in range(many)] for slot, many in enumerate(sizes)]
    rows = list(itertools.product(*slots))

    chosen = [rows[place] for place in covering(rows)]

    assert held(chosen) == held(rows)


def test_each_variant_costs_minutes_so_that_few_are_looked_for() -> None:
    """Four by four alternatives have sixteen pairs; taken in their order, the rows would be 20."""
    slots = [[f"{slot}_{one}" for one in range(many)] for slot, many in enumerate([4, 4, 4, 3, 2])]
    rows = list(itertools.product(*slots))
    chosen = covering(rows)

    assert len(chosen) == 16
    assert held([rows[place] for place in chosen]) == held(rows)


def held(rows: list[tuple[str, ...]]) -> set[tuple[str, ...]]:
    pairs = {pair for row in rows for pair in itertools.combinations(row, 2)}
    return pairs | {(name,) for row in rows for name in row}


def test_few_variants_stand_for_many(credit_scoring: Challenge) -> None:
    chosen = covering_variants(credit_scoring)
    rows = [tuple(p.fault.id for p in choose_variant(credit_scoring, n)) for n in chosen]

    assert chosen[0] == 0
    assert len(chosen) < variants(credit_scoring) / 4
    assert {name for row in rows for name in row} == {
        one.fault.id for one in all_faults(credit_scoring)
    }, "every alternative is tried in some starter"


def test_a_handful_of_variants_are_all_tried() -> None:
    assert covering_variants(proven_challenge()) == (0, 1)
