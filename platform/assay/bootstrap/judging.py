"""From stored evidence to what an evaluation is worth: the judge of the worker."""

from assay.bootstrap.files import judgement_files
from assay.domain.evidence import Evidence
from assay.domain.judge import judge, rescore
from assay.domain.scorecard import Rubric
from assay.domain.scoring import rounded
from assay.features.scorecards.prepared import PAGE_FILE, prepared_json
from assay.features.scorecards.wording import meaning
from assay.features.submissions.evaluator import Judgement


def judge_evidence(evidence: bytes, rubric: Rubric | None = None) -> Judgement:
    """See `features.submissions.evaluator.Judge`. Without a rubric, by the one it carries.

    Raises:
        ValidationError: it is not evidence of a version we know.
    """
    facts = Evidence.model_validate_json(evidence)
    card = rescore(facts) if rubric is None else judge(rubric, facts)
    headline, _ = meaning(card)
    files = {name: text.encode() for name, text in judgement_files(facts, card).items()}
    return Judgement(
        score=None if card.total is None else float(rounded(card.total)),
        complete=card.status == "complete",
        headline=headline,
        files={**files, PAGE_FILE: prepared_json(facts, card)},
    )
