"""Answers are numbers or labelled, and a check is asked of the kind it can judge."""

from collections.abc import Iterator

from assay.domain.challenge import Contract
from assay.domain.rubric import Criterion
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential

OF_LABELLED = (
    "answers_f1",
    "decision_cost",
    "decided_both_ways",
    "calibration",
    "attack_twins",
    "canaries",
)
OF_NUMBERS = ("quality_agreement", "quality_auc_gap")


def _check(draft: Draft) -> Iterator[Found]:
    contract = draft.challenge.contract
    if not contract.score.answer and contract.answers is None:
        yield draft.at(
            ("contract", "score"),
            "no answer can be judged; write answer and tolerance, or add [contract.answers]",
        )
    for index, criterion in enumerate(draft.challenge.criterion):
        if told := _unfit(criterion, contract):
            yield draft.at(("criterion", index, "check"), f"criterion {criterion.id!r}: {told}")


def _unfit(criterion: Criterion, contract: Contract) -> str:
    """Why a check cannot judge the answers of this contract, "" if it can."""
    check, answers = criterion.check, contract.answers
    if check in OF_LABELLED and answers is None:
        return f"check {check!r} compares answers by field; add [contract.answers]"
    if check in OF_NUMBERS and answers is not None:
        told = "answers_f1 or decision_cost"
        return f"check {check!r} compares numbers, and answers are labelled; use {told}"
    if check == "calibration" and answers and answers.decision.confidence is None:
        return "answers do not say how sure they are; name contract.answers.decision.confidence"
    return ""


RULE = essential("labelled-answers", "A check can judge the answers it is asked about.", _check)
