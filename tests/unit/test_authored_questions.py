"""An author's questions are checked like the rest of `challenge.toml`: with file and line."""

from pathlib import Path

import pytest
from tests.broken_challenges.edits import SPEC, add, line_of
from tests.fakes.scaffolds import fresh_scaffold

from assay.domain.challenge import PracticeKit
from assay.domain.errors import BadInput
from assay.toolkit.package import load_challenge
from assay.toolkit.practice_kit import public_edition

QUESTION = """
[[question]]
id = "why_so_slow"
criterion = "{criterion}"
below = 0.5
text = "{text}"
why = "Shows whether they measured anything."
"""
TEXT = "It came to {value} {unit}: what took the time?"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fresh_scaffold(tmp_path)


def a_criterion(root: Path) -> str:
    return load_challenge(root).challenge.criterion[0].id


def add_question(root: Path, criterion: str = "", text: str = TEXT, more: str = "") -> None:
    named = criterion or a_criterion(root)
    add(root, SPEC, QUESTION.format(criterion=named, text=text) + more)


def refused(root: Path) -> str:
    with pytest.raises(BadInput) as found:
        load_challenge(root)
    return "\n".join(str(problem) for problem in found.value.problems)


def test_a_challenge_may_bring_questions(root: Path) -> None:
    add_question(root)

    (question,) = load_challenge(root).challenge.question
    assert question.text == TEXT


def test_a_question_about_no_criterion_is_refused_with_its_line(root: Path) -> None:
    add_question(root, criterion="charm")

    told, line = refused(root), line_of(root, SPEC, 'criterion = "charm"')
    assert f"{SPEC}:{line}: " in told
    assert "question 'why_so_slow' is about criterion 'charm', which does not exist" in told


def test_a_text_may_name_only_what_there_is(root: Path) -> None:
    add_question(root, text="It came to {speed}, and what does that mean?")

    assert "the text names {speed}; use {title}, {value}" in refused(root)


@pytest.mark.parametrize(
    "text", ["What is {value!r}, please tell us?", "And {value:>99999999}, why?"]
)
def test_a_text_formats_nothing_by_itself(root: Path, text: str) -> None:
    add_question(root, text=text)

    assert "the text names {value" in refused(root)


def test_an_open_brace_is_told(root: Path) -> None:
    add_question(root, text="What does {value mean, in your own words?")

    assert "question[1]" in refused(root)


def test_a_question_that_is_never_or_always_asked_is_refused(root: Path) -> None:
    add_question(root, more="above = 0.9\n")

    assert "above has to be less than below" in refused(root)


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("below = 60", "a share of the points lies in 0 to 1: say 0.6 for 60 %"),
        ("above = -0.1", "a share of the points lies in 0 to 1"),
        ("above = 1.0", "it is never asked"),
        ("below = 0.0", "it is never asked"),
        ("below = nan", "ordinary numbers"),
        ('above = inf\nmeasure = "value"', "ordinary numbers"),
    ],
)
def test_a_limit_that_no_share_can_pass_is_refused(root: Path, condition: str, told: str) -> None:
    question = QUESTION.format(criterion=a_criterion(root), text=TEXT)
    add(root, SPEC, question.replace("below = 0.5", condition))

    assert told in refused(root)


def test_a_limit_in_the_unit_of_the_line_may_be_any_number(root: Path) -> None:
    question = QUESTION.format(criterion=a_criterion(root), text=TEXT)
    add(root, SPEC, question.replace("below = 0.5", 'above = 60\nmeasure = "value"'))

    assert load_challenge(root).challenge.question[0].above == 60


def test_two_questions_have_two_names(root: Path) -> None:
    criterion = a_criterion(root)
    add_question(root, criterion)
    add_question(root, criterion)

    assert "there are two question tables named 'why_so_slow'" in refused(root)


def test_candidates_are_not_handed_the_questions(root: Path) -> None:
    add_question(root)
    challenge = load_challenge(root).challenge
    kit = PracticeKit(tests="practice/test_public.py", rows="practice/rows.jsonl")

    assert public_edition(challenge, kit).question == ()
