"""The small model reads first; the large one is asked in doubt, within what a claim may cost."""

from tests.asking import decided


def test_a_clear_claim_is_read_by_the_small_model_once(with_service, gateway, payable):
    got = decided(with_service, payable["body"])
    assert [asked["model"] for asked, _ in gateway.asked] == ["assay-small"]
    assert got["confidence"] >= 0.9


def test_no_claim_costs_more_than_it_may(with_service, gateway, payable):
    gateway.small_is = "wrong"
    decided(with_service, payable["body"], claim_budget_usd=0.001)
    assert [asked["model"] for asked, _ in gateway.asked] == ["assay-small"]


def test_what_the_small_model_makes_up_is_asked_again_and_never_believed(
    with_service, gateway, payable
):
    gateway.small_is = "wrong"
    got = decided(with_service, payable["body"])
    assert [asked["model"] for asked, _ in gateway.asked] == ["assay-small", "assay-large"]
    assert got["fields"] == payable["right"]["fields"]
    assert got["decision"] == "auto"


def test_what_both_models_make_up_goes_to_a_person(with_service, gateway, payable):
    gateway.usually = "wrong"
    got = decided(with_service, payable["body"])
    assert got["decision"] == "human_review"
    assert "field_missing" in got["reasons"]
    assert got["fields"]["claimant"] is None
