"""What may be null is scored, with a finite number."""

import json
import math

import pytest

NULLABLE = ["home", "marital", "job", "income_eur_year", "assets_eur", "debt_eur"]


def refuse_constant(name):
    raise ValueError(name)


@pytest.mark.parametrize("nulls", [*([name] for name in NULLABLE), NULLABLE])
def test_a_null_is_scored(client, application, nulls):
    answer = client.post("/v1/score", json=application | dict.fromkeys(nulls))
    assert answer.status_code == 200
    score = json.loads(answer.text, parse_constant=refuse_constant)
    assert math.isfinite(score["probability_of_default"])


def test_an_unknown_income_is_imputed_and_said_to_be(client, application):
    score = client.post("/v1/score", json=application | {"income_eur_year": None}).json()
    assert score["income_source"] == "imputed"
