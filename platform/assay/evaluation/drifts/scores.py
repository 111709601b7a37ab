"""What the reference answers to rows, and what a drift does to its answers.

`Row.expected` is the reference's own answer, so it is asked only where that is not known.
"""

from collections.abc import Callable, Mapping

from assay.domain.statistics import roc_auc
from assay.evaluation.drifts.bodies import Rows
from assay.evaluation.drifts.measures import psi

Scores = Mapping[str, float]
"""Id of a row -> the reference's answer; rows that it refuses are not in it."""
Scorer = Callable[[Rows], Scores]
"""Asks the reference for its answers to rows."""


class Unmeasurable(ValueError):
    """A measure says nothing about these rows. The message says why."""


def scores_of(rows: Rows, ask: Scorer | None = None) -> Scores:
    """The reference's answers to all rows that it answers, asking only for those not known.

    Raises:
        Unmeasurable: an answer is not known, and nobody can be asked.
    """
    known = {row.id: row.expected for row in rows if row.expected is not None}
    unknown = tuple(row for row in rows if row.expected is None and not row.refuse)
    if not unknown:
        return known
    if ask is None:
        raise Unmeasurable(f"{len(unknown)} rows have no known answer, and nobody can be asked")
    return {**known, **ask(unknown)}


def score_psi(clean: Rows, drifted: Rows, before: Scores, after: Scores) -> float | None:
    """PSI of the answers; None if one side has none."""
    columns = [
        [float(scores[row.id]) for row in rows if row.id in scores]
        for rows, scores in ((clean, before), (drifted, after))
    ]
    return psi(columns[0], columns[1]) if all(columns) else None


def auc_loss(clean: Rows, drifted: Rows, before: Scores, after: Scores) -> float | None:
    """ROC AUC on the clean rows minus that on the drifted ones, over rows with a label.

    Below 0 if the model ranks the drifted rows better. None if one of the two has no AUC.
    """
    auc_before, auc_after = _auc(clean, before), _auc(drifted, after)
    return None if auc_before is None or auc_after is None else auc_before - auc_after


def _auc(rows: Rows, scores: Scores) -> float | None:
    pairs = [(r.label, scores[r.id]) for r in rows if r.label is not None and r.id in scores]
    return roc_auc([label for label, _ in pairs], [score for _, score in pairs])
