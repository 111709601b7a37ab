"""Starters that are handed out have about as much to win back; which is which nobody can tell."""

from collections.abc import Mapping
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.rubric import make_challenge

from assay.domain.challenge import Challenge
from assay.toolkit import stakes
from assay.toolkit.stakes import SPREAD, alternatives, fair_rows, faults_of, stake
from assay.toolkit.variants import choose_variant, variants

Slots = list[list[list[str]]]
CRITERIA = [c.id for c in make_challenge().criterion if c.points]


def challenge_of(slots: Slots, partly: Mapping[str, Mapping[str, float]] = {}) -> Challenge:
    """Slots of alternatives, each with the criteria it costs; of some, what part of them."""
    fault = {"title": "F", "why": "W", "measured_by": "load"}
    return make_challenge(
        slot=[
            {
                "id": f"s{s}",
                "title": "S",
                "fault": [
                    {
                        **fault,
                        "id": (name := f"s{s}_{f}"),
                        "costs": c,
                        "partly": partly.get(name, {}),
                    }
                    for f, c in enumerate(costs)
                ],
            }
            for s, costs in enumerate(slots)
        ]
    )


MILD = {"model_agreement": 1 / 3}

UNEQUAL = challenge_of([[["model_agreement"], ["shutdown_time"]], [["cost"], ["throughput"]]])
"""A fault of nine points and one of two in the same slot; two of eight points in another."""


def test_a_stake_is_the_points_of_the_criteria_that_are_named_each_once() -> None:
    faults = UNEQUAL.slot[0].fault + UNEQUAL.slot[0].fault

    assert stake(UNEQUAL, faults) == 9 + 2
    assert stake(UNEQUAL, ()) == 0


def test_unequal_alternatives_are_told_by_slot() -> None:
    assert alternatives(UNEQUAL) == {
        "s0": {"s0_0": 9, "s0_1": 2},
        "s1": {"s1_0": 8, "s1_1": 8},
    }


def test_what_is_taken_in_part_counts_in_part_and_of_several_the_worst() -> None:
    slots = [[["model_agreement", "cost"]], [["model_agreement"]]]
    challenge = challenge_of(slots, {"s0_0": {"model_agreement": 0.5}, "s1_0": MILD})
    strong, mild = challenge.slot[0].fault[0], challenge.slot[1].fault[0]

    assert stake(challenge, [mild]) == pytest.approx(9 / 3)
    assert stake(challenge, [mild, strong]) == pytest.approx(9 / 2 + 8)


def test_what_leaves_most_of_a_criterion_is_handed_out_only_beside_what_takes_it_whole() -> None:
    slots = [[["model_agreement"], ["cost", "model_agreement"]], [["cost", "model_agreement"]] * 2]
    challenge = challenge_of(slots, {"s0_1": MILD, "s1_1": MILD})

    assert fair_rows(challenge) == ((0, 0), (1, 0), (0, 1))


def test_a_starter_that_would_be_easier_is_not_handed_out() -> None:
    assert fair_rows(UNEQUAL) == ((0, 0), (0, 1))
    assert variants(UNEQUAL) == 2


def test_an_easy_alternative_is_handed_out_where_another_slot_makes_up_for_it() -> None:
    """Alone the weak one would be easy; beside a fault that names the same it is not."""
    strong, weak = ["model_agreement", "cost"], ["cost"]
    challenge = challenge_of([[strong, weak], [["model_agreement"], ["cost"]]])

    assert fair_rows(challenge) == ((0, 0), (1, 0), (0, 1))


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(
            st.lists(st.sampled_from(CRITERIA), min_size=1, max_size=4), min_size=1, max_size=3
        ),
        min_size=1,
        max_size=4,
    ),
    st.dictionaries(
        st.sampled_from(["s0_0", "s0_1", "s1_0"]),
        st.dictionaries(st.sampled_from(CRITERIA), st.floats(0.01, 0.99), max_size=3),
    ),
)
def test_all_starters_lie_within_the_spread_and_none_that_does_is_left_out(
    slots: Slots, partly: dict[str, dict[str, float]]
) -> None:
    challenge = challenge_of(slots, partly)
    every = {
        row: stake(challenge, faults_of(challenge, row))
        for row in product(*(range(len(slot.fault)) for slot in challenge.slot))
    }
    hardest = max(every.values())

    assert set(fair_rows(challenge) or ()) == {
        row for row, one in every.items() if one >= hardest - SPREAD - 1e-9
    }
    drawn = {variant_rows(challenge, n) for n in range(variants(challenge))}
    assert drawn == set(fair_rows(challenge) or ())


def variant_rows(challenge: Challenge, number: int) -> tuple[int, ...]:
    chosen = choose_variant(challenge, number)
    pairs = zip(challenge.slot, chosen, strict=True)
    return tuple(slot.fault.index(one.fault) for slot, one in pairs)


def test_too_many_combinations_are_all_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stakes, "WEIGHED_UP_TO", 3)

    assert fair_rows(UNEQUAL) is None
    assert {variant_rows(UNEQUAL, n) for n in range(variants(UNEQUAL))} == {
        (0, 0),
        (1, 0),
        (0, 1),
        (1, 1),
    }
