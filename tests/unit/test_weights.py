"""A company weighs areas: exactly, within limits, and with an interval that is honest."""

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.evidence import make_evidence, make_poor_evidence
from tests.fakes.rubric import make_challenge

from assay.domain.challenge import WeightRules
from assay.domain.errors import BadInput
from assay.domain.judge import rescore
from assay.domain.rubric import Area, Band
from assay.domain.scorecard import CriterionLine, Judged, Scorecard
from assay.domain.scoring import area_of, interval_of, rounded, status_of, total_of
from assay.domain.weights import checked_weights, marks_of, weighted, weights_of, weights_text
from assay.features.scorecards.result import result_json

AREAS = tuple(Area(id=name, title=name, question="?") for name in ("speed", "care", "cost"))
BAND = Band(floor=0, target=1)
HALF, TWICE = Fraction(1, 2), Fraction(2)


def a_line(name: str, area: str, share: Fraction, points: int, ends: Any = None) -> CriterionLine:
    return CriterionLine(
        id=name, area=area, title=name, status="scored", fraction=share, points=share * points,
        max=points, value=float(share), unit="share", interval=ends, band=BAND, evidence="seen",
        advice="", source="load",
    )  # fmt: skip


millionths = st.integers(0, 1_000_000).map(lambda k: Fraction(k, 1_000_000))


@st.composite
def lines(draw: st.DrawFn) -> list[CriterionLine]:
    """One to three criteria in each of three areas, some with an interval."""
    made = []
    for area in AREAS:
        for number in range(draw(st.integers(1, 3))):
            share = draw(millionths)
            wide = draw(st.floats(0, 0.3))
            ends = (max(0.0, float(share) - wide), min(1.0, float(share) + wide))
            points, has_ends = draw(st.integers(1, 20)), draw(st.booleans())
            name = f"{area.id}_{number}"
            made.append(a_line(name, area.id, share, points, ends if has_ends else None))
    return made


def a_gate(share: Fraction) -> CriterionLine:
    return replace(a_line("builds", "care", share, 1), max=0, points=None)


def a_card(criteria: Sequence[CriterionLine], gates: Sequence[CriterionLine] = ()) -> Scorecard:
    return Scorecard(
        of=Judged("c", "s", "e", 1),
        status=status_of(gates, criteria),
        total=total_of(gates, criteria),
        interval=interval_of(gates, criteria),
        areas=tuple(area_of(area, criteria) for area in AREAS),
        gates=tuple(gates),
        criteria=tuple(criteria),
        findings=(),
        versions={},
    )


def by_weights(card: Scorecard, weights: dict[str, Fraction]) -> Any:
    return weighted(marks_of(result_json(card)), weights)


def told(total: Fraction | None) -> float:
    assert total is not None
    return float(rounded(total))


@given(lines(), millionths)
def test_with_all_weights_one_it_is_the_score(
    criteria: list[CriterionLine], gate: Fraction
) -> None:
    card = a_card(criteria, [a_gate(gate)])
    found = by_weights(card, {})

    assert found.total == told(card.total)
    assert card.interval
    assert found.interval == tuple(float(rounded(end)) for end in card.interval)


@given(lines(), st.sampled_from([HALF, TWICE, Fraction(5, 4)]))
def test_the_same_weight_on_everything_weighs_nothing(
    criteria: list[CriterionLine], factor: Fraction
) -> None:
    card = a_card(criteria)

    assert by_weights(card, {area.id: factor for area in AREAS}) == by_weights(card, {})


@given(lines(), millionths)
def test_an_area_weighed_twice_is_an_area_with_twice_the_points(
    criteria: list[CriterionLine], gate: Fraction
) -> None:
    gates = [a_gate(gate)]
    doubled = [
        a_line(one.id, one.area, one.fraction or HALF * 0, one.max * 2, one.interval)
        if one.area == "speed"
        else one
        for one in criteria
    ]
    other = a_card(doubled, gates)
    found = by_weights(a_card(criteria, gates), {"speed": TWICE})

    assert found.total == told(other.total)
    assert other.interval
    assert found.interval == pytest.approx(other.interval, abs=0.11)


@given(lines())
def test_half_the_weight_of_one_is_twice_the_weight_of_the_others(
    criteria: list[CriterionLine],
) -> None:
    card = a_card(criteria)
    others = {"care": TWICE, "cost": TWICE}

    assert by_weights(card, {"speed": HALF}).total == by_weights(card, others).total


