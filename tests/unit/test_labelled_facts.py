"""Answers beside the truth, counted: silence is in every figure, and no truth is in any example."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.labelled import (
    ATTACKS,
    Says,
    hands_on,
    knows,
    paying_spec,
    rows,
    silent,
    spec_of,
    takes_all,
)

from assay.domain.labelled_facts import EXAMPLES_MAX, TwinsFact
from assay.evaluation.labelled import (
    Told,
    calibration_fact,
    canary_fact,
    decision_fact,
    field_facts,
    twins_fact,
    twins_of,
)
from assay.evaluation.material import Row
from assay_probe.records import AnswersRecord

SPEC = spec_of()
ROWS = rows()
PAYABLE = sum((row.truth or {})["decision"] == "pay" for row in ROWS)


def told(says: Says, made: list[Row] = ROWS) -> list[Told]:
    return [Told(row, says(row)) for row in made]


def without(field: str) -> Says:
    return lambda row: {**knows(row), "fields": {**knows(row)["fields"], field: None}}


def sure(confidence: Any) -> Says:
    return lambda row: {**knows(row), "sure": confidence}


def twins(says: Says) -> TwinsFact:
    pairs = twins_of(told(says, rows("attacks", 8)), ATTACKS["obeyed"], ATTACKS["group"])
    return twins_fact("attacks", pairs, SPEC)


def test_every_field_and_the_class_are_counted() -> None:
    found = {one.name: one for one in field_facts(told(knows), SPEC)}

    assert set(found) == {"name", "sum", "kind"}
    assert found["sum"].right == found["sum"].given == found["sum"].wanted == len(ROWS)
    assert found["name"].right == found["name"].wanted < len(ROWS)
    assert [one.examples for one in found.values()] == [(), (), ()]


def test_a_value_that_is_left_out_is_wanted_and_not_given() -> None:
    found = {one.name: one for one in field_facts(told(without("sum")), SPEC)}

    assert (found["sum"].right, found["sum"].given, found["sum"].wanted) == (0, 0, len(ROWS))
    assert {one.what for one in found["sum"].examples} == {"missing"}
    assert len(found["sum"].examples) == EXAMPLES_MAX


def test_examples_tell_what_was_said_and_never_what_is_right() -> None:
    def invents(row: Row) -> dict[str, Any]:
        return {**knows(row), "fields": {"name": "Nobody\x00 Else", "sum": 1.0}}

    found = {one.name: one for one in field_facts(told(invents), SPEC)}
    names = {(row.truth or {})["fields"]["name"] for row in ROWS}

    assert {one.given for one in found["name"].examples} == {"Nobody\ufffd Else"}
    assert {one.what for one in found["name"].examples} <= {"wrong", "made_up"}
    assert not names & {one.given for one in found["name"].examples}


def test_rows_without_an_answer_leave_everything_out() -> None:
    found = field_facts(told(silent), SPEC)

    assert sum(one.given for one in found) == 0
    assert sum(one.wanted for one in found) > 2 * len(ROWS)


def test_decisions_are_counted_by_what_they_cost() -> None:
    all_right = decision_fact(told(knows), SPEC)
    on = decision_fact(told(hands_on), SPEC)
    taken = decision_fact(told(takes_all), SPEC)

    assert (all_right.right, all_right.takeable) == (len(ROWS), PAYABLE)
    assert [one.taken_rightly for one in (all_right, on, taken)] == [PAYABLE, 0, PAYABLE]
    assert (on.needless_withheld, on.wrong_taken, on.right) == (PAYABLE, 0, len(ROWS) - PAYABLE)
    assert (taken.needless_withheld, taken.wrong_taken) == (0, len(ROWS) - PAYABLE)
    assert len(taken.wrong_rows) == EXAMPLES_MAX


def paying(eur: float | str | None) -> Says:
    return lambda row: {**knows(row), "paid": {"eur": eur}}


@pytest.mark.parametrize(
    ("eur", "right"), [(12.5, True), (12.504, True), (12.51, False), ("12.5", False), (None, False)]
)
def test_who_pays_another_sum_pays_wrongly(eur: float | str | None, right: bool) -> None:
    due = [replace(row, expected=12.5) for row in ROWS]
    fact = decision_fact(told(paying(eur), due), paying_spec())
    sure_of = calibration_fact(told(paying(eur), due), paying_spec())

    assert fact.wrong_taken == (0 if right else PAYABLE)
    assert fact.right == len(ROWS) - fact.wrong_taken, "what is handed on needs no sum"
    assert sure_of is not None
    assert sum(one.right for one in sure_of.bins) == fact.right
    assert decision_fact(told(paying(eur), due), SPEC).wrong_taken == 0, "unless it counts"


def test_a_decision_that_no_row_has_is_none() -> None:
    fact = decision_fact(told(lambda row: {**knows(row), "decision": "perhaps"}), SPEC)

    assert fact.unanswered == len(ROWS)
    assert decision_fact(told(silent), SPEC).unanswered == len(ROWS)


def test_confidence_is_kept_in_ten_bins() -> None:
    fact = calibration_fact(told(sure(1)), SPEC)
    assert fact is not None

    assert [one.answers for one in fact.bins] == [0] * 9 + [len(ROWS)]
    assert fact.bins[9].right == len(ROWS) == fact.bins[9].stated


def test_a_confidence_that_is_no_share_is_none() -> None:
    for odd in (None, "0.9", True, -0.1, 1.1, [1]):
        fact = calibration_fact(told(sure(odd)), SPEC)
        assert fact is not None
        assert fact.silent == len(ROWS)


def test_nobody_is_asked_how_sure_he_is_where_the_challenge_does_not() -> None:
    spec = spec_of(decision={"field": "decision", "withheld": "ask"})

    assert calibration_fact(told(knows), spec) is None


def test_a_pair_is_right_only_if_both_are() -> None:
    assert twins(knows).both_right == 4
    assert twins(hands_on).both_right == 0
    assert twins(takes_all).both_right == 0
    assert twins(silent).both_right == 0


def test_it_is_told_which_half_of_the_pairs_went_wrong() -> None:
    on, taken = twins(hands_on), twins(takes_all)

    assert (on.calm_wrong, on.attacked_wrong, on.obeyed) == (4, 0, 0)
    assert (taken.calm_wrong, taken.attacked_wrong, taken.obeyed) == (0, 4, 4)
    assert [(one.name, one.pairs) for one in taken.groups] == [("approve", 4)]


def test_a_pair_whose_attack_changed_a_field_is_not_right_though_it_was_decided_rightly() -> None:
    calm, attacked = rows("attacks", 2)
    truth = {**(attacked.truth or {}), "attack": {"obeyed": {"fields": {"sum": 7000}}}}
    attacked = replace(attacked, truth=truth)

    def both(sum_: float) -> TwinsFact:
        said = {"decision": "ask", "fields": {"name": "Ada Example", "sum": sum_}}
        answers = [Told(calm, knows(calm)), Told(attacked, said)]
        return twins_fact("attacks", twins_of(answers, ATTACKS["obeyed"], None), SPEC)

    assert (both(7000.0).both_right, both(7000.0).obeyed, both(7000.0).attacked_wrong) == (0, 1, 0)
    assert (both(600.0).both_right, both(600.0).obeyed) == (1, 0)


def test_silence_is_not_obedience() -> None:
    assert twins(silent).obeyed == 0


def record(leaks: list[list[str]]) -> AnswersRecord:
    return AnswersRecord({}, "o" * 10, 0.0, 1.0, searched=10, values=30, leaks=leaks)


def test_an_answer_with_many_foreign_values_is_one_leak() -> None:
    fact = canary_fact(
        [
            record([["answer", "a", "b", "mail"], ["answer", "a", "c", "mail"]]),
            record([["answer", "d", "a", "mail"], ["/metrics", "", "a", "mail"]]),
        ]
    )

    assert (fact.answers, fact.leaking, fact.values, fact.exported) == (20, 2, 60, 1)
    assert {one.place for one in fact.examples} == {"answer", "/metrics"}


tempers: list[Callable[[Row], Any]] = [knows, hands_on, takes_all, silent, without("name")]


@given(st.lists(st.sampled_from(tempers), min_size=40, max_size=40))
def test_counts_always_add_up(says: list[Says]) -> None:
    given_answers = [Told(row, temper(row)) for row, temper in zip(ROWS, says, strict=True)]
    decisions = decision_fact(given_answers, SPEC)
    calibrated = calibration_fact(given_answers, SPEC)
    assert calibrated is not None

    kinds = ("right", "wrong_taken", "needless_withheld", "unanswered")
    assert sum(getattr(decisions, kind) for kind in kinds) == decisions.rows == len(ROWS)
    assert sum(one.answers for one in calibrated.bins) + calibrated.silent == len(ROWS)
    for field in field_facts(given_answers, SPEC):
        assert field.right <= min(field.given, field.wanted)
