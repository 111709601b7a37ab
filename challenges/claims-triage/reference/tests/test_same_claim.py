"""The same claim is the same decision, billed once."""

import asyncio

from tests.asking import claim, run


def test_the_same_claim_is_decided_and_billed_once(with_service, gateway, payable):
    first, second = run(with_service, claim(payable["body"]), claim(payable["body"]))
    assert first == second
    keys = [headers["Idempotency-Key"] for _, headers in gateway.asked]
    assert len(set(keys)) == len(keys)


def test_the_same_claim_at_the_same_time_is_decided_once(with_service, gateway, payable):
    gateway.delay_s = 0.1

    async def scenario(client):
        calls = (client.post("/v1/claims", json=payable["body"]) for _ in range(8))
        return [await answer.json() for answer in await asyncio.gather(*calls)]

    answers = with_service(scenario)
    assert answers.count(answers[0]) == 8
    keys = [headers["Idempotency-Key"] for _, headers in gateway.asked]
    assert len(set(keys)) == len(keys)


def test_other_content_under_the_same_id_is_a_conflict(with_service, payable):
    changed = claim(payable["body"], received_on="2030-01-01")
    (first, _), (second, answer) = run(with_service, claim(payable["body"]), changed)
    assert (first, second) == (200, 409)
    assert answer["error"]["type"] == "claim_changed"
