"""The contract: what is accepted, what is refused, and in which words."""

import io
import json

import pytest

from tests.asking import claim, run


@pytest.mark.parametrize(
    "changes",
    [
        {"claim_id": ""},
        {"claim_id": "../x"},
        {"claim_id": 7},
        {"received_on": "yesterday"},
        {"documents": []},
        {"documents": [{"document_id": "D1", "name": "a"}]},
        {"documents": [{"document_id": "D1", "name": "a", "text": 7}]},
        {"documents": [{"document_id": "D1", "name": "a", "text": "x"}] * 2},
        {"contact": None},
    ],
)
def test_what_is_no_claim_is_refused_with_the_field_and_without_what_was_sent(
    with_service, gateway, payable, changes
):
    body = payable["body"]
    [(status, answer)] = run(with_service, claim(body, **changes))
    assert status == 422
    assert answer["error"]["fields"]
    assert body["contact"]["email"] not in str(answer)
    assert gateway.asked == []


def test_what_is_not_json_is_refused(with_service):
    async def scenario(client):
        return (await client.post("/v1/claims", data=b'{"claim_id": ')).status

    assert with_service(scenario) == 422


def test_too_much_is_refused(with_service, payable):
    async def scenario(client):
        body = json.dumps({**payable["body"], "note": "x" * 1_100_000}).encode()
        return (await client.post("/v1/claims", data=io.BytesIO(body))).status

    assert with_service(scenario) == 413


def test_empty_documents_are_read_and_lead_to_a_person(with_service, gateway, payable):
    gateway.usually = 400
    nothing = [{"document_id": "D1", "name": "a", "text": ""}]
    [(status, answer)] = run(with_service, claim(payable["body"], documents=nothing))
    assert status == 200
    assert answer["decision"] == "human_review"


def test_a_batch_is_the_same_as_its_claims(with_service, rows):
    bodies = [row["body"] for row in rows[:5]]
    singles = run(with_service, *map(claim, bodies))
    [(status, answer)] = run(with_service, ("POST", "/v1/claims/batch", {"claims": bodies}))
    assert status == 200
    got = [(one["decision"], one["fields"]) for one in answer["decisions"]]
    assert got == [(body["decision"], body["fields"]) for _, body in singles]


def test_of_a_batch_with_a_mistake_nothing_is_decided(with_service, gateway, rows):
    bodies = [rows[0]["body"], {**rows[1]["body"], "claim_id": ""}]
    [(status, answer)] = run(with_service, ("POST", "/v1/claims/batch", {"claims": bodies}))
    assert status == 422
    assert answer["error"]["fields"][0]["index"] == 1
    assert gateway.asked == []


def test_more_than_twenty_claims_are_too_many(with_service, rows):
    bodies = [row["body"] for row in rows[:21]]
    [(status, _)] = run(with_service, ("POST", "/v1/claims/batch", {"claims": bodies}))
    assert status == 413


def test_feedback_is_taken_and_matched(with_service, payable):
    claim_id = payable["body"]["claim_id"]
    told = ("POST", "/v1/feedback", {"claim_id": claim_id, "payable": True})
    _, first, second = run(with_service, claim(payable["body"]), told, told)
    assert first == (202, {"claim_id": claim_id, "matched": True})
    assert second == (202, {"claim_id": claim_id, "matched": False})


def test_feedback_that_is_none_is_refused(with_service):
    [(status, _)] = run(with_service, ("POST", "/v1/feedback", {"claim_id": "C-1", "payable": "yes"}))
    assert status == 422


def test_live_and_ready_do_not_depend_on_the_gateway(with_service, gateway):
    gateway.reachable = False
    answers = run(with_service, ("GET", "/livez", None), ("GET", "/readyz", None))
    assert [status for status, _ in answers] == [200, 200]


def test_a_path_that_does_not_exist_is_404_in_our_words(with_service):
    [(status, answer)] = run(with_service, ("GET", "/nothing", None))
    assert status == 404
    assert answer["error"]["type"] == "refused"
