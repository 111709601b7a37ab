"""How a hiring team comes in, and how others do not."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes.oidc_provider import CLIENT_ID, CLIENT_SECRET, ISSUER, OidcProvider
from tests.fakes.web import Extras, Site, a_site, words

from assay.auth.accounts import create_user
from assay.auth.oidc import OidcClient
from assay.auth.passwords import hash_password
from assay.db.tables import AuditEntry, Mail, User

WRONG = "wrong horse battery"
PASSWORD = "correct horse battery"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    with made.house.write() as session:
        alice = session.get_one(User, made.house.cast.alice.user_id)
        alice.password_hash = hash_password(PASSWORD)
    yield made
    made.house.database.dispose()


def form(email: str = "alice@example.com", password: str = PASSWORD) -> dict[str, str]:
    return {"email": email, "password": password}


def deeds(site: Site) -> list[str]:
    with site.house.read() as session:
        return [entry.action for entry in session.exec(select(AuditEntry)).all()]


def links(site: Site) -> list[str]:
    with site.house.read() as session:
        bodies = session.exec(select(Mail.body)).all()
    return re.findall(r"/hiring/link/asl_[0-9a-z]{40}", "".join(bodies))


def test_a_password_lets_in_and_the_ledger_knows(site: Site) -> None:
    browser = site.browser()
    answer = browser.post("/hiring/sign-in", data=form())

    assert answer.status_code == 303
    assert "Alice, owner at Alice's company" in words_of_top(browser.get("/hiring").text)
    assert "user:signed_in" in deeds(site)


def words_of_top(html: str) -> str:
    return words(html.replace("<header", "<main", 1))


@pytest.mark.parametrize(
    "wrong",
    [form(password=WRONG), form("nobody@example.com"), form("bob@example.com")],
    ids=["wrong password", "no such user", "user without a password"],
)
def test_whatever_is_wrong_is_answered_alike(site: Site, wrong: dict[str, str]) -> None:
    answer = site.browser().post("/hiring/sign-in", data=wrong)

    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert "set-cookie" not in answer.headers
    assert "user:sign_in_failed" in deeds(site)


def test_guessing_is_stopped_even_with_the_right_password_at_last(site: Site) -> None:
    browser = site.browser()
    wrong = [browser.post("/hiring/sign-in", data=form(password="x" * 12)) for _ in range(5)]
    refused = browser.post("/hiring/sign-in", data=form())

    assert {answer.status_code for answer in wrong} == {401}
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0


def test_a_link_comes_by_mail_and_works_once_and_only_by_a_button(site: Site) -> None:
    browser = site.browser()
    browser.post("/hiring/link", data={"email": "Alice@example.com"})
    (link,) = links(site)

    assert browser.get(link).status_code == 200
    assert browser.get(link).status_code == 200
    assert browser.post(link).status_code == 303
    assert browser.get("/hiring").status_code == 200
    assert site.browser().post(link).status_code == 404


def test_asking_for_a_link_does_not_tell_who_has_an_account(site: Site) -> None:
    known, unknown = (
        site.browser().post("/hiring/link", data={"email": email}).text
        for email in ("alice@example.com", "nobody@example.com")
    )

    assert words(known).replace("alice@", "X@") == words(unknown).replace("nobody@", "X@")
    assert len(links(site)) == 1


def test_nobodys_inbox_is_flooded(site: Site) -> None:
    browser = site.browser()
    data = {"email": "alice@example.com"}
    answers = [browser.post("/hiring/link", data=data).status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]


def test_signing_out_ends_the_session_for_good(site: Site) -> None:
    browser = site.of(site.house.cast.alice)
    token = browser.cookies["__Host-assay_team"]
    browser.post("/hiring/sign-out")
    stolen = site.browser()
    stolen.cookies.set("__Host-assay_team", token)

    assert stolen.get("/hiring").status_code == 303


def test_a_session_ends_by_itself(site: Site) -> None:
    browser = site.of(site.house.cast.alice)
    site.house.later(hours=13)

    assert browser.get("/hiring").headers["location"] == "/hiring/sign-in"


def test_who_belongs_to_no_organisation_is_told_so(site: Site) -> None:
    with site.house.write() as session:
        create_user(session, "eve@example.com", "Eve", site.house.time, password=PASSWORD)

    answer = site.browser().post("/hiring/sign-in", data=form("eve@example.com"))
    assert answer.status_code == 403
    assert "belongs to no organisation" in answer.text


# -------------------------------------------------------------------------- the company's accounts


def with_provider(directory: Path, provider: OidcProvider) -> Site:
    client = OidcClient(ISSUER, CLIENT_ID, CLIENT_SECRET, transport=provider.transport)
    return a_site(directory, Extras(oidc=client))


def test_the_company_account_lets_in_who_has_an_account_here(tmp_path: Path) -> None:
    provider = OidcProvider()
    site = with_provider(tmp_path, provider)
    browser = site.browser()
    assert "company account" in browser.get("/hiring/sign-in").text
    away = browser.get("/hiring/oidc")
    query = provider.visit(away.headers["location"])

    assert browser.get("/hiring/oidc/callback", params=query).status_code == 303
    assert browser.get("/hiring").status_code == 200
    site.house.database.dispose()


def test_an_answer_that_nobody_asked_for_lets_nobody_in(tmp_path: Path) -> None:
    provider = OidcProvider()
    site = with_provider(tmp_path, provider)
    query = provider.visit(site.browser().get("/hiring/oidc").headers["location"])

    assert site.browser().get("/hiring/oidc/callback", params=query).status_code == 403
    site.house.database.dispose()


def test_a_stranger_of_the_provider_is_not_let_in(tmp_path: Path) -> None:
    provider = OidcProvider(claims={"email": "eve@example.com"})
    site = with_provider(tmp_path, provider)
    browser = site.browser()
    query = provider.visit(browser.get("/hiring/oidc").headers["location"])
    answer = browser.get("/hiring/oidc/callback", params=query)

    assert answer.status_code == 403
    assert "ask an owner to add you" in answer.text
    site.house.database.dispose()


def test_without_a_provider_there_is_no_such_door(site: Site) -> None:
    assert "company account" not in site.browser().get("/hiring/sign-in").text
    assert site.browser().get("/hiring/oidc").status_code == 404
