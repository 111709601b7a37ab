"""The link that the terminal prints lets somebody in."""

from pathlib import Path

import pytest
from sqlmodel import update
from tests.fakes.web import Site, a_site

from assay.bootstrap.first_start import member_link, owner_link
from assay.cli.platform import elsewhere
from assay.db.tables import User
from assay.domain.errors import BadInput


def test_the_printed_link_is_a_page_that_signs_in_once(tmp_path: Path) -> None:
    site = a_site(tmp_path)
    with site.house.write() as session:
        link = owner_link(session, site.house.time)
    browser = site.browser()
    shown, pressed, again = browser.get(link), browser.post(link), site.browser().post(link)
    site.house.database.dispose()

    assert shown.status_code == 200
    assert pressed.status_code == 303
    assert "__Host-assay_team" in pressed.headers["set-cookie"]
    assert again.status_code >= 400


def test_without_an_owner_who_can_sign_in_there_is_no_link(site: Site) -> None:
    with site.house.write() as session:
        session.exec(update(User).values(disabled_at=site.house.time))
    with site.house.write() as session, pytest.raises(BadInput, match="no owner"):
        owner_link(session, site.house.time)


def test_who_runs_it_can_let_in_anybody_of_a_team(site: Site) -> None:
    with site.house.write() as session:
        link = member_link(session, "bob@example.com", site.house.time)
    browser = site.browser()

    assert browser.post(link).status_code == 303
    assert "Bob, reviewer at" in browser.get("/hiring").text


def test_nobody_else_is_let_in(site: Site) -> None:
    with site.house.write() as session, pytest.raises(BadInput, match="an owner adds people"):
        member_link(session, "dana@example.com", site.house.time)


@pytest.mark.parametrize(
    ("url", "port", "is_told"),
    [
        ("http://127.0.0.1:8000", 8041, True),
        ("http://localhost:8000", 8041, True),
        ("http://127.0.0.1:8041", 8041, False),
        ("https://assay.example.org", 8041, False),
        ("https://assay.example.org:444", 8041, False),
    ],
)
def test_links_that_lead_to_another_port_of_this_machine_are_told_of(
    url: str, port: int, is_told: bool
) -> None:
    """Behind a proxy they lead elsewhere, and are meant to."""
    told = elsewhere(url, port)

    assert bool(told) is is_told
    assert not told or "ASSAY_PUBLIC_URL=http" in told
