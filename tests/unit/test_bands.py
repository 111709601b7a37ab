"""Points are paid on a continuous band: no cliffs, no surprises at its ends."""

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from assay.domain.rubric import BAND_PARTS, Band

ends = st.floats(0.001, 1e6)
scales = st.sampled_from(["linear", "log"])


@st.composite
def bands(draw: st.DrawFn) -> Band:
    floor, target = draw(ends), draw(ends)
    assume(abs(floor / target - 1) > 0.01)
    return Band(floor=floor, target=target, scale=draw(scales))


@given(bands())
def test_the_floor_earns_nothing_and_the_target_everything(band: Band) -> None:
    assert band.fraction(band.floor) == 0
    assert band.fraction(band.target) == 1


@given(bands(), st.floats(-1e9, 1e9))
def test_a_fraction_is_a_whole_number_of_millionths_between_none_and_all(
    band: Band, value: float
) -> None:
    fraction = band.fraction(value)

    assert 0 <= fraction <= 1
    assert (fraction * BAND_PARTS).denominator == 1


@given(bands(), ends, ends)
def test_a_better_value_never_earns_less(band: Band, one: float, other: float) -> None:
    worse, better = sorted((one, other), reverse=band.target < band.floor)

    assert band.fraction(worse) <= band.fraction(better)


@given(bands(), ends)
def test_a_hair_more_changes_points_by_a_hair(band: Band, value: float) -> None:
    step = abs(band.fraction(value * (1 + 1e-6)) - band.fraction(value))

    assert step < Fraction(1, 100)


@pytest.mark.parametrize(
    ("floor", "target", "endless", "nothing"), [(4, 1.3, 0, 1), (0.2, 0.85, 1, 0)]
)
def test_infinity_earns_what_its_side_of_the_band_earns(
    floor: float, target: float, endless: int, nothing: int
) -> None:
    band = Band(floor=floor, target=target, scale="log")

    assert band.fraction(math.inf) == endless
    assert band.fraction(0) == nothing


def test_half_way_on_a_log_band_is_the_geometric_mean() -> None:
    assert Band(floor=16, target=1, scale="log").fraction(4) == Fraction(1, 2)


def test_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="Unmeasured"):
        Band(floor=0, target=1).fraction(math.nan)


def test_a_band_without_width_is_refused() -> None:
    with pytest.raises(ValueError, match="cliff"):
        Band(floor=1, target=1)


def test_a_log_band_that_touches_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        Band(floor=0, target=1, scale="log")
