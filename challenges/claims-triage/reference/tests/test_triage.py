"""Claims are decided rightly, cheaply, and never by guessing."""

import pytest


def post(client, body):
    return client.post("/v1/claims", json=body)


def decided(with_service, body, **settings):
    async def scenario(client):
        answer = await post(client, body)
        assert answer.status == 200, await answer.text()
        return await answer.json()

    return with_service(scenario, **settings)


def test_every_adjudicated_claim_is_decided_rightly(with_service, rows):
    async def scenario(client):
        return [await (await post(client, row["body"])).json() for row in rows]

    for row, got in zip(rows, with_service(scenario), strict=True):
        right = row["right"]
        assert got["decision"] == right["decision"], (right["reasons"], got["reasons"])
        assert got["fields"] == right["fields"]
        assert got["category"] == right["category"]
        assert set(right["reasons"]) <= set(got["reasons"])


def test_a_clear_claim_is_read_by_the_small_model_once(with_service, gateway, payable):
    got = decided(with_service, payable["body"])
    assert [asked["model"] for asked, _ in gateway.asked] == ["assay-small"]
    assert got["confidence"] >= 0.9


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
    assert got["confidence"] < 0.5


def test_no_claim_costs_more_than_it_may(with_service, gateway, payable):
    gateway.small_is = "wrong"
    decided(with_service, payable["body"], claim_budget_usd=0.001)
    assert [asked["model"] for asked, _ in gateway.asked] == ["assay-small"]


@pytest.mark.parametrize("trouble", [500, 429, "garbled", "hang", "reset", "gone"])
def test_without_a_model_a_person_decides_and_nothing_is_invented(
    with_service, gateway, payable, trouble
):
    gateway.usually, gateway.reachable = trouble, trouble != "gone"
    got = decided(with_service, payable["body"], attempt_s=0.2, claim_s=1.0)
    assert got["decision"] == "human_review"
    assert got["reasons"] == ["model_unavailable"]
    assert got["confidence"] == 0
    assert set(got["fields"].values()) == {None}
    assert got["payable_eur"] is None


def test_documents_are_fenced_and_contacts_stay_here(with_service, gateway, payable):
    decided(with_service, payable["body"])
    system, user = (message["content"] for message in gateway.asked[0][0]["messages"])
    first, *_, last = user.splitlines()
    assert first.startswith("=== BEGIN ")
    assert last == first.replace("BEGIN", "END")
    assert payable["body"]["documents"][0]["text"].splitlines()[0] not in system


def test_a_tampered_claim_goes_to_a_person_and_the_model_does_not_see_the_order(
    with_service, gateway, rows
):
    got = decided(with_service, rows[-1]["body"])
    assert "suspected_manipulation" in got["reasons"]
    assert got["fields"] == rows[-1]["right"]["fields"]
