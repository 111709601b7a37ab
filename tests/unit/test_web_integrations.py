"""What owners can do about integrations on their pages, and who else cannot."""

import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select
from tests.fakes.integrations import (
    HOOK,
    Post,
    Worker,
    an_endpoint,
    deliveries_in,
    endpoint_in,
)
from tests.fakes.panels import EMAIL, NAME, a_panel
from tests.fakes.web import Site, words

from assay.db.tables import AtsOrder, AuditEntry, Endpoint
from assay.domain.hiring import EndpointKind, EventKind
from assay.features.integrations.ports import Reply

HOME = "/hiring/integrations"


def form(**changes: Any) -> dict[str, Any]:
    return {"kind": "signed", "name": "our bot", "url": HOOK} | changes


def made_id(page: str) -> str:
    return re.findall(r'href="/hiring/integrations/(end_[0-9a-z]{16})"', page)[0]


def test_adding_one_shows_its_secret_this_once(site: Site, alice: TestClient) -> None:
    page = alice.post(HOME, data=form()).text
    endpoint_id = made_id(page)
    (secret,) = set(re.findall(r"whsec_[A-Za-z0-9+/=]+", page))

    assert endpoint_in(site.house, endpoint_id).secret == secret
    for path in (HOME, f"{HOME}/{endpoint_id}"):
        assert "whsec_" not in alice.get(path).text


