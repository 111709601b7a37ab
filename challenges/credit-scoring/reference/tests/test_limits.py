"""What is kept between requests is bounded."""

from app.feedback import MAX_WAITING, Outcomes


def test_the_oldest_score_is_forgotten_first():
    outcomes = Outcomes()
    outcomes.scored((f"A-{i}", 0.5) for i in range(MAX_WAITING + 1))
    assert not outcomes.labelled("A-0", True)
    assert outcomes.labelled("A-1", True)
