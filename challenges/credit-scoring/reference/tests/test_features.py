"""Features are computed for all rows at once."""

import numpy as np

import train
from app.features import INPUTS, fill_values_of, matrix_of


def test_a_missing_number_becomes_the_median(model):
    rows, _ = train.read_rows()
    inputs = model.inputs(rows)
    place = INPUTS.index("income_eur_month")
    assert np.isnan(inputs[:, place]).any()
    filled = matrix_of(inputs, fill_values_of(inputs))[:, place]
    assert set(filled[np.isnan(inputs[:, place])]) == {np.nanmedian(inputs[:, place])}


def test_no_row_depends_on_its_neighbours(model):
    rows, _ = train.read_rows()
    inputs = model.inputs(rows[:50])
    together = matrix_of(inputs, model.fill_values)
    alone = [matrix_of(row[None], model.fill_values)[0] for row in inputs]
    np.testing.assert_array_equal(together, alone)
