"""What a known answer must score, and how a wrong expectation is refused."""

from pathlib import Path

import pytest

from assay.domain.errors import BadInput
from assay.toolkit.expectation import Expectation, kind_of, read_expectation
from assay.toolkit.variants import EXPECTATION

CREDIT_SCORING = Path(__file__).parents[2] / "challenges" / "credit-scoring"
GOOD = 'about = "A trick."\nscore_min = 0\nscore_max = 30\n'


def written(directory: Path, text: str) -> Path:
    (directory / EXPECTATION).write_text(text)
    return directory


def test_every_known_answer_of_credit_scoring_has_an_expectation() -> None:
    answers = [path.parent for path in CREDIT_SCORING.glob("answers/*/*/expect.toml")]

    assert answers
    assert all(read_expectation(answer).about for answer in answers)


def test_flags_and_the_stage_that_catches_a_cheat_may_be_named(tmp_path: Path) -> None:
    more = 'flags = ["turned_away_without_need"]\ncaught_by = "load"\n'
    found = read_expectation(written(tmp_path, GOOD + more))

    assert found == Expectation(
        about="A trick.",
        score_min=0,
        score_max=30,
        flags=("turned_away_without_need",),
        caught_by="load",
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (GOOD.replace("score_max = 30", "score_max = 130"), r"expect.toml:3: score_max: .*100"),
        (GOOD.replace("score_min = 0", "score_min = 40"), "score_min is above score_max"),
        (GOOD + 'caught_by = "chance"\n', r"expect.toml:4: caught_by"),
        (GOOD + 'flags = ["sheds_load"]\n', r"expect.toml:4: flags\[1\]: .*memorised_answers"),
        (GOOD + "score = 3\n", r"expect.toml:4: the file has no field 'score'; did you mean"),
        (GOOD.replace('"A trick."', ""), r"expect.toml:1: .*correct the TOML syntax"),
    ],
)
def test_a_wrong_expectation_is_refused_with_its_place(
    tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(BadInput, match=told):
        read_expectation(written(tmp_path, text))


def test_an_answer_without_an_expectation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"expect.toml: cannot be read: No such file"):
        read_expectation(tmp_path)


def test_the_folder_says_what_an_answer_is() -> None:
    assert kind_of("rejected/hardcoded") == "rejected"
