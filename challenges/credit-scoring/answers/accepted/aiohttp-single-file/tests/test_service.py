"""What must never break."""

import asyncio
import json

import model
import numpy as np
import pytest
import service
import watch
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


def watching():
    if not model.FILE.exists():
        model.train()
    _, _, known = model.pickle.loads(model.FILE.read_bytes())
    return watch.Watch(known)


def distances(watched):
    return {s.labels["input"]: s.value for s in next(iter(watched.collect())).samples}


def rows_of(watched, count, **changed):
    """Training rows, each input drawn by itself."""
    draw = np.random.default_rng(3)
    for number in range(count):
        row = {name: draw.choice(column) for name, column in watched.columns.items()} | changed
        watched.scored(f"A-{number}", [row[name] for name in model.INPUTS], row["score"])


def test_nothing_is_said_of_too_few_rows():
    watched = watching()
    rows_of(watched, watch.ROWS - 1)
    assert distances(watched) == {}


def test_rows_like_those_of_training_are_near():
    watched = watching()
    rows_of(watched, watch.ROWS)
    assert max(distances(watched).values()) < 0.12


def test_an_input_that_is_stuck_is_far_and_the_others_are_not():
    watched = watching()
    rows_of(watched, watch.ROWS, expenses_eur_month=450)
    far = {name for name, value in distances(watched).items() if value > 0.18}
    assert far == {"expenses_eur_month"}


def test_ages_hardly_matter_and_are_not_watched():
    assert "age_years" not in watching().matter
    assert {"amount_eur", "assets_eur", "income_eur_month"} <= set(watching().matter)


def test_outcomes_that_agree_do_not_surprise_and_their_contrary_does():
    draw = np.random.default_rng(3)
    said = draw.uniform(0.02, 0.6, watch.LABELS)
    ended = draw.random(watch.LABELS) < said
    assert abs(watch.surprise_of(said, ended)) < 3
    assert watch.surprise_of(said, ~ended) > 6


def test_what_waits_for_its_outcome_has_an_end():
    watched = watching()
    rows_of(watched, watch.WAITING + 10)
    assert len(watched.waiting) == watch.WAITING
