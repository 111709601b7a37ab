"""The API: what a program can rely on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.fakes.web import Site, a_site

from assay.auth.limits import CALLS_OF_KEY
from assay.domain.permissions import Role


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def program(site: Site) -> TestClient:
    return site.calls()


def order(**changes: Any) -> dict[str, Any]:
    return {"challenge": "credit-scoring", "candidate_email": "erin@example.com"} | changes


def operations(site: Site) -> dict[str, dict[str, Any]]:
    document = site.browser().get("/api/v1/openapi.json").json()
    return {
        f"{method} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_the_document_holds_the_api_and_nothing_else(site: Site) -> None:
    assert all(" /api/v1/" in name for name in operations(site))


def test_every_operation_has_a_name_a_summary_and_its_refusals(site: Site) -> None:
    found = operations(site)
    names = [operation["operationId"] for operation in found.values()]

    assert len(set(names)) == len(names)
    for name, operation in found.items():
        assert operation["description"], name
        assert {"401", "403", "422", "429"} <= set(operation["responses"]), name
        assert ("{" not in name) or "404" in operation["responses"], name


def test_every_refusal_has_one_form(site: Site) -> None:
    for operation in operations(site).values():
        for status, response in operation["responses"].items():
            if status >= "400":
                schema = response["content"]["application/json"]["schema"]
                assert schema == {"$ref": "#/components/schemas/Refusal"}


def test_inviting_answers_where_the_candidate_goes(site: Site, program: TestClient) -> None:
    answer = program.post("/api/v1/assessments", json=order(candidate_name="Erin"))
    made = answer.json()

    assert answer.status_code == 201
    assert made["invitation_url"].startswith("https://assay.example.org/a/asi_")
    found = program.get(f"/api/v1/assessments/{made['assessment_id']}").json()
    assert found["candidate_name"] == "Erin"
    assert found["state"] == "invited"
    assert found["score"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        order(candidate_email="erin"),
        order(candidate_email="erin@example.com\r\nBcc: all@example.com"),
        order(candidate_name="Er\x00in"),
        order(candidate_name="x" * 201),
        order(variant=-1),
        order(valid_days=0),
        order(unknown=1),
        {"challenge": "credit-scoring"},
        [],
        None,
    ],
    ids=str,
)
def test_what_is_wrong_is_told_field_by_field(program: TestClient, wrong: Any) -> None:
    answer = program.post("/api/v1/assessments", json=wrong)
    error = answer.json()["error"]

    assert answer.status_code == 422
    assert error["code"] == "bad_input"
    assert error["message"]


def test_a_variant_that_does_not_exist_is_refused_in_words(program: TestClient) -> None:
    answer = program.post("/api/v1/assessments", json=order(variant=10**6))

    assert answer.status_code == 422
    assert "no variant" in answer.json()["error"]["message"]


def test_a_challenge_that_does_not_exist_is_not_found(program: TestClient) -> None:
    answer = program.post("/api/v1/assessments", json=order(challenge="nothing"))

    assert answer.status_code == 404


def test_lists_are_read_page_by_page_without_a_gap(site: Site, program: TestClient) -> None:
    made = {site.house.invite().assessment_id for _ in range(7)}
    found: list[str] = []
    after: str | None = None
    while after != "":
        params = {"limit": 3} | ({"after": after} if after else {})
        page = program.get("/api/v1/assessments", params=params).json()
        found += [one["id"] for one in page["assessments"]]
        after = page["after"]

    assert len(found) == len(set(found))
    assert made <= set(found)


def test_pushes_come_with_their_evaluations_and_files(site: Site, program: TestClient) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    site.judge(evaluation_id)
    (push,) = program.get(f"/api/v1/assessments/{assessment_id}/submissions").json()["submissions"]
    (run,) = push["evaluations"]

    assert run["state"] == "judged"
    assert run["files"] == ["report.html", "result.json", "evidence.json"]
    result = program.get(f"/api/v1/evaluations/{evaluation_id}/files/result.json")
    assert result.json()["total"] == run["score"]


def test_events_are_asked_for_from_where_one_stopped(site: Site, program: TestClient) -> None:
    evaluation_id = site.pushed(site.house.started())
    site.begin(evaluation_id)
    site.tell(evaluation_id, "one")
    first = program.get(f"/api/v1/evaluations/{evaluation_id}/events").json()
    site.tell(evaluation_id, "two")
    path = f"/api/v1/evaluations/{evaluation_id}/events"
    second = program.get(path, params={"after": first["after"]}).json()

    assert [event["detail"] for event in second["events"]] == ["two"]
    assert not second["ended"]


@pytest.mark.parametrize("after", ["-1", "x", str(2**63)])
def test_numbers_out_of_range_are_refused(site: Site, program: TestClient, after: str) -> None:
    evaluation_id = site.pushed(site.house.started())
    path = f"/api/v1/evaluations/{evaluation_id}/events"

    assert program.get(path, params={"after": after}).status_code == 422


@pytest.mark.parametrize("strange", ["x", "asm_%00", "asm_" + "0" * 17, "asm_" + "u" * 16])
def test_ids_that_cannot_be_are_refused_before_the_database(
    program: TestClient, strange: str
) -> None:
    assert program.get(f"/api/v1/assessments/{strange}").status_code == 422


def test_a_key_is_shown_once_works_and_can_be_revoked(site: Site) -> None:
    alice = site.of(site.house.cast.alice)
    made = alice.post("/api/v1/keys", json={"name": "export", "role": "viewer"}).json()
    program = site.browser()
    program.headers["authorization"] = f"Bearer {made['token']}"

    assert program.get("/api/v1/assessments").status_code == 200
    assert made["token"] not in alice.get("/api/v1/keys").text
    assert alice.delete(f"/api/v1/keys/{made['id']}").status_code == 204
    refused = program.get("/api/v1/assessments")
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"


def test_a_key_makes_no_keys(site: Site) -> None:
    answer = site.calls(Role.OWNER).post("/api/v1/keys", json={"name": "another"})

    assert answer.status_code == 403


def test_a_key_may_what_its_role_may(site: Site) -> None:
    answer = site.calls(Role.VIEWER).post("/api/v1/assessments", json=order())

    assert answer.status_code == 403


def test_guessing_keys_is_slowed_down(site: Site) -> None:
    program = site.browser()
    answers = []
    for number in range(31):
        program.headers["authorization"] = f"Bearer ask_{number:040}"
        answers.append(program.get("/api/v1/challenges").status_code)

    assert answers == [401] * 30 + [429]


def test_a_key_that_asks_too_often_is_told_to_wait(site: Site, program: TestClient) -> None:
    key_id = site.of(site.house.cast.alice).get("/api/v1/keys").json()["keys"][0]["id"]
    for _ in range(CALLS_OF_KEY.times):
        site.platform.limits.hit(CALLS_OF_KEY, key_id)

    answer = program.get("/api/v1/challenges")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_a_body_that_is_no_json_is_told_so(program: TestClient) -> None:
    headers = {"content-type": "application/json"}
    answer = program.post("/api/v1/assessments", content=b"{", headers=headers)

    assert answer.status_code == 422
    assert answer.json()["error"]["problems"]


def test_a_method_that_is_not_there_is_json_too(program: TestClient) -> None:
    answer = program.put("/api/v1/assessments", json={})

    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"
    assert answer.headers["allow"] == "GET, POST"
