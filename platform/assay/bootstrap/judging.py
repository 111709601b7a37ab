"""From stored evidence to what an evaluation is worth: the judge of the worker."""

from assay.domain.evidence import Evidence
from assay.domain.judge import rescore
from assay.domain.scoring import rounded
from assay.features.scorecards.report import render_report
from assay.features.scorecards.result import result_json
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
        files={
            "result.json": result_json(card).encode(),
            "report.html": render_report(facts, card).encode(),
        },
    )
