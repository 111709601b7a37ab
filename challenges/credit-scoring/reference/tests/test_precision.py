"""A prediction is the classifier's, to the last digit."""

import numpy as np

import train
from app.features import matrix_of


def test_predictions_are_those_of_the_classifier(model):
    rows, _ = train.read_rows()
    inputs = model.inputs(rows)
    direct = model.classifier.predict_proba(matrix_of(inputs, model.fill_values))[:, 1]
    np.testing.assert_allclose(model.predict(inputs), direct, rtol=0, atol=1e-12)


def test_the_model_ranks_better_than_chance(model):
    rows, defaulted = train.read_rows()
    probabilities = model.predict(model.inputs(rows))
    pairs = probabilities[defaulted == 1][:, None] > probabilities[defaulted == 0][None, :]
    assert pairs.mean() > 0.7
