"""Whether the answers are the approved model's, on rows nobody has seen."""

from assay.domain.checks.absent import fact_of
from assay.domain.checks.wording import failures, joined, share
from assay.domain.evidence import Evidence
from assay.domain.measurements import QualityMeasurement
from assay.domain.rubric import Criterion
from assay.domain.verdict import NotShown, Observation, Observed, Unmeasured

COIN_TOSS = 0.5


def quality_agreement(evidence: Evidence, criterion: Criterion) -> Observation:
    """Share of held-out rows answered within tolerance of the approved model's answer."""
    quality = fact_of(evidence, "quality", evidence.quality)
    if not isinstance(quality, QualityMeasurement):
        return quality
    if quality.rows == 0:
        return Unmeasured("the challenge has no held-out rows")
    tolerance = evidence.challenge.contract.score.tolerance
    agreed = (
        f"{share(quality.agreeing, quality.rows)} held-out rows were answered within "
        f"{tolerance:g} of the approved model."
    )
    told = joined(agreed, _unanswered(quality), _worst(quality))
    return Observed(quality.agreeing / quality.rows, told, source="quality.agreeing")


def quality_auc_gap(evidence: Evidence, criterion: Criterion) -> Observation:
    """ROC AUC of the approved model minus that of the submission.

    A row without an answer counts as a guess: only pairs of answered rows keep the
    submission's ranking, all others are a coin toss.
    """
    quality = fact_of(evidence, "quality", evidence.quality)
    if not isinstance(quality, QualityMeasurement):
        return quality
    if quality.rows == 0 or not quality.reference_roc_auc:
        return Unmeasured("the held-out rows do not have both labels")
    if quality.roc_auc is None:
        return NotShown("too few held-out rows were answered to rank them", "quality.roc_auc")
    kept = (quality.answered / quality.rows) ** 2
    auc = COIN_TOSS + (quality.roc_auc - COIN_TOSS) * kept
    told = f"ROC AUC {auc:.4f}, the approved model's {quality.reference_roc_auc:.4f}."
    return Observed(
        quality.reference_roc_auc - auc,
        joined(told, _unanswered(quality)),
        source="quality.roc_auc",
    )


def _unanswered(quality: QualityMeasurement) -> str:
    if quality.answered == quality.rows:
        return ""
    told = failures({k: n for k, n in quality.outcomes.items() if k != "w"})
    return f"{quality.rows - quality.answered:,} rows had no usable answer ({told or 'no answer'})."


def _worst(quality: QualityMeasurement) -> str:
    if quality.worst_difference is None:
        return ""
    return f"The largest difference was {quality.worst_difference:.4g}."
