"""Nonsense is refused before anything is scored, and never repeated."""

import pytest


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("age_years", "41"),
        ("age_years", 41.5),
        ("age_years", True),
        ("age_years", 7),
        ("seniority_years", -1),
        ("home", "castle"),
        ("records", None),
        ("amount_eur", -5),
        ("price_eur", 0),
        ("income_eur_year", "plenty"),
        ("term_months", 0),
        ("application_id", "../../etc"),
        ("applicant", "Ada"),
    ],
)
def test_a_wrong_value_is_refused_by_the_name_of_its_field(client, application, field, value):
    answer = client.post("/v1/score", json=application | {field: value})
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["field"].startswith(field)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_refused(client, application, number):
    body = client.build_request("POST", "/", json=application).content
    body = body.replace(b'"amount_eur":9000', b'"amount_eur":' + number.encode())
    assert client.post("/v1/score", content=body).status_code == 422


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a":' * 5000])
def test_what_is_no_application_is_refused(client, body):
    assert client.post("/v1/score", content=body).status_code == 422


def test_a_missing_field_is_refused(client, application):
    del application["term_months"]
    assert client.post("/v1/score", json=application).status_code == 422


def test_an_unknown_field_is_ignored(client, application):
    assert client.post("/v1/score", json=application | {"shoe_size": 43}).status_code == 200


def test_a_refusal_does_not_repeat_what_was_sent(client, application):
    application["applicant"]["email"] = ["ada.mustermann@example.org"]
    answer = client.post("/v1/score", json=application | {"home": "Mustermann"})
    assert answer.status_code == 422
    assert "ustermann" not in answer.text


def test_a_bad_row_of_a_batch_is_named_and_nothing_is_scored(client, application):
    rows = [application, application | {"age_years": -1}, application]
    answer = client.post("/v1/score/batch", json={"applications": rows})
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["index"] == 1
    assert "scores" not in answer.json()


def test_a_batch_has_between_1_and_500_rows(client, application):
    def status(rows):
        return client.post("/v1/score/batch", json={"applications": rows}).status_code

    assert status([]) == 422
    assert status([application] * 500) == 200
    assert status([application] * 501) == 413


@pytest.mark.parametrize("path", ["/v1/score", "/v1/score/batch"])
def test_a_body_over_one_mebibyte_is_refused(client, path):
    body = b" " * (1 << 20) + b"{}"
    assert client.post(path, content=body).status_code == 413
    assert client.post(path, content=iter([body])).status_code == 413


def test_an_unknown_path_has_an_error_of_the_same_shape(client):
    answer = client.get("/v2/score")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"]
