"""Drift counts where the model looks, and only there."""

import numpy as np
import pytest

from app.features import INPUTS
from app.influence import LIMIT, influences_of, limits_of


def test_the_model_uses_income_and_knows_how_much(model):
    assert set(model.influences) == set(INPUTS)
    assert model.influences["income_eur_month"] > 0.03


def test_an_input_that_is_not_used_has_no_influence():
    inputs = np.random.default_rng(1).normal(size=(500, len(INPUTS)))
    influences = influences_of(inputs, lambda some: some[:, 0])
    assert influences.pop(INPUTS[0]) > 0.5
    assert set(influences.values()) == {0.0}


@pytest.mark.parametrize(("influence", "limits"), [(0.03, {"home": LIMIT}), (0.001, {})])
def test_only_what_moves_scores_has_a_limit(influence, limits):
    assert limits_of({"home": influence}) == limits
