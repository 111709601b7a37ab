"""The scorecard in a real browser: plots are drawn, nothing complains, everybody can read it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.fakes.browsing import (
    CHROMIUM,
    DESK,
    PHONE,
    Scheme,
    Visitor,
    chromium,
    served,
    visitor,
)
from tests.fakes.decided import decided_evidence
from tests.fakes.evidence import make_evidence, make_poor_evidence
from tests.fakes.handed_in import hand_in
from tests.fakes.incidents import make_incidents, with_incidents
from tests.fakes.ports import free_port
from tests.fakes.positions import judged_in
from tests.fakes.web import Extras, Site, a_site

from assay.auth.sessions import sign_in
from assay.domain import statistics

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed here"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str, str]]:
    """A site that is served, its address, and the path of a scorecard among others."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    site = a_site(tmp_path_factory.mktemp("site"), Extras(public_url=url))
    own = judged_in(site, None, "Erin", with_incidents(make_incidents("poor")))
    for number in range(6):
        evidence = make_poor_evidence() if number % 2 else make_evidence()
        judged_in(site, None, f"Other {number}", evidence)
    with served(site.app, port):
        yield site, url, f"/hiring/assessments/{own}/scorecard"
    site.house.database.dispose()


@pytest.fixture(scope="module")
def copied(place: tuple[Site, str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of the scorecard of somebody whose code another one handed in, too."""
    site, code = place[0], Path(statistics.__file__).read_text()
    scratch = tmp_path_factory.mktemp("work")
    first = hand_in(site, "Frank", scratch, code)
    hand_in(site, "Gina", scratch, code.replace("value", "figure"))
    return f"/hiring/assessments/{first}/scorecard"


@pytest.fixture(scope="module")
def decided(place: tuple[Site, str, str]) -> str:
    """The path of the scorecard of somebody whose service decides and has a bill."""
    own = judged_in(place[0], None, "Hana", decided_evidence())
    return f"/hiring/assessments/{own}/scorecard"


def enter(seen: Visitor, site: Site, url: str) -> None:
    with site.house.write() as session:
        token = sign_in(session, site.house.cast.alice.user_id, site.house.time)
    seen.context.add_cookies([{"name": "assay_team", "value": token, "url": url}])


@pytest.mark.parametrize(
    ("size", "scheme"), [(DESK, "light"), (PHONE, "dark"), ((360, 740), "light")]
)
def test_plots_are_drawn_and_nothing_complains(
    browser: Browser, place: tuple[Site, str, str], size: tuple[int, int], scheme: Scheme
) -> None:
    site, url, path = place
    with visitor(browser, url, size, scheme) as seen:
        enter(seen, site, url)
        seen.page.goto(path)
        seen.page.wait_for_selector(".plot[data-plot] canvas")
        seen.page.wait_for_selector(".plot[data-chart=pool] svg")
        drawn = seen.page.locator(".plot canvas, .plot svg:not(.lanes)").count()

        assert drawn == seen.page.locator(".plot").count() == 12
        assert seen.page.locator(".lanes rect").count() > 3
        assert seen.page.locator(".loading").is_hidden()
        seen.shoot("scorecard")
        assert seen.complaints == []


@pytest.mark.parametrize(
    ("size", "scheme"), [(DESK, "light"), (PHONE, "dark"), ((360, 740), "light")]
)
def test_decisions_and_money_can_be_read_by_everybody(
    browser: Browser, place: tuple[Site, str, str], decided: str, size: tuple[int, int],
    scheme: Scheme,
) -> None:  # fmt: skip
    site, url, _ = place
    with visitor(browser, url, size, scheme) as seen:
        enter(seen, site, url)
        seen.page.goto(decided)
        assert seen.page.locator("section[aria-labelledby=decisions] table").count() == 6
        assert seen.page.locator("section[aria-labelledby=decisions] img.picture").count() == 1
        seen.shoot("scorecard-decisions")
        assert seen.complaints == []


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "dark"), ((360, 740), "light")])
def test_changes_and_likeness_can_be_read_by_everybody(
    browser: Browser, place: tuple[Site, str, str], copied: str, size: tuple[int, int],
    scheme: Scheme,
) -> None:  # fmt: skip
    site, url, _ = place
    with visitor(browser, url, size, scheme) as seen:
        enter(seen, site, url)
        seen.page.goto(copied)
        seen.page.get_by_role("link", name="Side by side with Gina").click()
        seen.page.locator("tr.common").first.wait_for()
        assert seen.page.locator("tr.common").count() > 50
        seen.shoot("scorecard-alike")
        seen.page.goto(f"{copied}/changes")
        assert seen.page.locator("tr.added").count() > 50
        seen.shoot("scorecard-changes")
        assert seen.complaints == []


def test_without_script_pictures_of_ours_are_there(
    browser: Browser, place: tuple[Site, str, str]
) -> None:
    site, url, path = place
    with visitor(browser, url, scripts=False) as seen:
        enter(seen, site, url)
        seen.page.goto(path, wait_until="domcontentloaded")
        pictures = seen.page.locator("img.picture")

        assert pictures.count() == 10
        source = pictures.first.get_attribute("src") or ""
        assert seen.context.request.get(source).headers["content-type"] == "image/svg+xml"
        assert seen.complaints == []


def test_a_question_leads_to_its_line_by_keyboard(
    browser: Browser, place: tuple[Site, str, str]
) -> None:
    site, url, path = place
    with visitor(browser, url) as seen:
        enter(seen, site, url)
        seen.page.goto(path)
        link = seen.page.locator(".questions a").first
        target = link.get_attribute("href") or ""
        link.focus()
        seen.page.keyboard.press("Enter")

        assert seen.page.url.endswith(target)
        assert seen.page.locator(target).is_visible()


def test_when_figures_do_not_come_the_page_says_so(
    browser: Browser, place: tuple[Site, str, str]
) -> None:
    site, url, path = place
    with visitor(browser, url) as seen:
        enter(seen, site, url)
        seen.page.route("**/figures.json*", lambda route: route.abort())
        seen.page.goto(path)
        told = seen.page.locator(".loading")

        told.wait_for(state="visible")
        seen.page.wait_for_function(
            "() => document.querySelector('.loading').textContent.includes('could not be drawn')"
        )
        assert "tables" in told.inner_text()
