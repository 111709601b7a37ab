"""What a candidate learns from a push, and how much of it the challenge lets them see."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.evaluators import Studio, work_off
from tests.fakes.evidence import make_poor_evidence, make_unbuilt_evidence
from tests.fakes.sittings import House, a_house

from assay.domain.challenge import FeedbackTier
from assay.domain.errors import NotFound
from assay.domain.evidence import Evidence
from assay.features.submissions.feedback import feedback as feedback_of
from assay.features.submissions.reading import history
from assay.features.submissions.views import Feedback


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


def judged(house: House, sitting: str, evidence: Evidence | None = None) -> str:
    """Push, and let it be judged as that evidence deserves."""
    evaluation = house.push(sitting).evaluation_id or ""
    studio = Studio(evidence=evidence.model_dump_json().encode()) if evidence else Studio()
    work_off(house, studio)
    return evaluation


def feedback(house: House, evaluation: str, tier: FeedbackTier = "full") -> Feedback:
    with house.read() as session:
        return feedback_of(session, evaluation, tier)


def test_full_feedback_has_every_line_with_what_was_seen(house: House) -> None:
    learnt = feedback(house, judged(house, house.started(), make_poor_evidence()))

    lines = {line.id: line for line in learnt.criteria}
    rubric = house.package.challenge.criterion
    assert [line.id for line in learnt.gates] == [c.id for c in rubric if c.gate]
    assert list(lines) == [c.id for c in rubric if not c.gate]
    assert lines["input_validation"].advice.startswith("Check every field")
    assert lines["input_validation"].evidence
    assert learnt.total is not None
    assert learnt.total < 50


def test_areas_hide_the_lines_and_totals_hide_the_areas(house: House) -> None:
    evaluation = judged(house, house.started(), make_poor_evidence())
    areas, total = feedback(house, evaluation, "areas"), feedback(house, evaluation, "total")

    assert areas.areas
    assert areas.mend
    assert (areas.criteria, areas.gates) == ([], [])
    assert total.total == areas.total
    assert (total.areas, total.mend, total.criteria) == ([], [], [])


def test_what_is_worth_mending_are_the_three_lines_that_lost_most(house: House) -> None:
    learnt = feedback(house, judged(house, house.started(), make_poor_evidence()))

    lost = sorted((line.max - (line.points or 0) for line in learnt.criteria), reverse=True)
    measured = sum(line.max for line in learnt.criteria if line.points is not None)
    worth = [mend.worth for mend in learnt.mend]
    assert worth == [pytest.approx(100 * points / measured, abs=0.05) for points in lost[:3]]


def test_a_gate_that_was_missed_comes_before_everything(house: House) -> None:
    learnt = feedback(house, judged(house, house.started(), make_unbuilt_evidence()))

    assert learnt.mend[0].id == "builds"
    assert learnt.mend[0].worth is None


def test_a_first_push_is_compared_with_nothing(house: House) -> None:
    learnt = feedback(house, judged(house, house.started()))

    assert (learnt.previous, learnt.change) == (None, None)
    assert {line.change for line in learnt.criteria} == {None}


def test_a_push_is_compared_with_the_one_before_line_by_line(house: House) -> None:
    sitting = house.started()
    poor = feedback(house, judged(house, sitting, make_poor_evidence()))
    good = feedback(house, judged(house, sitting))

    assert good.previous
    assert good.previous.number == 1
    assert good.total is not None
    assert poor.total is not None
    assert good.change == pytest.approx(good.total - poor.total, abs=0.05)
    before = {line.id: line.points for line in poor.criteria}
    for line in good.criteria:
        if line.points is not None and before[line.id] is not None:
            assert line.change == pytest.approx(line.points - before[line.id], abs=0.05)


def test_a_push_that_was_not_judged_is_skipped_in_the_comparison(house: House) -> None:
    sitting = house.started()
    judged(house, sitting, make_poor_evidence())
    house.push(sitting)
    third = feedback(house, judged(house, sitting))

    assert third.previous
    assert third.previous.number == 1


def test_another_candidate_is_never_compared_with(house: House) -> None:
    judged(house, house.started(), make_poor_evidence())

    assert feedback(house, judged(house, house.started())).previous is None


def test_a_sealed_result_is_compared_with_no_practice(house: House) -> None:
    sitting = house.started()
    judged(house, sitting, make_poor_evidence())
    house.finish(sitting)
    work_off(house, Studio())
    with house.read() as session:
        (submission,) = history(session, sitting)

    assert feedback(house, submission.evaluations[-1].id).previous is None


def test_there_is_no_feedback_before_there_is_a_result(house: House) -> None:
    evaluation = house.push(house.started()).evaluation_id or ""

    with pytest.raises(NotFound, match="it is queued"):
        feedback(house, evaluation)
