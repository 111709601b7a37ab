"""The page of the team: who is on it, which programs act for it, and what the company is called."""

import json
import re
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select
from tests.fakes.web import Site, words

from assay.audit.ledger import entries
from assay.db.tables import AuditEntry, Mail, User

TEAM = "/hiring/team"
EVE = {"email": "eve@example.com", "name": "Eve Example", "role": "reviewer"}


def added(site: Site, alice: TestClient, **changes: str) -> str:
    """Eve is on the team: her id."""
    answer = alice.post(TEAM, data=EVE | changes)
    assert answer.status_code == 303, answer.text
    with site.house.read() as session:
        return session.exec(select(User.id).where(User.email == "eve@example.com")).one()


def last_entry(site: Site) -> AuditEntry:
    with site.house.read() as session:
        return entries(session, site.house.cast.organisation_id)[0]


def test_who_is_added_is_told_where_to_sign_in_and_no_secret(site: Site, alice: TestClient) -> None:
    added(site, alice)
    with site.house.read() as session:
        mail = session.exec(select(Mail).where(Mail.recipient == "eve@example.com")).one()

    assert "https://assay.example.org/hiring/sign-in" in mail.body
    assert not re.search(r"asl_\w{40}", mail.body)
    assert "Eve Example eve@example.com Reviewer" in words(alice.get(TEAM).text)


def test_who_was_added_signs_in_by_a_link_they_ask_for(site: Site, alice: TestClient) -> None:
    added(site, alice)
    browser = site.browser()
    browser.post("/hiring/link", data={"email": "eve@example.com"})
    with site.house.read() as session:
        bodies = session.exec(select(Mail.body).where(Mail.recipient == "eve@example.com")).all()
    (link,) = re.findall(r"(/hiring/link/asl_\w{40})", "".join(bodies))

    assert browser.post(link).status_code == 303
    assert "Eve Example, reviewer at" in browser.get("/hiring").text


def test_every_change_of_the_team_is_on_record_without_a_name(
    site: Site, alice: TestClient
) -> None:
    eve = added(site, alice)
    told = [last_entry(site)]
    alice.post(f"{TEAM}/{eve}/role", data={"role": "viewer"})
    told.append(last_entry(site))
    alice.post(f"{TEAM}/{eve}/remove", data={"sure": "on"})
    told.append(last_entry(site))

    assert [(one.action, one.subject) for one in told] == [
        ("organisation:member_added", eve),
        ("organisation:role_changed", eve),
        ("organisation:member_removed", eve),
    ]
    assert json.loads(told[1].details) == {"was": "reviewer", "role": "viewer"}
    assert "eve" not in "".join(one.details for one in told).lower()


def test_a_role_that_stays_is_no_change(site: Site, alice: TestClient) -> None:
    eve = added(site, alice)
    alice.post(f"{TEAM}/{eve}/role", data={"role": "reviewer"})

    assert last_entry(site).action == "organisation:member_added"


def test_nothing_typed_is_lost_when_somebody_cannot_be_added(site: Site, alice: TestClient) -> None:
    answer = alice.post(TEAM, data=EVE | {"email": "eve at home", "role": "viewer"})

    assert answer.status_code == 422
    assert "is no e-mail address" in answer.text
    assert 'value="eve at home"' in answer.text
    assert 'value="Eve Example"' in answer.text
    assert 'value="viewer" checked' in answer.text


def test_the_last_owner_is_told_what_to_do_first(site: Site, alice: TestClient) -> None:
    own = site.house.cast.alice.user_id
    answer = alice.post(f"{TEAM}/{own}/remove", data={"sure": "on"})

    assert answer.status_code == 409
    assert "make somebody else one first" in answer.text


def test_nobody_is_removed_by_a_slip(site: Site, alice: TestClient) -> None:
    eve = added(site, alice)

    assert alice.post(f"{TEAM}/{eve}/remove").status_code == 422
    assert "Eve Example" in alice.get(TEAM).text


