"""What no document says is dropped; what one says is kept, with its place."""

import pytest

from app.grounding import ground
from app.reading import mentions_in
from app.schemas import Document

TEXT = "Policy HO-4821-7736-7. It happened on 4. März 2026 to  Jörg\nMüller, for 1.204,50 EUR."
RIGHT = {
    "category": "home_water",
    "policy_number": "HO-4821-7736-7",
    "loss_date": "2026-03-04",
    "claimed_eur": 1204.5,
    "claimant": "Jörg Müller",
}


def grounded(**changes):
    return grounded_in(TEXT, **changes)


def grounded_in(text, **changes):
    documents = [Document(document_id="D1", name="a.txt", text=text)]
    return ground({**RIGHT, **changes}, documents, mentions_in(documents))


def test_what_stands_there_is_kept_with_its_place():
    found = grounded()
    assert found.dropped == ()
    assert found.fields.claimed_cents == 120_450
    [place] = found.evidence["loss_date"]
    assert TEXT[place.start : place.end] == "4. März 2026"


def test_a_name_may_be_broken_over_lines():
    [place] = grounded().evidence["claimant"]
    assert TEXT[place.start : place.end] == "Jörg\nMüller"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("policy_number", "HO-4821-7736-5"),
        ("policy_number", 7),
        ("loss_date", "2026-04-03"),
        ("loss_date", "yesterday"),
        ("claimed_eur", 1204.51),
        ("claimed_eur", "1204.50"),
        ("claimed_eur", float("nan")),
        ("claimed_eur", True),
        ("claimant", "Jörg Mülle"),
        ("claimant", "x" * 5000),
        ("counterparty", ["Jörg Müller"]),
    ],
)
def test_what_does_not_stand_there_is_dropped(field, value):
    found = grounded(**{field: value})
    assert found.dropped == (field,)
    assert field not in found.evidence


def test_one_place_cannot_state_both_amounts():
    found = grounded(invoiced_eur=1204.5)
    assert found.dropped == ("invoiced_eur",)
    assert found.fields.claimed_cents == 120_450


def test_two_places_can():
    found = grounded_in(TEXT + "\n\nTotal due: 1,204.50", invoiced_eur=1204.5)
    assert found.dropped == ()
    assert found.fields.invoiced_cents == 120_450


def test_null_is_nothing_and_nothing_is_dropped():
    assert grounded(claimant=None).dropped == ()


@pytest.mark.parametrize("category", ["castle", None, 7])
def test_a_category_that_does_not_exist_is_other(category):
    assert grounded(category=category).category == "other"
