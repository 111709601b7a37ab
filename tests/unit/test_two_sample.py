"""However many rows a pool has, whether two samples differ is told in bounded time."""

import time

import numpy as np
import pytest

from assay.evaluation.drifts.bodies import Column
from assay.evaluation.drifts.two_sample import CELLS_MAX, ROWS_MIN, _thinned, two_sample_auc

LIMIT_S = 10.0
"""Of CPU, for rows and fields without end; measured 1 to 3 s."""


def table(rows: int, fields: int, seed: int, shift: float = 0.0) -> dict[str, Column]:
    chance = np.random.default_rng(seed)
    found: dict[str, Column] = {
        f"f{n}": chance.normal(0.0, 1.0, rows).tolist() for n in range(fields)
    }
    return {**found, "f0": [float(value) + shift for value in found["f0"] if value is not None]}


def ids(rows: int) -> list[str]:
    return [f"r{n:06}" for n in range(rows)]


@pytest.mark.parametrize(("rows", "fields"), [(60_000, 13), (3_000, 400)])
def test_very_many_rows_or_fields_take_no_longer(rows: int, fields: int) -> None:
    clean, drifted = table(rows, fields, 1), table(rows, fields, 2, shift=2.0)
    began_s = time.process_time()

    auc = two_sample_auc(clean, drifted, ids(rows), ids(rows))

    assert time.process_time() - began_s < LIMIT_S
    assert auc > 0.8


def test_a_sample_of_many_rows_says_what_all_of_few_say() -> None:
    few = two_sample_auc(table(1_500, 5, 1), table(1_500, 5, 2, 0.7), ids(1_500), ids(1_500))
    many = two_sample_auc(table(9_000, 5, 3), table(9_000, 5, 4, 0.7), ids(9_000), ids(9_000))

    assert many == pytest.approx(few, abs=0.04)
    assert two_sample_auc(table(9_000, 5, 1), table(9_000, 5, 1), ids(9_000), ids(9_000)) < 0.52


def test_all_rows_are_looked_at_where_there_are_not_too_many() -> None:
    known = ids(CELLS_MAX // 13)

    assert _thinned([*known, *known], 13) == frozenset(known)


@pytest.mark.parametrize(("rows", "fields", "most"), [(10_000, 50, 500), (10_000, 5_000, ROWS_MIN)])
def test_rows_are_thinned_evenly(rows: int, fields: int, most: int) -> None:
    kept = sorted(_thinned(ids(rows), fields))
    places = [int(name[1:]) for name in kept]

    assert len(kept) == most
    assert max(np.diff(places)) - min(np.diff(places)) <= 1
    assert places[0] == 0
    assert places[-1] > rows - 2 * rows / most
