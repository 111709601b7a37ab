"""Dates, amounts and policy numbers are found in every spelling, where they stand."""

import pytest

from app.reading import event_dates, mentions_in
from app.schemas import Document


def mentions(text):
    return mentions_in([Document(document_id="D1", name="a.txt", text=text)])


def values(text, kind):
    return [one.value for one in mentions(text) if one.kind == kind]


@pytest.mark.parametrize(
    "text",
    ["2026-03-04", "04/03/2026", "04.03.2026", "4.3.2026", "4 March 2026", "March 4, 2026", "4. März 2026"],
)
def test_a_date_is_the_same_in_every_spelling(text):
    assert values(f"It was {text}, a Wednesday.", "date") == ["2026-03-04"]


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("EUR 1,204.50", "120450"),
        ("1.204,50 EUR", "120450"),
        ("1204,50", "120450"),
        ("€40.07", "4007"),
        ("1.234.567,00", "123456700"),
    ],
)
def test_an_amount_is_the_same_in_every_spelling(text, cents):
    assert values(f"Total: {text}.", "amount") == [cents]


def test_a_day_that_no_calendar_has_is_none():
    assert values("31.02.2026", "date") == []


def test_a_mention_is_where_it_stands():
    text = "Policy HO-4821-7736-7, please."
    [one] = mentions(text)
    assert text[one.start : one.end] == "HO-4821-7736-7"


@pytest.mark.parametrize(
    "text",
    [
        "Date of loss: {}",
        "Schadentag ......... {}",
        "When did it happen?:\n    {}",
        "It happened on {}.",
        "Das Ereignis war am {}.",
        "The event took place on {}.",
    ],
)
def test_what_a_document_calls_the_day_of_the_event_is_known(text):
    assert event_dates(mentions(text.format("04.03.2026"))) == {"2026-03-04"}


def test_other_dates_are_not_the_day_of_the_event():
    assert event_dates(mentions("Invoice of 04.03.2026, due 18.03.2026")) == set()


def test_every_right_value_is_found_in_the_adjudicated_claims(rows):
    for row in rows:
        documents = [Document(**one) for one in row["body"]["documents"]]
        found = {(one.kind, one.value) for one in mentions_in(documents)}
        right = row["right"]["fields"]
        assert ("policy", right["policy_number"]) in found
        assert ("date", right["loss_date"]) in found
        assert ("date", right["notice_date"]) in found
        assert ("amount", str(round(right["claimed_eur"] * 100))) in found
