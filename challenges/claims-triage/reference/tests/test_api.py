"""The contract: what is accepted, what is refused, and in which words."""

import asyncio
import io
import json
import time

import pytest


def run(with_service, *requests, **settings):
    """Status and body of requests made one after another."""

    async def scenario(client):
        answers = []
        for method, path, body in requests:
            answer = await client.request(method, path, json=body)
            answers.append((answer.status, await answer.json()))
        return answers

    return with_service(scenario, **settings)


def claim(body, **changes):
    return ("POST", "/v1/claims", {**body, **changes})


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


def test_the_same_claim_is_decided_and_billed_once(with_service, gateway, payable):
    first, second = run(with_service, claim(payable["body"]), claim(payable["body"]))
    assert first == second
    assert len(gateway.asked) == 1


def test_the_same_claim_at_the_same_time_is_decided_once(with_service, gateway, payable):
    gateway.delay_s = 0.1

    async def scenario(client):
        calls = (client.post("/v1/claims", json=payable["body"]) for _ in range(8))
        return [await answer.json() for answer in await asyncio.gather(*calls)]

    answers = with_service(scenario)
    assert answers.count(answers[0]) == 8
    assert len(gateway.asked) == 1


def test_other_content_under_the_same_id_is_a_conflict(with_service, payable):
    changed = claim(payable["body"], received_on="2030-01-01")
    (first, _), (second, answer) = run(with_service, claim(payable["body"]), changed)
    assert (first, second) == (200, 409)
    assert answer["error"]["type"] == "claim_changed"


def test_a_batch_is_the_same_as_its_claims(with_service, rows):
    bodies = [row["body"] for row in rows[:5]]
    singles = run(with_service, *map(claim, bodies))
    [(status, answer)] = run(with_service, ("POST", "/v1/claims/batch", {"claims": bodies}))
    assert status == 200
    assert answer["decisions"] == [body for _, body in singles]


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


def test_who_cannot_be_answered_in_time_is_told_when_to_come_back(with_service, gateway, rows):
    gateway.delay_s = 0.3

    async def scenario(client):
        calls = (client.post("/v1/claims", json=row["body"]) for row in rows[:6])
        return [(one.status, one.headers.get("Retry-After")) for one in await asyncio.gather(*calls)]

    answers = with_service(scenario, in_work=1, waiting=1)
    assert sorted(status for status, _ in answers) == [200, 200, 429, 429, 429, 429]
    assert {wait for status, wait in answers if status == 429} == {"2"}


def test_who_was_turned_away_is_decided_later(with_service, gateway, rows):
    gateway.delay_s = 0.1
    bodies = [row["body"] for row in rows[:3]]

    async def scenario(client):
        await asyncio.gather(*(client.post("/v1/claims", json=body) for body in bodies))
        return [(await client.post("/v1/claims", json=body)).status for body in bodies]

    assert with_service(scenario, in_work=1, waiting=0) == [200, 200, 200]


def test_the_record_says_what_was_read_where_and_for_how_much(with_service, payable):
    body = payable["body"]
    path = f"/v1/claims/{body['claim_id']}/audit"
    (_, decision), (status, record) = run(with_service, claim(body), ("GET", path, None))
    assert status == 200
    assert record["audit_id"] == decision["audit_id"]
    assert record["cost_usd"] == pytest.approx(125e-6)
    texts = {one["document_id"]: one["text"] for one in body["documents"]}
    for places in record["fields"].values():
        assert all(texts[p["document_id"]][p["start"] : p["end"]] for p in places)
    number = record["fields"]["policy_number"][0]
    stated = texts[number["document_id"]][number["start"] : number["end"]]
    assert stated == decision["fields"]["policy_number"]
    assert decision["fields"]["claimant"] not in str(record)


def test_a_claim_nobody_sent_has_no_record(with_service):
    [(status, _)] = run(with_service, ("GET", "/v1/claims/C-1/audit", None))
    assert status == 404


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


def test_waiting_for_a_turn_is_part_of_the_time(with_service, gateway, rows):
    gateway.delay_s = 0.6

    async def scenario(client):
        calls = (client.post("/v1/claims", json=row["body"]) for row in rows[:4])
        return [await one.json() for one in await asyncio.gather(*calls)]

    begun = time.monotonic()
    answers = with_service(scenario, in_work=1, waiting=3, claim_s=1.0)
    assert time.monotonic() - begun < 2.5
    assert sum(one["reasons"] == ["model_unavailable"] for one in answers) >= 2
