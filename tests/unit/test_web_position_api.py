"""Positions and their candidates, for programs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.fakes.positions import a_position, decided, invited_to, judged_in, started_in
from tests.fakes.web import Site, a_site

from assay.domain.lifecycle import AssessmentState
from assay.domain.permissions import Role

ORDER = {
    "challenge": "credit-scoring",
    "title": "ML engineer",
    "weights": {"latency": 1.5},
    "release": "at_once",
    "keep_days": 90,
}
TERMS = {key: value for key, value in ORDER.items() if key != "challenge"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def program(site: Site) -> TestClient:
    return site.calls()


def opened(program: TestClient, **changes: Any) -> Any:
    answer = program.post("/api/v1/positions", json=ORDER | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_position_goes_from_open_to_closed(program: TestClient) -> None:
    made = opened(program)
    path = f"/api/v1/positions/{made['id']}"
    changed = program.put(path, json=TERMS | {"time_box_h": 5.5, "weights": {}}).json()
    closed = program.post(f"{path}/close").json()

    assert made["weights"] == {"latency": 1.5}
    assert (changed["weights"], changed["time_box_s"]) == ({}, 19800)
    assert closed["closed_at"]
    assert program.get(path).json() == closed
    assert program.get("/api/v1/positions").json() == {"positions": [closed]}
    assert program.put(path, json=TERMS).status_code == 409


def test_a_program_writes_over_nothing_it_has_not_seen(program: TestClient) -> None:
    path = f"/api/v1/positions/{opened(program)['id']}"
    seen = program.get(path).headers["etag"]
    first = program.put(path, json=TERMS | {"title": "First"}, headers={"if-match": seen})
    second = program.put(path, json=TERMS | {"title": "Second"}, headers={"if-match": seen})

    assert (first.status_code, second.status_code) == (200, 412)
    assert "get it again" in second.json()["error"]["message"]
    assert program.get(path).json()["title"] == "First"
    assert program.get(path).headers["etag"] == first.headers["etag"] != seen


@pytest.mark.parametrize("given", ["*", 'W/"{}"', '"0000000000000000", "{}"', ""])
def test_what_a_program_has_seen_can_be_said_in_every_form(program: TestClient, given: str) -> None:
    path = f"/api/v1/positions/{opened(program)['id']}"
    tag = program.get(path).headers["etag"].strip('"')
    headers = {"if-match": given.format(tag)}

    assert program.put(path, json=TERMS, headers=headers).status_code == 200


def test_what_a_page_changed_meanwhile_is_not_written_over_by_a_program(
    program: TestClient, alice: TestClient
) -> None:
    made = opened(program)
    path = f"/api/v1/positions/{made['id']}"
    seen = program.get(path).headers["etag"]
    alice.post(f"/hiring/positions/{made['id']}/settings", data={"title": "By hand"})

    assert program.put(path, json=TERMS, headers={"if-match": seen}).status_code == 412
    assert program.get(path).json()["title"] == "By hand"


def test_weights_beyond_what_the_challenge_allows_are_refused(program: TestClient) -> None:
    answer = program.post("/api/v1/positions", json=ORDER | {"weights": {"latency": 3, "x": 1}})

    assert answer.status_code == 422
    assert len(answer.json()["error"]["problems"]) == 2


def test_many_are_invited_in_one_call_and_nobody_twice(site: Site, program: TestClient) -> None:
    path = f"/api/v1/positions/{opened(program)['id']}/candidates"
    people = [{"email": "Erin@example.com", "name": "Erin"}, {"email": "frank@example.com"}]
    first = program.post(path, json={"candidates": people, "valid_days": 7})
    again = program.post(path, json={"candidates": people}).json()

    assert first.status_code == 201
    assert [one["email"] for one in first.json()["invited"]] == [
        "erin@example.com",
        "frank@example.com",
    ]
    link = first.json()["invited"][0]["invitation_url"]
    assert site.browser().get(link.removeprefix(site.platform.public_url)).status_code == 303
    assert again == {"invited": [], "known": ["erin@example.com", "frank@example.com"]}


def test_a_list_with_a_mistake_invites_nobody(program: TestClient) -> None:
    path = f"/api/v1/positions/{opened(program)['id']}/candidates"
    people = [{"email": "erin@example.com"}, {"email": "frank"}]

    assert program.post(path, json={"candidates": people}).status_code == 422
    assert program.get(path).json()["candidates"] == []


def test_a_closed_position_invites_nobody(program: TestClient) -> None:
    made = opened(program)
    program.post(f"/api/v1/positions/{made['id']}/close")
    people = {"candidates": [{"email": "erin@example.com"}]}

    answer = program.post(f"/api/v1/positions/{made['id']}/candidates", json=people)
    assert answer.status_code == 409


def test_candidates_are_listed_as_on_the_page(site: Site, program: TestClient) -> None:
    position = a_position(site.house)
    judged = judged_in(site, position, "Erin")
    decided(site.house, judged)
    site.house.later(minutes=1)
    invited_to(site.house, position, "Frank")
    path = f"/api/v1/positions/{position.id}/candidates"
    first = program.get(path, params={"limit": 1}).json()
    second = program.get(path, params={"limit": 1, "after": first["after"]}).json()
    (erin,) = second["candidates"]

    assert [one["name"] for one in first["candidates"]] == ["Frank"]
    assert second["after"] == ""
    assert (erin["stage"], erin["decision"], erin["flags"]) == ("decided", "advance", 0)
    assert erin["interval"][0] <= erin["weighted"] <= erin["interval"][1]
    assert (
        program.get(path, params={"stage": "invited"}).json()["candidates"] == first["candidates"]
    )
    assert program.get(path, params={"stage": "lost"}).status_code == 422


def test_deeds_tell_what_became_of_each(site: Site, program: TestClient) -> None:
    position = a_position(site.house)
    erin, over = invited_to(site.house, position, "Erin"), judged_in(site, position, "Gil")
    path = f"/api/v1/positions/{position.id}"
    ids = {"assessment_ids": [erin, over]}
    reminded = program.post(f"{path}/remind", json=ids).json()
    extended = program.post(f"{path}/extend", json=ids | {"hours": 2, "reason": "ill"}).json()
    revoked = program.post(f"{path}/revoke", json=ids | {"reason": "filled"}).json()

    for answer in (reminded, extended, revoked):
        assert answer["done"] == [erin]
        assert [one["assessment_id"] for one in answer["refused"]] == [over]
    assert site.house.assessment(erin).state is AssessmentState.REVOKED


def test_nothing_is_done_to_who_is_of_another_position(site: Site, program: TestClient) -> None:
    other = started_in(site.house, a_position(site.house))
    path = f"/api/v1/positions/{a_position(site.house).id}/revoke"
    answer = program.post(path, json={"assessment_ids": [other], "reason": "filled"})

    assert answer.status_code == 404
    assert site.house.assessment(other).state is AssessmentState.STARTED


@pytest.mark.parametrize(("role", "status"), [(Role.REVIEWER, 403), (Role.OWNER, 201)])
def test_only_an_owners_key_opens_positions(site: Site, role: Role, status: int) -> None:
    assert site.calls(role).post("/api/v1/positions", json=ORDER).status_code == status


def test_another_companys_position_is_not_found(site: Site) -> None:
    position = a_position(site.house)
    charlie = site.of(site.house.cast.charlie)
    path = f"/api/v1/positions/{position.id}"

    assert charlie.get(path).status_code == 404
    assert charlie.get(f"{path}/candidates").status_code == 404
    assert charlie.put(path, json=TERMS).status_code == 404
    assert charlie.post(f"{path}/close").status_code == 404
    people = {"candidates": [{"email": "x@example.com"}]}
    assert charlie.post(f"{path}/candidates", json=people).status_code == 404


def test_a_reviewers_browser_is_not_told_whom_they_judge(site: Site) -> None:
    position = a_position(site.house)
    judged_in(site, position, "Erin")
    path = f"/api/v1/positions/{position.id}/candidates"
    (told,) = site.of(site.house.cast.bob).get(path).json()["candidates"]

    assert (told["name"], told["email"], told["number"]) == ("", "", 1)
