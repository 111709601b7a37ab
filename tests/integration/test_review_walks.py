"""Reviewing and comparing with the keyboard alone, in a real browser. Pictures: out/shots."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.fakes.browsing import CHROMIUM, DESK, PHONE, Visitor, chromium, served, visitor
from tests.fakes.evidence import make_poor_evidence
from tests.fakes.incidents import make_incidents, with_incidents
from tests.fakes.panels import Panel, a_panel
from tests.fakes.ports import free_port
from tests.fakes.web import Extras, Site, a_site

from assay.auth.principal import Member
from assay.auth.sessions import sign_in

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed here"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    port = free_port()
    made = a_site(tmp_path, Extras(public_url=f"http://127.0.0.1:{port}"))
    with served(made.app, port):
        yield made
    made.house.database.dispose()


@pytest.fixture
def panel(site: Site) -> Panel:
    return a_panel(site)


def come(site: Site, window: Visitor, member: Member) -> Page:
    """Signed in, as the cookie says."""
    with site.house.write() as session:
        token = sign_in(session, member.user_id, site.house.time)
    cookie = {"name": "assay_team", "value": token, "url": site.platform.public_url}
    window.context.add_cookies([cookie])  # type: ignore[list-item]
    return window.page


def odd(window: Visitor) -> list[str]:
    """What the browser complained about, but that we refused what was to be refused."""
    refused = "the server responded with a status of 4"
    return [one for one in window.complaints if refused not in one]


def tab_to(page: Page, what: str) -> None:
    """Press Tab until an element that fits has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("(what) => document.activeElement.matches(what)", what):
            return
    raise AssertionError(f"Tab leads to no {what}")


def test_a_review_is_written_with_the_keyboard_alone(
    site: Site, panel: Panel, browser: Browser
) -> None:
    panel.judged(make_poor_evidence())
    with visitor(browser, site.platform.public_url) as window:
        page = come(site, window, site.house.cast.bob)
        page.goto("/hiring/reviews")
        window.shoot("review-1-queue")
        tab_to(page, ".to-review a")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("Candidate 1")
        window.shoot("review-2-form")
        for line in ("design", "documentation", "trade_offs", "readiness"):
            tab_to(page, f"[name='score-{line}']")
            page.keyboard.press("Space")
            page.keyboard.press("ArrowDown")
            page.keyboard.press("ArrowDown")
        tab_to(page, "[value='hand_in']")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("something is missing")
        window.shoot("review-3-missing")
        tab_to(page, "#summary")
        page.keyboard.type("Sound work; the runbook is thin.")
        tab_to(page, "[value='hand_in']")
        page.keyboard.press("Enter")
        expect(page.get_by_text("You handed this review in")).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Erin")
        assert page.locator(".dots .number").all_inner_texts() == ["3"] * 4
        window.shoot("review-4-handed-in")
        assert odd(window) == []


def test_candidates_are_compared_with_the_keyboard_alone(
    site: Site, panel: Panel, browser: Browser
) -> None:
    panel.judged(with_incidents(), name="Gwen")
    panel.judged(with_incidents(make_incidents("poor"), make_poor_evidence()), name="Piet")
    panel.judged(name="Quinn")
    with visitor(browser, site.platform.public_url) as window:
        page = come(site, window, site.house.cast.alice)
        page.goto(f"/hiring/compare?position={panel.position_id}")
        window.shoot("compare-1-choose")
        for _ in range(3):
            tab_to(page, "[name='ids']")
            page.keyboard.press("Space")
        tab_to(page, "main button")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("side by side")
        expect(page.get_by_text("By more than the noise:")).to_be_visible()
        tab_to(page, "details.card:not([open]) > summary")
        page.keyboard.press("Enter")
        assert page.locator("details.card[open]").count() == 2
        window.shoot("compare-2-desk")
        assert window.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_usable_on_a_phone(
    site: Site, panel: Panel, browser: Browser, scheme: str
) -> None:
    cast = site.house.cast
    judged, other = panel.judged(with_incidents()), panel.judged(make_poor_evidence())
    panel.reviewed(judged, cast.bob, 1)
    panel.reviewed(judged, cast.vera, 4)
    with visitor(browser, site.platform.public_url, PHONE, scheme) as window:  # type: ignore[arg-type]
        page = come(site, window, cast.alice)
        for name, path in {
            "reviews": "/hiring/reviews",
            "review": f"/hiring/assessments/{judged}/review",
            "decision": f"/hiring/assessments/{judged}/decision",
            "overrides": f"/hiring/assessments/{judged}/overrides",
            "compare": f"/hiring/compare?ids={judged}&ids={other}",
            "choose": f"/hiring/compare?position={panel.position_id}",
            "audit": "/hiring/audit",
        }.items():
            page.goto(path)
            window.shoot(f"people-{name}")
        assert window.complaints == []


def test_deciding_and_overriding_on_a_desk(site: Site, panel: Panel, browser: Browser) -> None:
    judged = panel.judged(make_poor_evidence())
    panel.draft(judged, site.house.cast.bob, design=1)
    with visitor(browser, site.platform.public_url, DESK) as window:
        page = come(site, window, site.house.cast.alice)
        page.goto(f"/hiring/assessments/{judged}/decision")
        page.get_by_label("Reject").check()
        page.get_by_label("Reason").fill("What is missing cannot be learnt in a week.")
        page.get_by_role("button", name="Decide").click()
        expect(page.get_by_role("alert")).to_contain_text("Not decided yet")
        window.shoot("decide-1-missing")
        page.get_by_label("Decide all the same").check()
        page.get_by_role("button", name="Decide all the same").click()
        expect(page.locator(".verdict")).to_contain_text("Reject")
        window.shoot("decide-2-decided")
        page.goto(f"/hiring/assessments/{judged}/overrides")
        page.locator("#criterion").select_option("shutdown_time")
        page.get_by_label("Share of its points").fill("50")
        page.get_by_label("Why").fill("the host lost its disk in that very minute")
        page.get_by_role("button", name="Override").click()
        expect(page.get_by_text("1 line overridden")).to_be_visible()
        window.shoot("override")
        page.goto("/hiring/audit")
        expect(page.get_by_role("cell", name="Review: overridden")).to_be_visible()
        window.shoot("audit")
        assert odd(window) == []
