"""The worker's judge gives what `assay grade` writes."""

from tests.fakes.evidence import make_evidence, make_unbuilt_evidence

from assay.bootstrap.judging import judge_evidence
from assay.domain.judge import rescore
from assay.features.scorecards.result import result_json


def test_result_and_score_are_those_of_the_scorecard() -> None:
    evidence = make_evidence()
    judgement = judge_evidence(evidence.model_dump_json().encode())

    assert judgement.files["result.json"].decode() == result_json(rescore(evidence))
    assert b"<html" in judgement.files["report.html"]
    assert judgement.complete
    assert judgement.score is not None
    assert judgement.score > 90


def test_what_does_not_build_has_a_score_and_says_why() -> None:
    judgement = judge_evidence(make_unbuilt_evidence().model_dump_json().encode())

    assert judgement.score == 0
    assert judgement.headline == "Not ready"
