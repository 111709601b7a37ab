"""The report is read on a phone as well: nothing sticks out, and what is wide says so."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from tests.fakes.browsing import AXE, CHROMIUM, EVERYTHING, chromium, picture
from tests.fakes.decided import decided_evidence
from tests.fakes.incidents import (
    make_broken_rules,
    make_incidents,
    make_no_monitoring,
    make_thorough_incidents,
    with_incidents,
)

from assay.domain.evidence import Evidence
from assay.domain.judge import rescore
from assay.features.scorecards.report import render_report

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed here"),
    pytest.mark.slow,
]
WIDTH = 360
STICKING_OUT = """() => [...document.querySelectorAll("body *")]
  .filter((part) => !part.closest(".scroll, svg, .skip, thead"))
  .filter((part) => part.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map((part) => part.outerHTML.slice(0, 120))"""
WIDER_THAN_ITS_PLACE = """() => [...document.querySelectorAll(".stacked")]
  .filter((table) => table.closest(".scroll").scrollWidth > table.closest(".scroll").clientWidth)
  .map((table) => table.outerHTML.slice(0, 120))"""
OPEN_ALL = "() => document.querySelectorAll('details').forEach((one) => one.open = true)"
SITUATIONS: dict[str, Callable[[], Evidence]] = {
    "good": lambda: with_incidents(make_incidents()),
    "poor": lambda: with_incidents(make_incidents("poor")),
    "thorough": lambda: with_incidents(make_thorough_incidents("poor")),
    "broken": lambda: with_incidents(make_broken_rules()),
    "none": lambda: with_incidents(make_no_monitoring()),
    "decisions": decided_evidence,
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def shown(browser: Browser, situation: str, width: int) -> Page:
    evidence = SITUATIONS[situation]()
    page = browser.new_page(viewport={"width": width, "height": 740}, bypass_csp=True)
    page.set_content(render_report(evidence, rescore(evidence), examples=True))
    return page


@pytest.mark.parametrize("situation", SITUATIONS)
def test_nothing_sticks_out_of_a_phone(browser: Browser, situation: str) -> None:
    page = shown(browser, situation, WIDTH)
    picture(page, f"report-{situation}-{WIDTH}")
    page.evaluate(OPEN_ALL)

    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH
    assert page.evaluate(STICKING_OUT) == []
    assert page.evaluate(WIDER_THAN_ITS_PLACE) == []
    page.close()


def test_on_a_phone_every_cell_says_what_it_is(browser: Browser) -> None:
    page = shown(browser, "poor", WIDTH)
    label = "(cell) => getComputedStyle(cell, '::before').content"
    cells = page.locator(".incidents tbody tr").first.locator("td")
    said = [cells.nth(n).evaluate(label) for n in range(cells.count())]

    assert [text for text in said if "After" in text or "Credit" in text or "Ended" in text]
    assert page.locator(".hint").first.is_visible()
    page.close()


def test_on_a_desk_it_is_a_table_as_ever(browser: Browser) -> None:
    page = shown(browser, "poor", 1280)
    boxes: list[Any] = [
        page.locator(".incidents tbody tr").first.locator("td").nth(n).bounding_box()
        for n in range(2)
    ]

    assert boxes[0]["y"] == boxes[1]["y"]
    assert not page.locator(".hint").first.is_visible()
    page.close()


@pytest.mark.parametrize(
    ("situation", "section"), [("poor", "incidents"), ("decisions", "decisions")]
)
def test_the_cards_are_still_a_table_to_those_who_hear_them(
    browser: Browser, situation: str, section: str
) -> None:
    page = shown(browser, situation, WIDTH)
    page.add_script_tag(path=str(AXE))
    options = {"runOnly": EVERYTHING}
    run = f"(o) => axe.run('section[aria-labelledby={section}]', o)"
    found = page.evaluate(run, options)

    assert [(one["id"], one["nodes"][0]["html"][:120]) for one in found["violations"]] == []
    page.close()
