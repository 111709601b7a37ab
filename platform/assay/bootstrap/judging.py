"""From stored evidence to what an evaluation is worth: the judge of the worker."""

from assay.bootstrap.files import judgement_files
from assay.domain.evidence import Evidence
from assay.domain.judge import rescore
from assay.domain.scoring import rounded
from assay.features.scorecards.wording import meaning
from assay.features.submissions.evaluator import Judgement


def judge_evidence(evidence: bytes) -> Judgement:
    """See `features.submissions.evaluator.Judge`.

    Raises:
        ValidationError: it is not evidence of a version we know.
    """
    facts = Evidence.model_validate_json(evidence)
    card = rescore(facts)
    headline, _ = meaning(card)
    return Judgement(
        score=None if card.total is None else float(rounded(card.total)),
        complete=card.status == "complete",
        headline=headline,
        files={name: text.encode() for name, text in judgement_files(facts, card).items()},
    )
