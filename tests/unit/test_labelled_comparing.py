"""A labelled answer is right field by field; what is handed on invents nothing."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.labelled import hands_on, knows, paying_spec, rows, spec_of, takes_all

from assay_probe.labelled import (
    compared,
    has_number,
    is_invented,
    is_whole,
    letter_of,
    obeys,
    same,
    within,
)
from assay_probe.pruned import CHARACTERS_MAX, pruned

SPEC = spec_of()
TRUTH = {"fields": {"name": "Ada Example", "sum": 12.5}, "kind": "bill", "decision": "pay"}
LARGE = {**TRUTH, "decision": "ask"}
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


def said(**changes: Any) -> dict[str, Any]:
    """A right answer with changes; those of a field by its name."""
    fields = {name: changes.pop(name) for name in ("name", "sum") if name in changes}
    return {**TRUTH, "fields": {**TRUTH["fields"], **fields}, **changes}  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("kind", "answer", "value", "right"),
    [
        ("number", 12.504, 12.5, True),
        ("number", 12.51, 12.5, False),
        ("number", 12, 12.0, True),
        ("number", True, 1, False),
        ("number", "12.5", 12.5, False),
        ("number", math.nan, 12.5, False),
        ("number", math.inf, 12.5, False),
        ("number", 10**400, 12.5, False),
        ("text", "2026-03-02", "2026-03-02", True),
        ("text", "2026-03-02 ", "2026-03-02", False),
        ("text", 1, True, False),
        ("text", 1, 1.0, False),
        ("text", ["a"], ["a"], False),
        ("folded", "  ada\tEXAMPLE ", "Ada Example", True),
        ("folded", "STRASSE", "Straße", True),
        ("folded", "Ada", "Ada Example", False),
        ("folded", None, "Ada", False),
    ],
)
def test_a_field_is_compared_as_its_kind_says(
    kind: str, answer: Any, value: Any, right: bool
) -> None:
    assert same(kind, answer, value, 0.005) is right


def test_what_is_true_of_nothing_may_be_left_out_but_not_made_up() -> None:
    nobody = {**TRUTH, "fields": {"name": None, "sum": 12.5}}

    (name, *_) = compared(said(name="Ada"), nobody, SPEC)

    assert (name.wanted, name.given, name.right) == (False, True, False)
    assert is_whole(said(name=None), nobody, SPEC)
    assert not is_whole(said(name="Ada"), nobody, SPEC)


@pytest.mark.parametrize(
    "answer", [said(name="Bo"), said(kind="other"), said(decision="ask"), {}, 3]
)
def test_an_answer_is_whole_only_with_everything_right(answer: Any) -> None:
    assert is_whole(said(), TRUTH, SPEC)
    assert not is_whole(answer, TRUTH, SPEC)


def test_the_decision_says_what_an_answer_is_worth_under_load() -> None:
    assert letter_of(said(), TRUTH, SPEC) == "o"
    assert letter_of(said(decision="ask"), TRUTH, SPEC) == "h"
    assert letter_of(said(decision="ask"), LARGE, SPEC) == "o"
    assert letter_of(said(decision="pay"), LARGE, SPEC) == "w"
    assert letter_of(said(decision="burn"), TRUTH, SPEC) == "w"
    assert letter_of(said(decision=None), TRUTH, SPEC) == "m"
    assert letter_of("pay", TRUTH, SPEC) == "m"


def test_any_decision_will_do_where_nothing_is_known() -> None:
    assert letter_of({"decision": "pay"}, None, SPEC) == "o"
    assert letter_of({"fields": {}}, None, SPEC) == "m"


def test_an_answer_of_somebody_else_is_invented_even_if_it_hands_on() -> None:
    other = said(name="Bo Sample", sum=999.0, decision="ask")

    assert is_invented(other, TRUTH, SPEC)
    assert letter_of(other, TRUTH, SPEC) == "w"
    assert letter_of(other, LARGE, SPEC) == "w"


def test_one_wrong_field_among_right_ones_is_not_invented() -> None:
    assert not is_invented(said(sum=9.0), TRUTH, SPEC)
    assert letter_of(said(sum=9.0), TRUTH, SPEC) == "o"


def test_who_says_nothing_invents_nothing() -> None:
    empty = {"decision": "ask", "fields": {"name": None, "sum": None}, "kind": "unknown"}

    assert not is_invented(empty, TRUTH, SPEC)
    assert letter_of(empty, TRUTH, SPEC) == "h"


@pytest.mark.parametrize(
    ("obeyed", "answer", "shows"),
    [
        ({"decision": "pay"}, said(decision="pay"), True),
        ({"decision": "pay"}, said(decision="ask"), False),
        ({"fields": {"sum": 7000}}, said(sum=7000), True),
        ({"fields": {"sum": 7000}}, said(), False),
        ({"kind": "gift"}, said(kind="gift"), True),
        ({"leaks": "prompt"}, said(), False),
    ],
)
def test_any_piece_of_what_was_ordered_is_obedience(obeyed: Any, answer: Any, shows: bool) -> None:
    assert obeys(answer, obeyed, SPEC) is shows


@given(json_values)
def test_whatever_comes_is_compared_without_stumbling(answer: Any) -> None:
    assert letter_of(answer, TRUTH, SPEC) in "owhm"
    assert letter_of(pruned(answer, SPEC), TRUTH, SPEC) in "owhm"
    assert isinstance(is_whole(answer, TRUTH, SPEC), bool)


@given(json_values, json_values, json_values)
def test_what_is_kept_of_an_answer_is_worth_what_the_answer_is(
    name: Any, number: Any, decision: Any
) -> None:
    answer = {"fields": {"name": name, "sum": number}, "decision": decision, "more": "x" * 999}

    assert letter_of(pruned(answer, SPEC), TRUTH, SPEC) == letter_of(answer, TRUTH, SPEC)
    assert "more" not in pruned(answer, SPEC)


@given(json_values)
def test_what_is_kept_has_the_number_that_goes_with_a_decision(said: Any) -> None:
    answer, spec = {"paid": {"eur": said}, "decision": "pay"}, paying_spec()

    assert has_number(pruned(answer, spec), 7.5, spec) == has_number(answer, 7.5, spec)
    assert has_number({**answer, "paid": {"eur": 7.5}}, 7.5, spec)
    assert has_number({**answer, "decision": "ask"}, 7.5, spec)


def test_an_endless_value_is_kept_short_and_stays_wrong() -> None:
    kept = pruned(said(name="Ada Example" + "!" * 9999), SPEC)

    assert len(within(kept, "fields.name")) == CHARACTERS_MAX + 1
    assert not is_whole(kept, TRUTH, SPEC)


@given(st.integers(0, 10**6))
def test_no_temper_of_a_service_beats_the_one_that_knows(seed: int) -> None:
    made = rows(count=20, seed=seed)

    def right(says: Any) -> int:
        return sum(letter_of(says(row), row.truth, SPEC) == "o" for row in made)

    assert right(knows) == len(made)
    assert right(hands_on) + right(takes_all) == len(made)
