"""How far a drift really is from clean traffic, measured on the very rows that are sent."""

from collections.abc import Iterable

from assay.domain.incidents import GroundTruth
from assay.evaluation.drifts import measures
from assay.evaluation.drifts.bodies import Column, Rows, column, paths
from assay.evaluation.drifts.measures import is_numeric
from assay.evaluation.drifts.scores import Scores, auc_loss, score_psi
from assay.evaluation.drifts.two_sample import two_sample_auc

MAX_CATEGORIES = 50
"""A text with more different values is an id or free text, and no feature."""


def ground_truth(
    clean: Rows,
    drifted: Rows,
    *,
    intensity: float,
    scores_clean: Scores | None = None,
    scores_drifted: Scores | None = None,
    skip: frozenset[str] = frozenset(),
) -> GroundTruth:
    """Every measure of a drift, over the fields that the clean rows have.

    Args:
        clean: The rows of quiet time.
        drifted: The rows of the drift at its strongest.
        intensity: With which they were made.
        scores_clean: The reference's answers by row id, None if it was not asked.
        scores_drifted: The same for the drifted rows.
        skip: Dotted paths that are no features: ids, personal fields.

    Raises:
        ValueError: there are fewer rows than folds of the two-sample test.
    """
    fields = features_of(clean, skip)
    before, after = ({f: column(rows, f) for f in fields} for rows in (clean, drifted))
    pairs = {field: (before[field], after[field]) for field in fields}
    psi = {field: measures.psi(*pair) for field, pair in pairs.items()}
    numeric = {field: pair for field, pair in pairs.items() if is_numeric(pair[0])}
    ks = _applicable((field, measures.ks(*pair)) for field, pair in numeric.items())
    wasserstein = _applicable((f, measures.wasserstein(*pair)) for f, pair in numeric.items())
    scored = scores_clean is not None and scores_drifted is not None
    answers = (clean, drifted, scores_clean or {}, scores_drifted or {})
    return GroundTruth(
        intensity=intensity,
        psi=psi,
        ks=ks,
        wasserstein=wasserstein,
        psi_max=max(psi.values(), default=0.0),
        ks_max=max(ks.values(), default=None),
        wasserstein_max=max(wasserstein.values(), default=None),
        c2st_auc=two_sample_auc(before, after, [r.id for r in clean], [r.id for r in drifted]),
        score_psi=score_psi(*answers) if scored else None,
        auc_loss=auc_loss(*answers) if scored else None,
    )


def features_of(clean: Rows, skip: frozenset[str]) -> tuple[str, ...]:
    """Dotted paths of all single values of the bodies, without ids and free text."""
    found = dict.fromkeys(path for row in clean for path in paths(row.body))
    return tuple(f for f in found if f not in skip and _is_feature(column(clean, f)))


def _is_feature(values: Column) -> bool:
    return is_numeric(values) or len(set(values)) <= MAX_CATEGORIES


def _applicable(found: Iterable[tuple[str, float | None]]) -> dict[str, float]:
    return {field: value for field, value in found if value is not None}
