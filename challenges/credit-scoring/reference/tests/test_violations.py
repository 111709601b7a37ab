"""A caller who changes the form of a field is noticed by its name."""

import pytest
from prometheus_client.parser import text_string_to_metric_families


def violations(client):
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {
        sample.labels["feature"]: sample.value
        for family in families
        for sample in family.samples
        if sample.name == "contract_violations_total"
    }


def counted(client, send):
    before = violations(client)
    send()
    return {name: n - before[name] for name, n in violations(client).items() if n > before[name]}


@pytest.mark.parametrize(
    ("change", "feature"),
    [
        ({"income_eur_year": "27600,00"}, "income_eur_year"),
        ({"applicant": {"name": "Ada"}}, "applicant"),
        ({"home": "castle"}, "home"),
    ],
)
def test_a_refused_request_counts_for_the_field_that_was_wrong(
    client, application, change, feature
):
    found = counted(client, lambda: client.post("/v1/score", json=application | change))
    assert found == {feature: 1}


def test_a_field_that_is_not_there_is_wrong(client, application):
    application["record"] = application.pop("records")
    found = counted(client, lambda: client.post("/v1/score", json=application))
    assert found == {"records": 1}


def test_a_field_that_is_wrong_in_many_rows_of_a_batch_counts_once(client, application):
    batch = {"applications": [application, *[application | {"age_years": -1}] * 3]}
    assert counted(client, lambda: client.post("/v1/score/batch", json=batch)) == {"age_years": 1}


def test_what_is_not_json_counts_as_a_wrong_body(client):
    assert counted(client, lambda: client.post("/v1/score", content=b"{")) == {"body": 1}
