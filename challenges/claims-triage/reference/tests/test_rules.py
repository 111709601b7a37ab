"""The published rules, one by one."""

from dataclasses import replace
from datetime import date

import pytest

from app.rules import Fields, has_right_check_digit, payable_cents, reasons_against

GOOD = Fields("HO-4821-7736-7", date(2026, 3, 2), date(2026, 3, 9), 120_000, 120_000, "Ada Example")


def reasons(category="home_water", disputed=False, **changes):
    return reasons_against(category, replace(GOOD, **changes), disputed)


def test_a_claim_with_nothing_against_it_has_no_reasons():
    assert reasons() == []


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ("over_limit", {"claimed_cents": 250_001, "invoiced_cents": 250_001}),
        ("late_notice", {"notice_date": date(2026, 4, 2)}),
        ("amount_mismatch", {"invoiced_cents": 119_999}),
        ("document_missing", {"invoiced_cents": None}),
        ("policy_number_invalid", {"policy_number": "HO-4821-7736-5"}),
        ("policy_product_mismatch", {"policy_number": "TR-4821-7736-7"}),
        ("dates_inconsistent", {"notice_date": date(2026, 3, 1)}),
        ("field_missing", {"claimant": None}),
    ],
)
def test_each_rule_is_a_reason_of_its_own(expected, changes):
    assert reasons(**changes) == [expected]


def test_what_is_in_no_list_goes_to_a_person():
    assert reasons("other") == ["category_unknown"]


def test_documents_that_disagree_are_a_reason():
    assert reasons(disputed=True) == ["documents_disagree"]


def test_thirty_days_are_not_late_and_the_limit_is_not_over():
    at_the_edge = {"notice_date": date(2026, 4, 1), "claimed_cents": 250_000, "invoiced_cents": 250_000}
    assert reasons(**at_the_edge) == []


def test_a_number_of_another_shape_is_invalid():
    assert not has_right_check_digit("HO-48217736-7")


@pytest.mark.parametrize(
    ("claimed", "invoiced", "paid"),
    [(120_000, 120_000, 105_000), (120_000, 90_000, 75_000), (10_000, 10_000, 0), (50_000, None, 35_000)],
)
def test_the_smaller_amount_less_the_deductible_is_paid(claimed, invoiced, paid):
    fields = replace(GOOD, claimed_cents=claimed, invoiced_cents=invoiced)
    assert payable_cents("home_water", fields) == paid


def test_without_an_amount_nothing_is_said_to_be_payable():
    assert payable_cents("home_water", Fields()) is None
