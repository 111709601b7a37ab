"""A record tells what was read, where, and for how much."""

import hashlib

import pytest

from tests.asking import claim, run


def recorded(with_service, body):
    """The decision on a claim, and its record."""
    path = f"/v1/claims/{body['claim_id']}/audit"
    (_, decision), (status, record) = run(with_service, claim(body), ("GET", path, None))
    assert status == 200
    return decision, record


def test_the_record_is_of_the_decision_and_names_nobody(with_service, payable):
    decision, record = recorded(with_service, payable["body"])
    assert record["audit_id"] == decision["audit_id"]
    assert decision["fields"]["claimant"] not in str(record)


def test_every_field_has_places_that_state_it(with_service, payable):
    decision, record = recorded(with_service, payable["body"])
    texts = {one["document_id"]: one["text"] for one in payable["body"]["documents"]}
    for places in record["fields"].values():
        assert all(texts[p["document_id"]][p["start"] : p["end"]] for p in places)
    number = record["fields"]["policy_number"][0]
    stated = texts[number["document_id"]][number["start"] : number["end"]]
    assert stated == decision["fields"]["policy_number"]


def test_documents_are_known_by_their_digests(with_service, payable):
    _, record = recorded(with_service, payable["body"])
    texts = [one["text"] for one in payable["body"]["documents"]]
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    assert [one["sha256"] for one in record["documents"]] == digests


def test_the_price_is_that_of_all_calls(with_service, payable):
    _, record = recorded(with_service, payable["body"])
    told = [call["cost_usd"] for call in record["calls"]]
    assert told[0] == pytest.approx(125e-6)
    assert record["cost_usd"] == pytest.approx(sum(told))


def test_a_claim_nobody_sent_has_no_record(with_service):
    [(status, _)] = run(with_service, ("GET", "/v1/claims/C-1/audit", None))
    assert status == 404
