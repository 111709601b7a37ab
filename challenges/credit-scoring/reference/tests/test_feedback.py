"""Labels find their scores."""

from app.feedback import Outcomes


def test_a_label_is_joined_with_its_score():
    outcomes = Outcomes()
    outcomes.scored([("A-1", 0.2), ("A-2", 0.9)])
    assert outcomes.labelled("A-1", False)
    assert outcomes.brier_score() == 0.2**2
    assert not outcomes.labelled("A-1", False)


def test_before_the_first_label_there_is_no_error_to_report():
    assert Outcomes().brier_score() is None
