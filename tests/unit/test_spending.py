"""Sums of a meter's records are exact, and lose nothing however they are cut."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.metering import CENT, HAND, entry

from assay_probe.metering import records_of
from assay_probe.plan import MeteredStandIn, MeterPlan, MeterStretch
from assay_probe.spending import (
    DEAREST,
    by_model,
    by_step,
    dearest,
    obeyed,
    spent,
    within,
)

entries = st.lists(
    st.builds(
        entry,
        number=st.integers(1, 99),
        digest=st.sampled_from(["", "a", "b", "c"]),
        model=st.sampled_from(["", "assay-small", "assay-large"]),
        status=st.sampled_from([None, 200, 400, 401, 429, 500, 503]),
        complete=st.booleans(),
        cost_pico_usd=st.integers(0, 10**13),
        at_s=st.floats(0, 100),
    ),
    max_size=30,
)


def told(found: list[dict[str, Any]], *, total: int | None = None) -> dict[str, Any]:
    """What the control port of a stand-in says."""
    count = len(found) if total is None else total
    return {"totals": {"all": {"requests": count}}, "system_prompts": ["Do."], "records": found}


def test_a_call_is_answered_refused_or_failed_by_how_it_ended() -> None:
    sums = spent([
        entry(1),
        entry(2, status=429),
        entry(3, status=500),
        entry(4, status=None),
        entry(5, complete=False),
        entry(6, status=401, digest=""),
    ])  # fmt: skip

    assert (sums.calls, sums.answered, sums.refused, sums.failed) == (6, 1, 1, 3)


def test_what_is_asked_again_is_an_extra_call() -> None:
    sums = spent([entry(1, digest="a"), entry(2, digest="a", status=429), entry(3, digest="b")])

    assert (sums.questions, sums.extra_calls) == (2, 1)


def test_what_never_got_as_far_as_a_question_is_none_that_was_asked_again() -> None:
    assert spent([entry(1, digest=""), entry(2, digest="")]).extra_calls == 0


def test_dollars_and_tokens_are_those_of_all_calls() -> None:
    sums = spent([entry(1), entry(2)])

    assert (sums.dollars, sums.tokens, sums.cached_tokens) == (0.02, 220, 40)


@given(entries)
def test_models_share_all_that_was_spent_on_models(found: list[dict[str, Any]]) -> None:
    of_models = [one for one in found if one["model"]]
    sums = by_model(found)

    assert sum(one["cost_pico_usd"] for one in sums.values()) == spent(of_models).cost_pico_usd
    assert sum(one["calls"] for one in sums.values()) == len(of_models)


@given(entries, st.floats(1, 99), st.floats(0.3, 50))
def test_time_can_be_cut_anywhere_and_no_money_is_lost(
    found: list[dict[str, Any]], cut_s: float, every_s: float
) -> None:
    whole = spent(found).cost_pico_usd
    before, after = within(found, 0, cut_s), within(found, cut_s, 101)

    assert spent(before).cost_pico_usd + spent(after).cost_pico_usd == whole
    assert sum(by_step(found, 0, 101, every_s)) == whole


def test_steps_are_told_in_order_also_those_in_which_nothing_was_spent() -> None:
    assert by_step([entry(at_s=10.5), entry(at_s=12.1)], 10, 13, 1) == [CENT, 0, CENT]


def test_the_dearest_questions_come_first_and_are_not_too_many() -> None:
    many = [entry(n, digest=f"q{n}", cost_pico_usd=n) for n in range(1, 50)]

    assert dearest([*many, entry(digest="q3", cost_pico_usd=100)])[0] == ["q3", 2, 103]
    assert len(dearest(many)) == DEAREST


def test_obeyed_instructions_are_counted_by_wording() -> None:
    assert obeyed([entry(obeyed=["demand", "tool"]), entry(obeyed=["demand"])]) == {
        "demand": 2,
        "tool": 1,
    }


# ---------------------------------------------------------------- one record for each stretch


def test_a_meter_is_told_whole_and_by_stretch() -> None:
    plan = MeterPlan([], stretches=[MeterStretch("rows", 2.0, 3.5, every_s=0.5)])
    one = MeteredStandIn("submission", HAND)

    whole, rows = records_of(plan, one, told([entry(1), entry(2), entry(3), entry(4)]))

    assert (whole.label, whole.calls, whole.last) == ("", 4, 4)
    assert (rows.label, rows.calls, rows.series) == ("rows", 2, [CENT, 0, CENT])
    assert whole.system_prompts == ["Do."]
    assert rows.system_prompts == []


def test_what_came_before_the_stage_is_left_out() -> None:
    (whole,) = records_of(
        MeterPlan([], since_s=3.0), MeteredStandIn("submission", HAND), told([entry(2), entry(3)])
    )

    assert whole.calls == 1


def test_records_that_the_meter_let_go_of_are_told() -> None:
    one = MeteredStandIn("submission", HAND, after=10)

    (whole,) = records_of(MeterPlan([]), one, told([entry(15), entry(16)], total=16))

    assert whole.missed == 4
