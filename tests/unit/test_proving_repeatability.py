"""How much one and the same submission's points move, and what shows in spite of that."""

import math
from dataclasses import replace
from statistics import NormalDist

import pytest
from tests.fakes.proofs import REFERENCE, good_results, outcome, starter, with_runs

from assay.toolkit.proving.repeatability import LEAST_NOISE, Spread, spreads


def test_the_detectable_loss_follows_its_formula() -> None:
    """(1.959964 + 0.841621) * sqrt(2) = 3.962."""
    assert Spread(1.0, None).detectable == pytest.approx(3.962040, abs=1e-6)


@pytest.mark.parametrize("deviation", [0.02, 0.1, 0.15, 0.4, 1.0])
def test_the_detectable_loss_is_called_one_in_four_of_five_proofs(deviation: float) -> None:
    spread = Spread(deviation, None)
    assert spread.detectable is not None
    measured = NormalDist(spread.detectable, deviation * math.sqrt(2))

    assert 1 - measured.cdf(spread.noise) == pytest.approx(0.8)


def test_what_never_moved_shows_from_the_least_that_is_called_a_loss() -> None:
    assert Spread(0.0, 0.0).detectable == LEAST_NOISE


def test_a_difference_within_what_chance_gives_is_noise() -> None:
    assert Spread(1.0, None).noise == pytest.approx(1.959964 * math.sqrt(2), abs=1e-6)


def test_runs_that_agree_by_luck_do_not_make_every_trifle_a_loss() -> None:
    assert Spread(0.0, 0.0).noise == LEAST_NOISE


def test_deviations_are_pooled_as_variances() -> None:
    assert Spread(3.0, 4.0).pooled == pytest.approx(math.sqrt(12.5))


def test_a_single_run_says_nothing_about_noise() -> None:
    spread = spreads(good_results(runs={REFERENCE: outcome()}))["stops"]

    assert spread == Spread(None, None)
    assert spread.detectable is None


def test_repeats_of_reference_and_starter_count_apart() -> None:
    runs = {
        REFERENCE: outcome({"stops": 1.0}),
        replace(REFERENCE, again=1): outcome({"stops": 3.0}),
        replace(starter(0), again=1): outcome({"agreement": 30, "validation": 25, "stops": 30}),
    }

    assert spreads(with_runs(runs))["stops"] == Spread(pytest.approx(math.sqrt(2)), 0.0)


def test_a_repeat_in_which_a_line_was_not_measured_is_left_out_of_it() -> None:
    again = replace(REFERENCE, again=1)

    assert spreads(with_runs({again: outcome({"stops": None})}))["stops"].reference is None
