"""The lines that people judge."""

import pytest
from pydantic import ValidationError
from tests.fakes.rubric import make_challenge

from assay.domain.human_rubric import (
    DEFAULT_LINES,
    HIGHEST,
    LOWEST,
    Opinion,
    lines_for,
    problems_of,
)

OWN = {
    "id": "taste",
    "title": "Taste",
    "question": "Is it?",
    "anchors": ["no", "little", "some", "much"],
}
COMPLETE = {line.id: Opinion(3) for line in DEFAULT_LINES}


def test_every_default_line_says_in_words_what_each_step_means() -> None:
    said = [text for line in DEFAULT_LINES for text in line.anchors]

    assert all(len(line.anchors) == HIGHEST - LOWEST + 1 for line in DEFAULT_LINES)
    assert len(set(said)) == len(said)
    assert len({line.id for line in DEFAULT_LINES}) == len(DEFAULT_LINES)


def test_a_challenge_without_lines_asks_the_default_ones() -> None:
    assert lines_for(make_challenge().review) == DEFAULT_LINES


def test_a_challenge_asks_its_own_lines_instead() -> None:
    (line,) = lines_for(make_challenge(review=[OWN]).review)

    assert (line.title, line.anchors[3]) == ("Taste", "much")


@pytest.mark.parametrize(
    "wrong", [{"anchors": ["no", "yes"]}, {"id": "Two Words"}, {"extra": 1}, {"id": "summary"}]
)
def test_a_line_that_cannot_be_judged_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        make_challenge(review=[OWN | wrong])


def test_a_review_is_whole_with_a_score_for_every_line_and_a_summary() -> None:
    assert problems_of(COMPLETE, "good", DEFAULT_LINES) == {}


def test_everything_a_review_lacks_is_told_at_once() -> None:
    said = {**COMPLETE, "design": Opinion(None, "a note is no score")}
    del said["readiness"]

    assert set(problems_of(said, "  ", DEFAULT_LINES)) == {"design", "readiness", "summary"}
