"""What speaks against an answer asks for a better model, or for a person."""

from dataclasses import replace
from datetime import date

import pytest

from app.doubt import SURE_ENOUGH, doubt_of
from app.grounding import Grounded
from app.reading import Mention
from app.rules import Fields

DAY = date(2026, 3, 2)
FIELDS = Fields("HO-4821-7736-7", DAY, date(2026, 3, 9), 120_000, 120_000, "Ada Example")
GOOD = Grounded("home_water", FIELDS, {}, ())
MENTIONS = [
    Mention("policy", "HO-4821-7736-7", "D1", 0, 14),
    Mention("date", "2026-03-02", "D1", 20, 30, tells_event=True),
]


def with_fields(**changes):
    return doubt_of(replace(GOOD, fields=replace(FIELDS, **changes)), MENTIONS)


def test_nothing_speaks_against_a_good_answer():
    doubt = doubt_of(GOOD, MENTIONS)
    assert doubt.weight == 0
    assert doubt.confidence > 0.95
    assert not doubt.worth_asking()


@pytest.mark.parametrize(
    "changes",
    [
        {"invoiced_cents": None},
        {"claimant": None},
        {"loss_date": date(2026, 3, 3)},
        {"policy_number": "TR-4821-7736-7"},
        {"policy_number": "HO-1111-1111-1"},
    ],
)
def test_what_is_odd_is_worth_a_second_opinion(changes):
    assert with_fields(**changes).worth_asking()


def test_what_was_made_up_is_worth_a_second_opinion():
    assert doubt_of(replace(GOOD, dropped=("claimant",)), MENTIONS).worth_asking()


def test_amounts_that_differ_are_no_reason_to_ask_again():
    assert not with_fields(invoiced_cents=90_000).worth_asking()


def test_more_doubt_is_less_confidence():
    doubt = doubt_of(GOOD, MENTIONS)
    sure = [doubt.with_more(dropped=count).confidence for count in range(4)]
    assert sure == sorted(sure, reverse=True)
    assert sure[0] > SURE_ENOUGH > sure[2]