@given(lines(), st.integers(50, 199))
def test_weight_on_what_is_better_than_the_whole_never_lowers_the_score(
    criteria: list[CriterionLine], hundredths: int
) -> None:
    card = a_card(criteria)
    less, more = Fraction(hundredths, 100), Fraction(hundredths + 1, 100)
    line = next(area for area in card.areas if area.id == "speed")
    rest = [area for area in card.areas if area.id != "speed"]
    share = line.points / line.max
    others = sum(area.points for area in rest) / sum(area.max for area in rest)
    before, after = (by_weights(card, {"speed": factor}).total for factor in (less, more))

    assert before <= after if share >= others else before >= after


@given(lines())
def test_the_interval_holds_the_total_and_stays_on_the_scale(
    criteria: list[CriterionLine],
) -> None:
    found = by_weights(a_card(criteria), {"speed": TWICE, "cost": HALF})
    low, high = found.interval

    assert 0 <= low <= found.total <= high <= 100


@given(lines())
def test_an_old_result_has_an_interval_that_is_rather_too_wide(
    criteria: list[CriterionLine],
) -> None:
    table = json.loads(result_json(a_card(criteria)))
    old = {**table, "areas": [{**area, "lost": None, "gained": None} for area in table["areas"]]}
    weights = {"speed": TWICE, "cost": Fraction(3, 4)}
    now, then = (weighted(marks_of(json.dumps(one)), weights) for one in (table, old))
    assert now
    assert then
    assert now.interval
    assert then.interval

    assert then.total == now.total
    assert then.interval[0] <= now.interval[0] + 0.2
    assert then.interval[1] >= now.interval[1] - 0.2


def test_a_void_result_has_no_weighted_total_either() -> None:
    gate = replace(a_gate(HALF), fraction=None, status="unmeasured")
    card = a_card([a_line("p95", "speed", HALF, 10)], [gate])

    assert by_weights(card, {"speed": TWICE}) is None


def test_what_was_not_measured_weighs_nothing() -> None:
    missing = replace(
        a_line("rps", "cost", HALF, 90), fraction=None, points=None, status="unmeasured"
    )
    card = a_card(
        [a_line("p95", "speed", HALF, 10), a_line("ids", "care", Fraction(1), 10), missing]
    )

    assert by_weights(card, {"speed": TWICE, "cost": TWICE}).total == 66.7


@pytest.mark.parametrize("evidence", [make_evidence(), make_poor_evidence()], ids=["good", "poor"])
def test_flags_and_total_are_read_from_a_real_result(evidence: Any) -> None:
    card = rescore(evidence)
    marks = marks_of(result_json(card))

    assert marks.total == told(card.total)
    assert marks.flags == len(card.flags)
    assert set(marks.areas) == {area.id for area in card.areas}


def test_a_row_keeps_what_is_not_one_and_reads_it_back_exactly() -> None:
    weights = {"speed": Fraction("1.25"), "care": Fraction(1), "cost": Fraction("0.7")}

    assert weights_text(weights) == '{"cost": 0.7, "speed": 1.25}'
    assert weights_of(weights_text(weights)) == {"speed": Fraction(5, 4), "cost": Fraction(7, 10)}
    assert weights_of("{}") == {}


def test_every_weight_that_cannot_be_is_named_at_once() -> None:
    given_ = {"latency": 2.5, "quality": 0.4, "beauty": 1.5, "privacy": 1.234, "resilience": 1.5}
    with pytest.raises(BadInput) as refused:
        checked_weights(given_, make_challenge())
    told_ = [str(problem) for problem in refused.value.problems]

    assert len(told_) == 4
    assert "Latency: 2.5 is outside 0.5 to 2" in told_[0]
    assert "Model quality: 0.4 is outside" in told_[1]
    assert "no area 'beauty'" in told_[2]
    assert "Privacy: 1.234 has more than 2 decimals" in told_[3]


def test_a_challenge_may_set_other_limits_and_fix_areas() -> None:
    rules = WeightRules(least=0.9, most=3, fixed=("privacy",))
    challenge = make_challenge().model_copy(update={"weights": rules})

    assert checked_weights({"latency": 3.0, "privacy": 1.0}, challenge) == {"latency": Fraction(3)}
    with pytest.raises(BadInput, match="fixes the weight"):
        checked_weights({"privacy": 1.1}, challenge)


@pytest.mark.parametrize("factor", [float("nan"), float("inf"), -1.0, 0.0])
def test_a_factor_that_is_no_factor_is_refused(factor: float) -> None:
    with pytest.raises(BadInput, match="outside"):
        checked_weights({"latency": factor}, make_challenge())
