"""Figures are found as people write them, and only as figures."""

import pytest

from assay.toolkit.lint.prose import Prose


def says(text: str, value: float, unit: str = "") -> bool:
    return Prose.of(text).says(value, unit)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("answered within **50 ms**", 50, "ms"),
        ("95 % within 50 ms at 600 and at 900 requests a second", 600, "rps"),
        ("Four hours of work", 4, "h"),
        ("1,200 rows, or fewer", 1200, ""),
        ("within **0.002**.", 0.002, ""),
        ("10 practice runs", 10, "runs"),
        ("the labels are four\nminutes late", 4, "min"),
        ("windows of 5, later **10 min**", 10, "min"),
        ("with quiet between, after 15 clean\nminutes", 15, "min"),
        ("4. the labels are 4 minutes late", 4, "min"),
        ("a batch is at most\n20. More are refused", 20, ""),
        ("| build | 300 s |", 300, "s"),
    ],
)
def test_a_figure_is_found(text: str, value: float, unit: str) -> None:
    assert says(text, value, unit)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("within 150 ms", 50, "ms"),
        ("within 50.5 ms", 50, "ms"),
        ("version 1.50", 50, ""),
        ("50 parcels", 50, "ms"),
        ("50 parcels\n\nin some ms", 50, "ms"),
        ("| a | 50 |\n| b | ms |", 50, "ms"),
        ("```\n50 ms\n```", 50, "ms"),
        ("somebody has four", 1, ""),
        ("four labels in ten minutes", 4, "min"),
        ("the label of 4 claims; two and a half minutes", 4, "min"),
        ("4. Labels, which come some minutes late", 4, ""),
        ("12) Batches\n13) Records", 13, ""),
    ],
)
def test_what_is_none_is_not(text: str, value: float, unit: str) -> None:
    assert not says(text, value, unit)


def test_figures_come_with_their_lines() -> None:
    prose = Prose.of("first 5 ms\n\n~~~\n6 ms\n~~~\nthen 7 ms and 8 s\n")
    assert [(one.value, one.line) for one in prose.figures("ms")] == [(5.0, 1), (7.0, 6)]
