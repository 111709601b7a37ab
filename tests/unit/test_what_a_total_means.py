"""A total in words has no cliff: what noise could make of it is said, too."""

from dataclasses import replace
from fractions import Fraction

import pytest
from tests.fakes.evidence import make_evidence, make_unbuilt_evidence

from assay.domain.judge import rescore
from assay.domain.scorecard import Interval
from assay.features.scorecards.wording import meaning


def told(total: float, interval: Interval) -> tuple[str, str]:
    card = rescore(make_evidence())
    return meaning(replace(card, total=Fraction(total), interval=interval))


@pytest.mark.parametrize(
    ("total", "interval", "words", "others"),
    [
        (82.0, (80.0, 84.0), "Close to ready", ""),
        (74.5, (72.0, 77.0), "Partly ready", "“Close to ready”"),
        (75.0, (73.0, 77.0), "Close to ready", "“Partly ready”"),
        (80.0, (70.0, 91.0), "Close to ready", "“Partly ready” or “Ready for production”"),
    ],
)
def test_a_total_near_the_end_of_a_word_says_both(
    total: float, interval: Interval, words: str, others: str
) -> None:
    said, sentence = told(total, interval)

    assert said == words
    assert sentence.endswith(f" Within its noise it could be {others} as well.") is bool(others)


def test_a_gate_that_was_not_passed_has_no_noise() -> None:
    words, sentence = meaning(rescore(make_unbuilt_evidence()))

    assert words == "Not ready"
    assert "noise" not in sentence
