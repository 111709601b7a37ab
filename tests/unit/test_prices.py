"""A million correct answers cost what the published formula says."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.prices import (
    PRICE_SHEETS,
    cost_per_million,
    provisioned_cost_per_million,
)

FARGATE = PRICE_SHEETS["aws-fargate-2026-04"]


def test_every_sheet_is_filed_under_its_own_name_and_says_where_it_is_from() -> None:
    for name, sheet in PRICE_SHEETS.items():
        assert sheet.name == name
        assert sheet.source
        assert sheet.dated in name or sheet.dated[:7] in name


def test_three_milliseconds_of_cpu_cost_three_and_a_half_cents_a_million() -> None:
    assert cost_per_million(0.0031, 0, FARGATE) == pytest.approx(0.0349, abs=5e-5)
    assert cost_per_million(0.0031, 0.15 / 1.2, FARGATE) == pytest.approx(0.0358, abs=1e-4)


@given(st.floats(1e-6, 10), st.floats(0, 64), st.floats(1, 5))
def test_cost_grows_in_proportion_to_cpu(cpu_s: float, memory_gib: float, factor: float) -> None:
    once = cost_per_million(cpu_s, memory_gib, FARGATE)

    assert cost_per_million(cpu_s * factor, memory_gib, FARGATE) == pytest.approx(once * factor)


def test_no_correct_answer_costs_without_end() -> None:
    assert cost_per_million(math.inf, 0.1, FARGATE) == math.inf
    assert provisioned_cost_per_million(0, 0.1, FARGATE) == math.inf


def test_one_vcpu_with_two_gib_at_150_a_second_costs_nine_cents_a_million() -> None:
    assert provisioned_cost_per_million(150, 0.5, FARGATE) == pytest.approx(0.0914, abs=1e-4)


def test_memory_larger_than_what_is_sold_has_no_price() -> None:
    assert provisioned_cost_per_million(150, 9, FARGATE) is None