@pytest.mark.parametrize(
    ("kind", "further"),
    [
        ("slack", {"url": HOOK}),
        ("greenhouse", {"url": ""}),
        ("ashby", {"url": "", "their_key": "theirs"}),
        ("lever", {"url": "", "their_key": "theirs", "their_token": "token"}),
    ],
)
def test_every_kind_has_a_form_and_can_be_added(
    site: Site, alice: TestClient, kind: str, further: dict[str, str]
) -> None:
    assert f'value="{kind}"' in alice.get(f"{HOME}/new?kind={kind}").text
    answer = alice.post(HOME, data=form(kind=kind) | further)
    endpoint_id = made_id(answer.text)

    assert answer.status_code == 200
    page = alice.get(f"{HOME}/{endpoint_id}").text
    assert "theirs" not in page
    assert "age_" not in page
    assert endpoint_in(site.house, endpoint_id).kind.value == kind


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": " "}, "Give it a name"),
        ({"url": "http://hooks.example.com/"}, "Begin the address with https://"),
        ({"url": "https://user@hooks.example.com/"}, "Leave user name and password out"),
        ({"kind": "ashby", "url": ""}, "Paste the API key that Ashby made"),
        ({"kind": "lever", "url": "", "their_key": "a b"}, "the signature token of Lever"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(
    site: Site, alice: TestClient, wrong: dict[str, str], told: str
) -> None:
    answer = alice.post(HOME, data=form(events="assessment.judged") | wrong)

    assert answer.status_code == 422
    assert told in words(answer.text)
    assert f'value="{(form() | wrong)["name"].strip()}"' in answer.text
    if "kind" not in wrong:
        assert re.search(r'value="assessment\.judged" checked', answer.text)


def test_changing_one_keeps_its_secret(site: Site, alice: TestClient) -> None:
    made = an_endpoint(site.house, EndpointKind.SIGNED, HOOK)
    path = f"{HOME}/{made.endpoint.id}"
    changed = form(name="another", url=f"{HOOK}/x", personal="true")
    answer = alice.post(
        path, data=changed | {"events": ["assessment.judged", "assessment.decided"]}
    )
    row = endpoint_in(site.house, made.endpoint.id)

    assert answer.status_code == 303
    assert (row.name, row.url, row.secret) == ("another", f"{HOOK}/x", made.secret)
    assert row.events == "assessment.judged assessment.decided"
    assert row.personal
    assert alice.post(path, data=form(url="x")).status_code == 422
    assert endpoint_in(site.house, made.endpoint.id).url == f"{HOOK}/x"


def test_another_secret_is_shown_once_and_the_one_before_still_signs(
    site: Site, alice: TestClient
) -> None:
    made = an_endpoint(site.house, EndpointKind.SIGNED, HOOK)
    page = alice.post(f"{HOME}/{made.endpoint.id}/secret").text
    (new,) = set(re.findall(r"whsec_[A-Za-z0-9+/=]+", page))

    assert endpoint_in(site.house, made.endpoint.id).secret.split()[:2] == [new, made.secret]


def test_one_can_be_switched_off_and_on(site: Site, alice: TestClient) -> None:
    endpoint_id = an_endpoint(site.house, EndpointKind.SIGNED, HOOK).endpoint.id
    alice.post(f"{HOME}/{endpoint_id}/disable")
    assert endpoint_in(site.house, endpoint_id).disabled_at
    assert "Off since" in words(alice.get(f"{HOME}/{endpoint_id}").text)
    alice.post(f"{HOME}/{endpoint_id}/enable")
    assert endpoint_in(site.house, endpoint_id).disabled_at is None


@pytest.mark.parametrize("kind", [EndpointKind.SIGNED, EndpointKind.GREENHOUSE])
def test_one_that_is_removed_leaves_no_secret_and_nothing_that_was_sent(
    site: Site, alice: TestClient, kind: EndpointKind
) -> None:
    house = site.house
    made = an_endpoint(house, kind, HOOK)
    invited = house.invite().assessment_id
    Worker(house, Post([Reply(500)])).work()
    with house.write() as session:
        order = {"id": "ord_1", "endpoint_id": made.endpoint.id, "assessment_id": invited}
        session.add(AtsOrder(**order, request_key="k", created_at=house.time))
    path = f"{HOME}/{made.endpoint.id}"
    assert alice.post(f"{path}/remove").status_code == 422, "without the tick"
    assert alice.get(path).status_code == 200

    assert alice.post(f"{path}/remove", data={"sure": "on"}).status_code == 303
    assert alice.get(path).status_code == 404
    assert deliveries_in(house) == []
    with house.read() as session:
        assert session.exec(select(Endpoint)).all() == session.exec(select(AtsOrder)).all() == []
        said = session.exec(select(AuditEntry).order_by(col(AuditEntry.id).desc())).first()
    assert said
    assert (said.action, said.actor) == ("endpoint:removed", house.cast.alice.actor)
    assert house.assessment(invited).id == invited


def test_a_test_is_sent_and_seen(site: Site, alice: TestClient) -> None:
    endpoint_id = an_endpoint(site.house, EndpointKind.SIGNED, HOOK).endpoint.id
    assert alice.post(f"{HOME}/{endpoint_id}/test").status_code == 303
    Worker(site.house, Post()).work()
    page = words(alice.get(f"{HOME}/{endpoint_id}").text)

    assert "endpoint.tested" in page
    assert "Delivered" in page


def test_a_vendor_is_told_of_orders_only(site: Site, alice: TestClient) -> None:
    endpoint_id = an_endpoint(site.house, EndpointKind.GREENHOUSE).endpoint.id

    assert alice.post(f"{HOME}/{endpoint_id}/test").status_code == 409
    page = alice.get(f"{HOME}/{endpoint_id}").text
    assert "https://assay.example.org/api/v1/greenhouse/send_test" in page
    assert f"{endpoint_id}/test" not in page


def test_a_delivery_shows_what_was_sent_and_what_came_back(site: Site, alice: TestClient) -> None:
    endpoint_id = an_endpoint(site.house, EndpointKind.SIGNED, HOOK).endpoint.id
    site.house.invite()
    Worker(site.house, Post([Reply(500, "<b>out of order</b>")])).work()
    (row,) = deliveries_in(site.house)
    page = alice.get(f"{HOME}/deliveries/{row.id}").text

    assert "assessment.invited" in words(page)
    assert "&lt;b&gt;out of order&lt;/b&gt;" in page
    assert f"evt_{row.event_id}" in page
    assert f"/hiring/assessments/{row.assessment_id}" in page
    assert "whsec_" not in page
    assert row.id in alice.get(f"{HOME}/{endpoint_id}?state=waiting").text
    assert row.id not in alice.get(f"{HOME}/{endpoint_id}?state=failed").text


def test_an_owner_who_reviews_somebody_blindly_reads_no_name_in_what_was_sent(
    site: Site, alice: TestClient
) -> None:
    """Neither in the body, nor where a receiver said the name again; on pages and by the API."""
    panel, house = a_panel(site), site.house
    endpoint_id = an_endpoint(house, EndpointKind.SIGNED, HOOK, personal=True).endpoint.id
    judged = panel.judged()
    Worker(house, Post([Reply(500, f"no room for {NAME} <{EMAIL}>")] * 9)).work()
    sent = next(row for row in deliveries_in(house) if row.attempts)
    paths = [
        f"{HOME}/{endpoint_id}",
        f"{HOME}/deliveries/{sent.id}",
        f"/api/v1/endpoints/{endpoint_id}/deliveries",
        f"/api/v1/deliveries/{sent.id}",
    ]
    assert all("erin" in alice.get(path).text.lower() for path in paths)
    panel.draft(judged, house.cast.alice, design=3)

    for path in paths:
        page = alice.get(path).text
        assert "erin" not in page.lower(), path
        assert sent.id in page
    told = alice.get(paths[-1]).json()["body"]
    assert json.loads(told)["data"]["candidate"]["name"] == "[candidate]"


def test_what_is_sent_again_to_one_that_is_off_says_that_it_waits(
    site: Site, alice: TestClient
) -> None:
    endpoint_id = an_endpoint(site.house, EndpointKind.SIGNED, HOOK).endpoint.id
    site.house.invite()
    Worker(site.house, Post([Reply(410)])).work()
    (row,) = deliveries_in(site.house)
    alice.post(f"{HOME}/deliveries/{row.id}/replay")
    said = "is switched off: this is sent once it is switched on"

    assert said in words(alice.get(f"{HOME}/deliveries/{row.id}").text)
    alice.post(f"{HOME}/{endpoint_id}/enable")
    assert said not in words(alice.get(f"{HOME}/deliveries/{row.id}").text)


@pytest.mark.parametrize("url", ["https://[", "https://a.example/" + "x" * 2500])
def test_an_address_that_greenhouse_needs_none_of_is_dropped(
    site: Site, alice: TestClient, url: str
) -> None:
    """Nobody looks at it, so whatever it is it must break no page and no database."""
    endpoint_id = made_id(alice.post(HOME, data=form(kind="greenhouse", url=url)).text)
    alice.post(f"{HOME}/{endpoint_id}", data=form(kind="greenhouse", name="renamed", url=url))

    assert endpoint_in(site.house, endpoint_id).url == ""
    assert "renamed" in alice.get(HOME).text


def test_one_or_all_that_failed_are_sent_again(site: Site, alice: TestClient) -> None:
    endpoint_id = an_endpoint(site.house, EndpointKind.SIGNED, HOOK).endpoint.id
    worker = Worker(site.house, Post([Reply(410), Reply(410)]))
    for _ in range(2):
        site.house.invite()
        worker.work()
        alice.post(f"{HOME}/{endpoint_id}/enable")
        site.house.later(minutes=1)
    assert "Send 2 failed ones again" in words(alice.get(f"{HOME}/{endpoint_id}").text)
    failed = deliveries_in(site.house)[0].id
    assert alice.post(f"{HOME}/deliveries/{failed}/replay").status_code == 303
    assert worker.work() == 1
    alice.post(f"{HOME}/{endpoint_id}/replay")
    assert worker.work() == 1
    assert all(row.delivered_at for row in deliveries_in(site.house))


def test_many_deliveries_are_read_page_by_page_without_a_gap(site: Site, alice: TestClient) -> None:
    endpoint_id = an_endpoint(site.house, EndpointKind.SIGNED, HOOK).endpoint.id
    for _ in range(55):
        site.house.invite()
    Worker(site.house, Post()).work()
    path, found = f"{HOME}/{endpoint_id}", list[str]()
    while path:
        page = alice.get(path).text
        found += re.findall(r"deliveries/(dlv_[0-9a-z]{16})", page)
        older = re.findall(r'href="([^"]+)" rel="next"', page)
        path = older[0].replace("&amp;", "&") if older else ""

    assert sorted(found) == sorted(row.id for row in deliveries_in(site.house))


def test_an_empty_page_says_what_can_be_connected(alice: TestClient) -> None:
    page = words(alice.get(HOME).text)

    assert "Nobody is told yet" in page
    assert all(name in page for name in ("Greenhouse", "Ashby", "Lever", "Signed webhook"))


def test_the_list_shows_hosts_and_no_secrets_of_addresses(site: Site, alice: TestClient) -> None:
    an_endpoint(site.house, EndpointKind.SLACK, "https://hooks.example.com/services/T0/secret")
    page = alice.get(HOME).text

    assert "hooks.example.com" in page
    assert "services" not in page


def test_every_event_can_be_chosen_but_the_test(alice: TestClient) -> None:
    page = alice.get(f"{HOME}/new").text
    offered = re.findall(r'name="events" value="([a-z.]+)"', page)

    assert set(offered) == {kind.value for kind in EventKind} - {"endpoint.tested"}


def routes(endpoint_id: str, delivery_id: str) -> list[tuple[str, str]]:
    one = f"{HOME}/{endpoint_id}"
    return [
        ("GET", HOME),
        ("GET", f"{HOME}/new"),
        ("POST", HOME),
        ("GET", one),
        ("POST", one),
        *(
            ("POST", f"{one}/{deed}")
            for deed in ("secret", "disable", "test", "replay", "enable", "remove")
        ),
        ("GET", f"{HOME}/deliveries/{delivery_id}"),
        ("POST", f"{HOME}/deliveries/{delivery_id}/replay"),
    ]


@pytest.mark.parametrize("who", ["bob", "vera"])
def test_only_owners_look_after_integrations(site: Site, who: str) -> None:
    endpoint_id, delivery_id = something(site)
    browser = site.of(getattr(site.house.cast, who))
    got = {
        browser.request(
            method, path, **({"data": form(sure="on")} if method == "POST" else {})
        ).status_code
        for method, path in routes(endpoint_id, delivery_id)
    }

    assert got == {403}
    assert HOME not in browser.get("/hiring").text


def test_nobody_and_candidates_are_sent_to_the_sign_in(site: Site) -> None:
    endpoint_id, delivery_id = something(site)
    for browser in (site.browser(), site.of_candidate(site.house.started())):
        for method, path in routes(endpoint_id, delivery_id):
            answer = browser.request(method, path)
            assert answer.status_code == (303 if method == "GET" else 401), path


def test_another_companys_owner_finds_nothing(site: Site) -> None:
    endpoint_id, delivery_id = something(site)
    charlie = site.of(site.house.cast.charlie)
    got = {
        path: charlie.request(
            method, path, **({"data": form(sure="on")} if method == "POST" else {})
        ).status_code
        for method, path in routes(endpoint_id, delivery_id)[3:]
    }

    assert set(got.values()) == {404}
    assert endpoint_id not in charlie.get(HOME).text
    assert deliveries_in(site.house)[0].attempts == 1


def something(site: Site) -> tuple[str, str]:
    """An endpoint of Alice's company, and a delivery to it."""
    endpoint_id = an_endpoint(site.house, EndpointKind.SIGNED, HOOK).endpoint.id
    site.house.invite()
    Worker(site.house, Post()).work()
    return endpoint_id, deliveries_in(site.house)[0].id
