"""What must never break."""

import asyncio
import json

import model
import pytest
import service
from aiohttp.test_utils import TestClient, TestServer

APPLICATION = {
    "application_id": "A-1",
    "applicant": {"name": "Ada", "email": "ada@example.org", "national_id": "X1"},
    "seniority_years": 7,
    "home": "owner",
    "term_months": 48,
    "age_years": 41,
    "marital": "married",
    "records": "no",
    "job": "fixed",
    "expenses_eur_month": 600,
    "income_eur_year": 21600,
    "assets_eur": 40000,
    "debt_eur": 0,
    "amount_eur": 9000,
    "price_eur": 14000,
}


def post(path, body):
    async def run():
        if not model.FILE.exists():
            model.train()
        async with TestClient(TestServer(service.make())) as client:
            answer = await client.post(path, data=json.dumps(body))
            return answer.status, await answer.json()

    return asyncio.run(run())


def test_a_score_is_a_probability():
    status, score = post("/v1/score", APPLICATION)
    assert status == 200
    assert 0 < score["probability_of_default"] < 1


@pytest.mark.parametrize(
    "change",
    [{"age_years": "41"}, {"home": "castle"}, {"amount_eur": 0}, {"amount_eur": float("nan")}],
)
def test_nonsense_is_refused(change):
    assert post("/v1/score", APPLICATION | change)[0] in (400, 422)


@pytest.mark.parametrize("name", ["home", "marital", "job", "income_eur_year", "debt_eur"])
def test_null_is_scored(name):
    assert post("/v1/score", APPLICATION | {name: None})[0] == 200


def test_a_bad_row_is_named():
    rows = [APPLICATION, APPLICATION | {"age_years": 5}]
    status, answer = post("/v1/score/batch", {"applications": rows})
    assert (status, answer["error"]["index"]) == (422, 1)
