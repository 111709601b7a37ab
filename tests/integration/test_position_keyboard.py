"""Inviting to a position without a mouse, in a real browser; and what axe-core says of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.fakes.browsing import CHROMIUM, Scheme, chromium, served, visitor
from tests.fakes.ports import free_port
from tests.fakes.positions import a_position, invited_to, judged_in, started_in
from tests.fakes.web import Extras, Site, a_site

from assay.auth.sessions import sign_in
from assay.db.tables import Position

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed here"),
    pytest.mark.slow,
]

SIZES: list[tuple[tuple[int, int], Scheme]] = [((1280, 900), "dark"), ((360, 740), "light")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    port = free_port()
    made = a_site(tmp_path_factory.mktemp("site"), Extras(public_url=f"http://127.0.0.1:{port}"))
    with served(made.app, port):
        yield made
    made.house.database.dispose()


@pytest.fixture(scope="module")
def position(site: Site) -> Position:
    made = a_position(site.house, factors={"latency": 1.5})
    invited_to(site.house, made, "Erin")
    site.house.later(minutes=1)
    started_in(site.house, made, "Frank")
    judged_in(site, made, "Gil")
    return made


def cookie(site: Site) -> dict[str, str]:
    with site.house.write() as session:
        token = sign_in(session, site.house.cast.alice.user_id, site.house.time)
    return {"name": "assay_team", "value": token, "url": site.platform.public_url}


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, wanted: str) -> None:
    """Go on by Tab alone until what is wanted has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(one) => document.activeElement.matches(one)", wanted):
            return
    pytest.fail(f"{wanted} cannot be reached by Tab")


def test_candidates_are_invited_by_keyboard_alone(site: Site, browser: Browser) -> None:
    made = a_position(site.house, title="By keyboard")
    with visitor(browser, site.platform.public_url) as window:
        window.context.add_cookies([cookie(site)])  # type: ignore[list-item]
        page = window.page
        page.goto("/hiring")
        tab_to(page, f'a[href="/hiring/positions/{made.id}"]')
        press(page, "Enter")
        page.wait_for_url(f"**/{made.id}")
        tab_to(page, 'a[href$="/invite"]')
        press(page, "Enter")
        page.wait_for_url("**/invite")
        tab_to(page, "textarea")
        page.keyboard.insert_text("Hal,hal@example.com\nnobody\n")
        tab_to(page, "main form button[type=submit]")
        press(page, "Enter")
        expect(page.get_by_text("1 invitation is ready")).to_be_visible()
        expect(page.get_by_text("There is no e-mail address in it")).to_be_visible()
        tab_to(page, "main form button[type=submit]")
        press(page, "Enter")
        expect(page.get_by_text("1 invitation is on the way")).to_be_visible()
        assert window.complaints == []


def test_the_table_is_walked_ticked_and_searched_by_keys(
    site: Site, browser: Browser, position: Position
) -> None:
    with visitor(browser, site.platform.public_url) as window:
        window.context.add_cookies([cookie(site)])  # type: ignore[list-item]
        page = window.page
        page.goto(f"/hiring/positions/{position.id}?order=oldest")
        press(page, "j", "j", "x", "k", "x")
        expect(page.locator("#ticks")).to_have_text("2")
        expect(page.locator("tr.at")).to_contain_text("Erin")
        press(page, "/")
        page.keyboard.type("jx")
        expect(page.locator("#q")).to_have_value("jx")
        expect(page.locator("#ticks")).to_have_text("2")
        press(page, "Escape")
        page.locator("tr.at a").focus()
        press(page, "Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Erin")
        assert window.complaints == []


def test_the_keys_can_be_turned_off(site: Site, browser: Browser, position: Position) -> None:
    with visitor(browser, site.platform.public_url) as window:
        window.context.add_cookies([cookie(site)])  # type: ignore[list-item]
        page = window.page
        page.goto(f"/hiring/positions/{position.id}")
        page.get_by_text("Keyboard", exact=True).click()
        page.get_by_label("Use these keys").uncheck()
        page.reload()
        press(page, "j")

        expect(page.locator("tr.at")).to_have_count(0)


@pytest.mark.parametrize(("size", "scheme"), SIZES, ids=["wide", "phone"])
def test_what_forms_answer_can_be_used_by_everybody(
    site: Site, browser: Browser, position: Position, size: tuple[int, int], scheme: Scheme
) -> None:
    here = f"/hiring/positions/{position.id}"
    with visitor(browser, site.platform.public_url, size, scheme) as window:
        window.name = f"{size[0]}-{scheme}"
        window.context.add_cookies([cookie(site)])  # type: ignore[list-item]
        page = window.page
        page.goto(f"{here}/invite")
        page.get_by_label("Candidates").fill("Ida;ida@example.com\nIda;ida@example.com\n?")
        page.get_by_role("button", name="Look at the list").click()
        window.shoot("60-position-preview")
        page.goto(here)
        page.get_by_label("Tick Erin").check()
        window.shoot("60-position-ticked")
        page.get_by_role("button", name="Give more time").click()
        window.shoot("60-position-deed")
        page.get_by_label("Reason").fill("the power was out")
        page.get_by_role("button", name="Give more time").click()
        window.shoot("60-position-done")
        assert window.complaints == []
