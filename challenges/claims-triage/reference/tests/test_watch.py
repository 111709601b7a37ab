"""Windows count claims, and say nothing before they know something."""

import pytest

from app.rules import PRODUCTS
from app.watch import Watch

KINDS = list(PRODUCTS)


def watched(categories, whole=True, escalated=False, decision="auto", reasons=()):
    watch = Watch(window=70)
    for number, category in enumerate(categories):
        told = {"category": category, "claim_id": f"C-{number}", "decision": decision, "reasons": reasons}
        watch.decided(told, whole=whole, escalated=escalated)
    return watch


def test_nothing_is_said_before_the_window_is_full():
    watch = watched(KINDS * 9)
    assert watch.category_psi() is None
    assert watch.whole_share() is None
    assert watch.category_shares() == {}


def test_usual_claims_are_no_drift():
    assert watched(KINDS * 10).category_psi() < 0.1


def test_a_new_kind_of_claim_is_a_drift():
    assert watched([*KINDS * 7, *["other"] * 21]).category_psi() > 0.3


def test_shares_are_of_the_last_claims():
    watch = watched(["other"] * 70 + KINDS * 10, whole=False, escalated=True)
    assert watch.category_psi() < 0.1
    assert watch.whole_share() == 0
    assert watch.escalated_share() == 1


def test_claims_that_no_model_read_tell_nothing():
    assert watched(KINDS * 10, reasons=("model_unavailable",)).whole_share() is None


def test_adjusters_who_disagree_are_counted():
    watch = watched(KINDS * 10)
    for number in range(60):
        watch.labelled(f"C-{number}", payable=number % 3 > 0)
    assert watch.overruled_share() == pytest.approx(1 / 3)


def test_a_label_is_used_once_and_only_for_what_we_said():
    watch = watched(KINDS)
    assert watch.labelled("C-1", payable=True)
    assert not watch.labelled("C-1", payable=True)
    assert not watch.labelled("C-999", payable=True)
    assert watch.overruled_share() is None
