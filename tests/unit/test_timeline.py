"""A timeline is drawn from a seed, leaves quiet, and cannot be impossible."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import BadInput
from assay.domain.timeline import Draw, IncidentRules, IncidentSpec
from assay.evaluation.incidents.timeline import Planned, Timeline, draw_timeline


def incident(name: str, group: str = "data", length_min: float = 10, **more: Any) -> IncidentSpec:
    decoy = group == "decoy"
    return IncidentSpec(
        id=name,
        title=name,
        kind="decoy" if decoy else "drift",
        group=group,
        injector="none",
        observable="none" if decoy else "marginal",
        length_min=length_min,
        budget_min=0 if decoy else 20,
        accepts=() if decoy else ("drift",),
        **more,
    )


CATALOGUE = (
    *(incident(f"shift_{n}") for n in range(4)),
    *(incident(f"decoy_{n}", "decoy", 4) for n in range(3)),
)


def rules(**changes: Any) -> IncidentRules:
    values: dict[str, Any] = {
        "rows": "harness/rows.jsonl",
        "draw": (Draw(group="data", count=3), Draw(group="decoy", count=2)),
        "standard_min": 120,
    }
    return IncidentRules(**{**values, **changes})


@given(seed=st.integers(0, 2**32))
def test_every_seed_gives_quiet_between_and_room_at_both_ends(seed: int) -> None:
    timeline = draw_timeline(rules(), CATALOGUE, "standard", seed)
    assert timeline.planned[0].onset_min >= timeline.warmup_min
    assert timeline.planned[-1].end_min + timeline.gap_min <= timeline.length_min + 0.1
    for before, after in zip(timeline.planned, timeline.planned[1:], strict=False):
        assert after.onset_min - before.end_min >= timeline.gap_min - 0.1
    assert timeline.quiet_share >= 0.3
    assert [one.spec.kind for one in timeline.planned].count("decoy") == 2


def test_the_same_seed_gives_the_same_timeline_and_another_seed_another() -> None:
    drawn = [draw_timeline(rules(), CATALOGUE, "standard", seed) for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1]
    assert drawn[0] != drawn[2]


def test_seeds_change_order_and_choice() -> None:
    orders = {
        tuple(one.spec.id for one in draw_timeline(rules(), CATALOGUE, "standard", seed).planned)
        for seed in range(20)
    }
    assert len(orders) > 10


def test_too_much_for_the_profile_is_refused_with_figures() -> None:
    with pytest.raises(BadInput, match="need 103 virtual minutes and the profile has 100"):
        draw_timeline(rules(standard_min=100), CATALOGUE, "standard", 1)


def test_a_group_with_too_few_incidents_is_named() -> None:
    with pytest.raises(BadInput, match="group 'decoy' has 3 incidents and 4 are drawn"):
        draw_timeline(rules(draw=(Draw(group="decoy", count=4),)), CATALOGUE, "standard", 1)


def test_a_timeline_without_a_decoy_is_refused() -> None:
    with pytest.raises(BadInput, match="there is no decoy"):
        draw_timeline(rules(draw=(Draw(group="data", count=2),)), CATALOGUE, "standard", 1)


@pytest.mark.parametrize(
    ("onset_min", "end_min", "problem"),
    [
        (5, 15, "begins at 5, before 15"),
        (20, 95, "ends less than 10 min before the end"),
        (20, 88, "only 20% is quiet"),
    ],
)
def test_an_impossible_timeline_cannot_be_constructed(
    onset_min: float, end_min: float, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem):
        Timeline(
            profile="standard",
            length_min=100,
            warmup_min=15,
            gap_min=10,
            least_quiet=0.3,
            planned=(Planned(CATALOGUE[-1], onset_min, end_min),),
        )


def test_the_thorough_profile_draws_its_own_numbers() -> None:
    more = rules(thorough_draw=(Draw(group="data", count=4), Draw(group="decoy", count=3)))
    assert len(draw_timeline(more, CATALOGUE, "thorough", 1).planned) == 7
    assert draw_timeline(more, CATALOGUE, "thorough", 1).length_min == 480


@given(seed=st.integers(0, 2**32))
def test_every_alert_has_its_whole_budget_before_the_end(seed: int) -> None:
    late = incident("labels", group="late", length_min=20).model_copy(update={"budget_min": 55})
    timed = rules(draw=(*rules().draw, Draw(group="late", count=1)), standard_min=160)

    planned = draw_timeline(timed, [*CATALOGUE, late], "standard", seed).planned

    assert all(one.onset_min + one.spec.budget_min <= timed.standard_min for one in planned)
