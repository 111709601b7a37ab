"""More claims than can be answered in time are told to come back."""

import asyncio
import time


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


def test_waiting_for_a_turn_is_part_of_the_time(with_service, gateway, rows):
    gateway.delay_s = 0.6

    async def scenario(client):
        calls = (client.post("/v1/claims", json=row["body"]) for row in rows[:4])
        return [await one.json() for one in await asyncio.gather(*calls)]

    begun = time.monotonic()
    answers = with_service(scenario, in_work=1, waiting=3, claim_s=1.0)
    assert time.monotonic() - begun < 2.5
    assert sum(one["reasons"] == ["model_unavailable"] for one in answers) >= 2