def test_an_owner_who_steps_back_is_led_to_what_they_may_still_see(
    site: Site, alice: TestClient
) -> None:
    added(site, alice, role="owner")
    answer = alice.post(f"{TEAM}/{site.house.cast.alice.user_id}/role", data={"role": "viewer"})

    assert answer.headers["location"] == "/hiring"
    assert alice.get("/hiring").status_code == 200
    assert alice.get(TEAM).status_code == 403


def test_only_owners_look_after_the_team(site: Site, alice: TestClient) -> None:
    bob = site.of(site.house.cast.bob)

    assert bob.get(TEAM).status_code == 403
    assert TEAM not in bob.get("/hiring").text
    assert TEAM in alice.get("/hiring").text


def test_a_key_is_shown_once_and_opens_until_it_is_revoked(site: Site, alice: TestClient) -> None:
    made = alice.post(f"{TEAM}/keys", data={"name": "nightly export", "role": "viewer"}).text
    (token,) = set(re.findall(r"ask_[0-9a-z]{40}", made))
    program = site.browser()
    program.headers["authorization"] = f"Bearer {token}"
    before = program.get("/api/v1/assessments").status_code
    listed = alice.get(TEAM).text
    (key_id,) = re.findall(r"/keys/(key_\w{16})/revoke", listed)
    alice.post(f"{TEAM}/keys/{key_id}/revoke")

    assert (before, program.get("/api/v1/assessments").status_code) == (200, 401)
    assert token not in listed
    assert "nightly export" not in alice.get(TEAM).text


def test_a_key_acts_as_what_was_chosen(site: Site, alice: TestClient) -> None:
    made = alice.post(f"{TEAM}/keys", data={"name": "reader", "role": "viewer"}).text
    (token,) = set(re.findall(r"ask_[0-9a-z]{40}", made))
    program = site.browser()
    program.headers["authorization"] = f"Bearer {token}"

    assert program.get("/api/v1/audit").status_code == 403


@pytest.mark.parametrize("name", ["", "   "])
def test_a_key_without_a_name_is_not_made(site: Site, alice: TestClient, name: str) -> None:
    answer = alice.post(f"{TEAM}/keys", data={"name": name})

    assert answer.status_code == 422
    assert "There is none." in alice.get(TEAM).text


def test_candidates_read_the_name_that_the_company_has_now(site: Site, alice: TestClient) -> None:
    alice.post(f"{TEAM}/company", data={"company": "Oak & Sons"})
    alice.post("/hiring/invite", data={"challenge": "credit-scoring", "email": "finn@example.com"})
    with site.house.read() as session:
        mail = session.exec(select(Mail).where(Mail.recipient == "finn@example.com")).one()

    assert mail.subject == "Oak & Sons invites you to a take-home assessment"
    assert "owner at Oak &amp; Sons" in alice.get(TEAM).text


NO_MAIL = "No mail leaves this installation"
INVITED = {"challenge": "credit-scoring", "email": "finn@example.com"}


def without_mail(site: Site) -> None:
    platform = site.platform
    site.app.state.platform = replace(platform, outward=replace(platform.outward, mail=False))


def test_who_waits_for_mail_that_never_leaves_is_told_what_to_do(
    site: Site, alice: TestClient
) -> None:
    without_mail(site)
    invited, team = alice.post("/hiring/invite", data=INVITED).text, alice.get(TEAM).text

    assert NO_MAIL in words(invited)
    assert "Give them the link below yourself." in invited
    assert "on its way" not in invited
    assert NO_MAIL in words(team)
    assert "assay sign-in" in team


def test_with_a_mail_server_nothing_is_said_about_it(alice: TestClient) -> None:
    assert NO_MAIL not in words(alice.post("/hiring/invite", data=INVITED).text)
    assert NO_MAIL not in words(alice.get(TEAM).text)
