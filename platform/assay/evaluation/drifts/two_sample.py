"""Whether a classifier can tell clean from drifted rows: sees what no single column shows.

Lopez-Paz and Oquab, "Revisiting classifier two-sample tests" (ICLR 2017): train on some rows,
ask for others; its AUC is 0.5 if the two samples are the same, 1 if they have nothing in common.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.drifts.bodies import Column, is_number
from assay.evaluation.drifts.measures import is_numeric

FOLDS = 3
TREES = 40
"""Extremely randomised (Geurts et al. 2006): as sharp as a random forest in half its time."""
LEAF_ROWS = 5
"""Least rows in a leaf: deep enough for what lies between columns, not for single rows."""
CELLS_MAX = 25_000
"""Values of one side that are looked at: the time of a forest grows with rows and fields, and
1,900 rows of 13 fields say what can be said. More rows or fields are thinned out evenly."""
ROWS_MIN = 150
"""So many rows are looked at however many fields they have."""

Table = Mapping[str, Column]
"""Field -> its values, one per row."""
Matrix = NDArray[np.float64]


def two_sample_auc(
    clean: Table, drifted: Table, clean_ids: Sequence[str], drifted_ids: Sequence[str]
) -> float:
    """Cross-validated AUC of a forest that tells drifted from clean rows.

    All rows of one id are in one fold. A row that did not change stands on both sides, and a
    forest that knew one of them would be sure, and wrong, of the other.

    Args:
        clean: Field -> values. A missing value is a value of its own.
        drifted: The same fields.
        clean_ids: Id of each clean row.
        drifted_ids: Id of each drifted row.

    Returns:
        Mean over the folds; 0.5 for the same rows twice. The same rows give the same
        figure. Of very many rows it is that of an even sample by id.

    Raises:
        ValueError: a side has no rows in some fold, as there are too few.
    """
    looked_at = _thinned([*clean_ids, *drifted_ids], len(clean))
    before, own_ids = _only(clean, clean_ids, looked_at)
    after, other_ids = _only(drifted, drifted_ids, looked_at)
    sides = [_encoded(before[field], after[field]) for field in before]
    rows = np.column_stack([np.concatenate(side) for side in sides])
    drifted_is_1 = np.repeat([0, 1], [len(own_ids), len(other_ids)])
    fold = _folds([*own_ids, *other_ids])
    if any(len(np.unique(drifted_is_1[fold == held])) < 2 for held in range(FOLDS)):
        raise ValueError(f"a two-sample AUC needs clean and drifted rows in each of {FOLDS} folds")
    return float(np.mean([_auc_of(rows, drifted_is_1, fold == held) for held in range(FOLDS)]))


def _thinned(ids: Sequence[str], fields: int) -> frozenset[str]:
    """So many of the ids that a side has about `CELLS_MAX` values, evenly over all of them."""
    known = sorted(set(ids))
    most = max(ROWS_MIN, CELLS_MAX // max(1, fields))
    step = max(1.0, len(known) / most)
    return frozenset(known[int(n * step)] for n in range(min(most, len(known))))


def _only(table: Table, ids: Sequence[str], kept: Collection[str]) -> tuple[Table, list[str]]:
    """The rows with these ids."""
    places = [place for place, row_id in enumerate(ids) if row_id in kept]
    columns = {field: [column[place] for place in places] for field, column in table.items()}
    return columns, [ids[place] for place in places]


def _auc_of(rows: Matrix, truth: NDArray[np.int64], held: NDArray[np.bool_]) -> float:
    """AUC on the held-out rows of a forest that was grown on all others."""
    # A second of CPU to import, and every evaluation would pay it before its first stage.
    from sklearn.ensemble import ExtraTreesClassifier
    from sklearn.metrics import roc_auc_score

    forest = ExtraTreesClassifier(
        n_estimators=TREES,
        min_samples_leaf=LEAF_ROWS,
        max_features=None,
        class_weight="balanced",
        random_state=0,
        n_jobs=1,
    )
    forest.fit(rows[~held], truth[~held])
    return float(roc_auc_score(truth[held], forest.predict_proba(rows[held])[:, 1]))


def _folds(ids: Sequence[str]) -> NDArray[np.int64]:
    """Fold of each row, equally large by ids."""
    fold = {row_id: index % FOLDS for index, row_id in enumerate(sorted(set(ids)))}
    return np.array([fold[row_id] for row_id in ids])


def _encoded(clean: Column, drifted: Column) -> tuple[Matrix, Matrix]:
    """Both columns as numbers, a missing value below all others."""
    if is_numeric(clean):
        known = [value for value in (*clean, *drifted) if is_number(value)]
        missing = min(known) - 1.0
        return _numbers(clean, missing), _numbers(drifted, missing)
    codes = {text: code for code, text in enumerate(sorted({str(v) for v in (*clean, *drifted)}))}
    before, after = (np.array([codes[str(v)] for v in side], float) for side in (clean, drifted))
    return before, after


def _numbers(values: Column, missing: float) -> Matrix:
    return np.array([value if is_number(value) else missing for value in values], dtype=float)
