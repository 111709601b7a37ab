"""Endpoints and deliveries, for programs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select
from tests.fakes.integrations import HOOK, Post, Worker, endpoint_in
from tests.fakes.web import Site, a_site

from assay.db.tables import AuditEntry
from assay.domain.permissions import Role
from assay.features.integrations.ports import Reply

BASE = "/api/v1/endpoints"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def program(site: Site) -> TestClient:
    return site.calls()


def wanted(**changes: Any) -> dict[str, Any]:
    return {"kind": "signed", "name": "our bot", "url": HOOK} | changes


def added(program: TestClient, **changes: Any) -> Any:
    answer = program.post(BASE, json=wanted(**changes))
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_secret_is_answered_once(site: Site, program: TestClient) -> None:
    made = added(program, events=["assessment.judged"])
    endpoint_id = made["endpoint"]["id"]

    assert made["secret"].startswith("whsec_")
    assert endpoint_in(site.house, endpoint_id).secret == made["secret"]
    (listed,) = program.get(BASE).json()["endpoints"]
    assert listed == made["endpoint"] == program.get(f"{BASE}/{endpoint_id}").json()
    assert "secret" not in listed
    assert listed["events"] == ["assessment.judged"]


def test_an_endpoint_goes_through_its_life(site: Site, program: TestClient) -> None:
    made = added(program)
    path = f"{BASE}/{made['endpoint']['id']}"

    assert program.put(path, json=wanted(name="another")).json()["name"] == "another"
    assert program.post(f"{path}/secret").json()["secret"] != made["secret"]
    assert program.post(f"{path}/disable").json()["disabled_at"]
    assert program.post(f"{path}/enable").json()["disabled_at"] is None
    assert program.post(f"{path}/test").json()["type"] == "endpoint.tested"
    assert program.delete(path).status_code == 204
    assert program.get(path).status_code == program.delete(path).status_code == 404
    assert program.get(BASE).json() == {"endpoints": []}


def test_deliveries_are_seen_and_sent_again(site: Site, program: TestClient) -> None:
    path = f"{BASE}/{added(program)['endpoint']['id']}"
    for _ in range(3):
        site.house.invite()
    worker = Worker(site.house, Post([Reply(410)]))
    worker.work()
    program.post(f"{path}/enable")
    (failed,) = program.get(f"{path}/deliveries?state=failed").json()["deliveries"]

    assert (failed["status"], failed["attempts"], failed["next_at"]) == (410, 1, None)
    assert failed["event"].startswith("evt_")
    assert program.get(f"/api/v1/deliveries/{failed['id']}").json() == failed
    again = program.post(f"/api/v1/deliveries/{failed['id']}/replay").json()
    assert (again["state"], again["attempts"]) == ("waiting", 0)
    site.house.later(minutes=1)
    assert worker.work() == 3
    assert program.post(f"{path}/replay").json() == {"replayed": 0}


def test_deliveries_are_read_page_by_page(site: Site, program: TestClient) -> None:
    path = f"{BASE}/{added(program)['endpoint']['id']}/deliveries"
    for _ in range(5):
        site.house.invite()
    Worker(site.house, Post()).hand_on()
    found: list[str] = []
    after: str | None = None
    while after != "":
        page = program.get(path, params={"limit": 2} | ({"after": after} if after else {})).json()
        found += [one["event"] for one in page["deliveries"]]
        after = page["after"]

    assert found == sorted(found, key=lambda name: -int(name[4:]))
    assert len(found) == len(set(found)) == 5


@pytest.mark.parametrize(
    "wrong",
    [
        wanted(kind="fax"),
        wanted(name=""),
        wanted(name="x" * 81),
        wanted(url="hooks.example.com"),
        wanted(url="http://hooks.example.com/"),
        wanted(url="https://h.example.com/\x00"),
        wanted(events=["lunch"]),
        wanted(personal="yes"),
        wanted(unknown=1),
        wanted(kind="ashby", url=""),
        wanted(kind="lever", url="", their_key="k"),
        {"kind": "signed"},
        [],
        None,
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_is_wrong_is_told(program: TestClient, wrong: Any) -> None:
    answer = program.post(BASE, json=wrong)

    assert answer.status_code == 422
    assert answer.json()["error"]["message"]


def test_there_are_so_many_endpoints_and_no_more(program: TestClient) -> None:
    for _ in range(50):
        added(program)

    assert program.post(BASE, json=wanted()).status_code == 409


def test_a_vendor_whose_secrets_we_did_not_make_has_none_to_change(program: TestClient) -> None:
    made = added(program, kind="lever", url="", their_key="key", their_token="x")  # noqa: S106

    assert made["secret"] == ""
    assert made["endpoint"]["url"] == "https://api.lever.co/v1"
    assert program.post(f"{BASE}/{made['endpoint']['id']}/secret").status_code == 409


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.VIEWER])
def test_only_owners_keys_open_it(site: Site, role: Role) -> None:
    program = site.calls(role)

    assert program.get(BASE).status_code == 403
    assert program.post(BASE, json=wanted()).status_code == 403


def test_another_company_finds_nothing(site: Site, program: TestClient) -> None:
    endpoint_id = added(program)["endpoint"]["id"]
    site.house.invite()
    Worker(site.house, Post()).work()
    delivery_id = program.get(f"{BASE}/{endpoint_id}/deliveries").json()["deliveries"][0]["id"]
    charlie = site.of(site.house.cast.charlie)
    tries = [
        charlie.get(f"{BASE}/{endpoint_id}"),
        charlie.put(f"{BASE}/{endpoint_id}", json=wanted()),
        charlie.delete(f"{BASE}/{endpoint_id}"),
        *(
            charlie.post(f"{BASE}/{endpoint_id}/{deed}")
            for deed in ("secret", "disable", "enable", "test", "replay")
        ),
        charlie.get(f"{BASE}/{endpoint_id}/deliveries"),
        charlie.get(f"/api/v1/deliveries/{delivery_id}"),
        charlie.post(f"/api/v1/deliveries/{delivery_id}/replay"),
    ]

    assert {answer.status_code for answer in tries} == {404}
    assert charlie.get(BASE).json() == {"endpoints": []}


def test_the_ledger_knows_what_was_done_and_no_secret(site: Site, program: TestClient) -> None:
    endpoint_id = added(program)["endpoint"]["id"]
    program.put(f"{BASE}/{endpoint_id}", json=wanted(name="another"))
    program.post(f"{BASE}/{endpoint_id}/disable")
    with site.house.read() as session:
        found = select(AuditEntry).where(AuditEntry.subject == endpoint_id)
        rows = session.exec(found.order_by(col(AuditEntry.id))).all()

    assert [row.action for row in rows] == [
        "endpoint:added",
        "endpoint:changed",
        "endpoint:disabled",
    ]
    assert not any("whsec" in row.details or "hooks" in row.details for row in rows)
