"""A real server on a real port, a real browser, and axe-core to look at pages with."""

import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "out" / "shots"
AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
CHROMIUM = "/usr/bin/chromium"
Scheme = Literal["light", "dark"]
DESK, PHONE = (1280, 900), (390, 844)
STICKING_OUT = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("main *")]
    .filter((part) => !part.closest(".scroll"))
    .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
    .map((part) => `scrolls sideways: ${part.outerHTML.slice(0, 120)}`)"""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EVERYTHING = {"type": "tag", "values": TAGS}
VIOLATIONS = "(found) => found.violations"
"""What is all right stays in the browser: of a long page it is megabytes, and takes seconds."""
CHANGED_BY_LOOKS = {
    "type": "rule",
    "values": ["color-contrast", "scrollable-region-focusable", "target-size"],
}
"""What can differ on a phone in the dark: the page itself was looked at on a desk."""


def picture(page: Page, name: str) -> None:
    """Keep what a page looks like, for people; in CI, where nobody looks, nothing is kept."""
    if "CI" not in os.environ:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


@contextmanager
def served(app: FastAPI, port: int) -> Iterator[str]:
    """The address under which it answers."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="warning", ws="none",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@dataclass
class Visitor:
    """A browser window, and everything it complained about."""

    context: BrowserContext
    page: Page
    name: str
    complaints: list[str] = field(default_factory=list)

    def shoot(self, name: str) -> None:
        """Look at the page: picture, accessibility, width.

        A click ends when the page that it leads to has begun, not when it is there.
        """
        self.page.wait_for_load_state()
        picture(self.page, f"{name}-{self.name}")
        if self.name == "no-script":
            return
        complaints = self.sticking_out() + self.unreachable()
        assert not complaints, f"{name} ({self.name}):\n" + "\n".join(complaints)

    def sticking_out(self) -> list[str]:
        """What makes the page scroll sideways."""
        found: list[str] = self.page.evaluate(STICKING_OUT)
        return found

    def unreachable(self) -> list[str]:
        """What axe-core finds."""
        self.page.evaluate(AXE.read_text())
        wanted = CHANGED_BY_LOOKS if self.name == "phone-dark" else EVERYTHING
        run = {"runOnly": wanted, "resultTypes": ["violations"]}
        found: Any = self.page.evaluate(f"axe.run(document, {json.dumps(run)}).then({VIOLATIONS})")
        return [
            f"{violation['id']}: {node['html'][:160]}"
            for violation in found
            for node in violation["nodes"]
        ]

    def hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@contextmanager
def visitor(
    browser: Browser,
    url: str,
    size: tuple[int, int] = DESK,
    scheme: Scheme = "light",
    *,
    scripts: bool = True,
) -> Iterator[Visitor]:
    """A fresh window. `scripts`: whether it runs JavaScript."""
    width, height = size
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": height},
        java_script_enabled=scripts,
        color_scheme=scheme,
        locale="en-GB",
        timezone_id="Europe/Berlin",
    )
    context.set_default_timeout(8_000)
    page = context.new_page()
    name = "no-script" if not scripts else f"{'phone' if size == PHONE else 'desk'}-{scheme}"
    made = Visitor(context, page, name)
    page.on("console", made.hear)
    page.on("pageerror", lambda error: made.complaints.append(str(error)))
    yield made
    context.close()
