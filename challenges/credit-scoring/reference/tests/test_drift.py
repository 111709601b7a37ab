"""Drift is measured over rows, so traffic at night is judged like traffic at noon."""

import numpy as np
import pytest

import train
from app.drift import WINDOW_ROWS, DriftWindow
from app.features import CATEGORIES, INPUTS, codes_of, inputs_of
from app.scoring import INCOME, _as_sent


@pytest.fixture(scope="module")
def watched(model):
    inputs = inputs_of(train.read_rows()[0], codes_of(CATEGORIES))
    return np.column_stack([inputs, model.predict(inputs)])


def window_of(model, rows):
    window = DriftWindow(model.profile)
    for start in range(0, len(rows), 7):
        window.add(rows[start : start + 7])
    return window.psi()


def test_the_training_rows_have_not_drifted(model, watched):
    sample = np.random.default_rng(1).choice(watched, WINDOW_ROWS)
    psi = window_of(model, sample)
    assert set(psi) == {*INPUTS, "probability_of_default"}
    assert max(psi.values()) < 0.1


def test_a_changed_unit_shows_in_its_feature_only(model, watched):
    sample = np.random.default_rng(1).choice(watched, WINDOW_ROWS)
    sample[:, INPUTS.index("income_eur_month")] *= 12
    psi = window_of(model, sample)
    assert psi.pop("income_eur_month") > 1
    assert max(psi.values()) < 0.1


def test_missing_values_are_drift_too(model, watched):
    sample = np.random.default_rng(1).choice(watched, WINDOW_ROWS)
    sample[::2, INPUTS.index("assets_eur")] = np.nan
    assert window_of(model, sample)["assets_eur"] > 0.25


def test_nothing_is_said_before_the_window_is_full(model, watched):
    assert window_of(model, watched[: WINDOW_ROWS - 1]) == {}


def test_a_batch_longer_than_the_window_leaves_its_last_rows(model, watched):
    window = DriftWindow(model.profile, rows=100)
    window.add(watched[:250])
    alone = DriftWindow(model.profile, rows=100)
    alone.add(watched[150:250])
    assert window.psi() == pytest.approx(alone.psi())


def test_an_income_from_the_bureau_was_missing_when_it_was_sent():
    scores = [{"income_source": source} for source in ("declared", "bureau", "imputed")]
    seen = _as_sent(scores, np.zeros((3, len(INPUTS))))
    assert np.isnan(seen[:, INCOME]).tolist() == [False, True, True]
    assert np.isnan(seen).sum() == 2
