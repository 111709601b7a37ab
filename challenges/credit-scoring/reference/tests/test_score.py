"""The contract's happy path."""

import pytest


def test_a_score_has_the_fields_of_the_contract(client, application):
    answer = client.post("/v1/score", json=application)
    assert answer.status_code == 200
    score = answer.json()
    assert score["application_id"] == "A-000123"
    assert 0 < score["probability_of_default"] < 1
    assert score["decision"] in {"approve", "refer", "decline"}
    assert score["income_source"] == "declared"
    assert score["model_version"]


def test_years_in_the_job_lower_the_probability(client, application):
    def probability(years):
        answer = client.post("/v1/score", json=application | {"seniority_years": years})
        return answer.json()["probability_of_default"]

    assert probability(20) < probability(0)


def test_a_batch_gives_each_row_the_score_it_has_alone(client, application):
    rows = [
        application
        | {"application_id": f"A-{i}", "age_years": 20 + i, "amount_eur": 1000 + 500 * i}
        for i in range(20)
    ]
    alone = [client.post("/v1/score", json=row).json() for row in rows]
    together = client.post("/v1/score/batch", json={"applications": rows}).json()["scores"]
    assert [score["application_id"] for score in together] == [f"A-{i}" for i in range(20)]
    assert [score["probability_of_default"] for score in together] == pytest.approx(
        [score["probability_of_default"] for score in alone]
    )


@pytest.mark.parametrize("amount", [5e-324, 0.01, 100_000_000])
@pytest.mark.parametrize("price", [5e-324, 0.01, 100_000_000])
def test_extreme_amounts_are_scored(client, application, amount, price):
    extreme = application | {"amount_eur": amount, "price_eur": price, "assets_eur": 1e8}
    score = client.post("/v1/score", json=extreme).json()
    assert 0 < score["probability_of_default"] < 1


def test_feedback_is_accepted(client, application):
    client.post("/v1/score", json=application)
    answer = client.post("/v1/feedback", json={"application_id": "A-000123", "defaulted": False})
    assert answer.status_code == 202


def test_the_process_says_that_it_lives_and_is_ready(client):
    assert client.get("/livez").status_code == 200
    assert client.get("/readyz").status_code == 200
