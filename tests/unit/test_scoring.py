"""The total is exact, follows from its lines, and what was not measured never moves it."""

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.rubric import Area, Band
from assay.domain.scorecard import CriterionLine
from assay.domain.scoring import area_of, interval_of, rounded, status_of, total_of

BAND = Band(floor=0, target=1)
millionths = st.integers(0, 1_000_000).map(lambda n: Fraction(n, 1_000_000))


def line(
    fraction: Fraction | None,
    points: int = 10,
    interval: tuple[float, float] | None = None,
    band: Band = BAND,
) -> CriterionLine:
    return CriterionLine(
        id="x",
        area="a",
        title="X",
        status="unmeasured" if fraction is None else "scored",
        fraction=fraction,
        points=None if fraction is None else fraction * points,
        max=points,
        value=None,
        unit="share",
        interval=interval,
        band=band,
        evidence="seen",
        advice="",
        source="",
    )


def gate(fraction: Fraction | None) -> CriterionLine:
    return line(fraction, points=0)


lines = st.lists(st.builds(line, millionths, st.integers(1, 20)), min_size=1, max_size=12)
gates = st.lists(st.builds(gate, millionths), max_size=3)


@given(gates, lines)
def test_the_total_is_gates_times_the_share_of_points(
    gated: list[CriterionLine], scored: list[CriterionLine]
) -> None:
    total = total_of(gated, scored)

    share = sum(i.fraction * i.max for i in scored if i.fraction is not None)
    product = math.prod([g.fraction for g in gated if g.fraction is not None], start=Fraction(1))
    assert total == 100 * product * share / sum(i.max for i in scored)


@given(gates, lines, st.integers(1, 50))
def test_an_unmeasured_line_never_moves_the_score(
    gated: list[CriterionLine], scored: list[CriterionLine], points: int
) -> None:
    more = [*scored, line(None, points)]

    assert total_of(gated, more) == total_of(gated, scored)
    assert interval_of(gated, more) == interval_of(gated, scored)
    assert status_of(gated, more) == "partial"


@given(lines, millionths)
def test_earning_more_never_scores_less(scored: list[CriterionLine], fraction: Fraction) -> None:
    first = scored[0]
    better = line(max(fraction, first.fraction or Fraction(0)), first.max)

    before, after = total_of([], scored), total_of([], [better, *scored[1:]])

    assert before is not None
    assert after is not None
    assert after >= before


def test_an_unmeasured_gate_voids_the_score() -> None:
    assert status_of([gate(None)], [line(Fraction(1))]) == "void"
    assert total_of([gate(None)], [line(Fraction(1))]) is None
    assert interval_of([gate(None)], [line(Fraction(1))]) is None


def test_nothing_measured_is_void_not_zero() -> None:
    assert status_of([], [line(None)]) == "void"
    assert total_of([], [line(None)]) is None


def test_a_failed_gate_takes_everything() -> None:
    assert total_of([gate(Fraction(0))], [line(Fraction(1))]) == 0


def test_thirds_are_kept_exactly() -> None:
    assert total_of([], [line(Fraction(1, 3), 1)]) == Fraction(100, 3)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Fraction(1, 20), "0.1"),
        (Fraction(9995, 100), "100.0"),
        (Fraction(9994, 100), "99.9"),
        (0, "0.0"),
    ],
)
def test_a_total_is_rounded_once_and_halves_go_up(value: Fraction, shown: str) -> None:
    assert rounded(value) == Decimal(shown)
    assert f"{rounded(value):f}" == shown


def test_half_widths_add_in_quadrature() -> None:
    three = line(Fraction(1, 2), 30, (0.4, 0.6))
    four = line(Fraction(1, 2), 40, (0.4, 0.6))
    still = line(Fraction(1, 2), 30)

    assert interval_of([], [three, four, still]) == pytest.approx((45.0, 55.0))


def test_a_value_above_the_target_can_only_lose() -> None:
    interval = interval_of([], [line(Fraction(1), 100, (0.9, 1.4))])

    assert interval == pytest.approx((90.0, 100.0))


def test_an_endless_interval_costs_at_most_the_whole_line() -> None:
    slow = Band(floor=4, target=1, scale="log")

    interval = interval_of([], [line(Fraction(1, 2), 100, (1.0, math.inf), slow)])

    assert interval == pytest.approx((0.0, 100.0))


intervals = st.tuples(st.floats(-1, 2), st.floats(-1, 2)).map(lambda ends: tuple(sorted(ends)))


@given(st.lists(st.builds(line, millionths, st.integers(1, 20), intervals), min_size=1))
def test_an_interval_holds_the_total_and_stays_on_the_scale(scored: list[CriterionLine]) -> None:
    total, interval = total_of([], scored), interval_of([], scored)

    assert total is not None
    assert interval is not None
    assert 0 <= interval[0] <= float(total) <= interval[1] <= 100


def test_an_area_keeps_what_was_not_measured_apart() -> None:
    area = Area(id="a", title="A", question="?")

    found = area_of(area, [line(Fraction(1, 2), 8), line(None, 5)])

    assert (found.points, found.max, found.unmeasured) == (4, 8, 5)
