"""A candidate's whole way in a real browser, on a desk and on a phone. Pictures: out/shots."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect
from tests.fakes.browsing import (
    DESK,
    PHONE,
    ROOT,
    Scheme,
    Visitor,
    chromium,
    served,
    visitor,
)
from tests.fakes.evidence import make_evidence, make_poor_evidence
from tests.fakes.ports import free_port
from tests.fakes.web import Extras, Site, a_site

from assay.auth.passwords import hash_password
from assay.db.tables import User
from assay.features.assessments import service as assessments
from assay.features.assessments.orders import Invitation
from assay.toolkit.package import ChallengePackage, load_challenge

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="module")
def package() -> ChallengePackage:
    return load_challenge(ROOT / "challenges" / "credit-scoring")


@pytest.fixture
def site(tmp_path: Path, package: ChallengePackage) -> Iterator[Site]:
    port = free_port()
    made = a_site(tmp_path, Extras(public_url=f"http://127.0.0.1:{port}"))
    made.house.package = package
    made.offer({package.challenge.id: package})
    with served(made.app, port):
        yield made
    made.house.database.dispose()


def url(site: Site) -> str:
    return site.platform.public_url


def invited(site: Site) -> Invitation:
    return site.house.invite()


def come(window: Visitor, invitation: Invitation) -> None:
    window.page.goto(invitation.path)


def build_and_load(site: Site, evaluation_id: str) -> None:
    """As a worker would tell it."""
    site.begin(evaluation_id, "build")
    site.tell(evaluation_id, "Step 1/9 : FROM python:3.11-slim")
    site.tell(evaluation_id, "Step 2/9 : COPY requirements.txt .")


LOOKS = [(DESK, "light"), (PHONE, "dark")]
looks = pytest.mark.parametrize(("size", "scheme"), LOOKS, ids=["desk", "phone"])


@looks
def test_from_the_invitation_to_the_result(
    site: Site, browser: Browser, size: tuple[int, int], scheme: Scheme
) -> None:
    invitation = invited(site)
    with visitor(browser, url(site), size, scheme) as window:
        come(window, invitation)
        start(window)
        push_and_watch(site, window, invitation.assessment_id)
        push_something_better(site, window, invitation.assessment_id)
        finish(site, window, invitation.assessment_id)
        see_the_result(site, window, invitation.assessment_id)
        ask_for_deletion(window)
        assert window.complaints == []


def start(window: Visitor) -> None:
    page = window.page
    expect(page.get_by_role("heading", level=1)).to_contain_text("Credit scoring")
    window.shoot("1-invitation")
    page.get_by_role("link", name="Brief", exact=True).click()
    expect(page.get_by_role("heading", name="The story")).to_be_visible()
    window.shoot("2-brief")
    page.goto("/candidate")
    page.get_by_role("button", name=re.compile("^Start")).click()
    expect(page.get_by_text("git clone http://candidate@")).to_be_visible()
    window.shoot("3-started")


def push_and_watch(site: Site, window: Visitor, assessment_id: str) -> None:
    page = window.page
    evaluation_id = site.pushed(assessment_id, "1f0c9d2ab34e" + "0" * 28)
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("Next in the queue")
    window.shoot("4-waiting")

    build_and_load(site, evaluation_id)
    expect(page.get_by_role("status")).to_contain_text("Being judged")
    expect(page.get_by_role("log")).to_contain_text("Step 2/9")
    site.tell(evaluation_id, "Step 3/9 : RUN pip install")
    expect(page.get_by_role("log")).to_contain_text("Step 3/9")
    window.shoot("5-live")

    site.judge(evaluation_id, make_poor_evidence())
    expect(page.get_by_text("Being judged")).to_have_count(0)
    expect(page.get_by_role("heading", name="Mend what is worth most")).to_be_visible()
    window.shoot("6-next")
    page.get_by_role("link", name="Feedback of push 1").click()
    expect(page.get_by_role("heading", name="Most worth mending")).to_be_visible()
    window.shoot("7-feedback")


def push_something_better(site: Site, window: Visitor, assessment_id: str) -> None:
    page = window.page
    evaluation_id = site.pushed(assessment_id, "77b1e4c05d9a" + "0" * 28)
    site.judge(evaluation_id, make_evidence())
    page.goto(f"/candidate/evaluations/{evaluation_id}")
    expect(page.get_by_text("against push #1")).to_be_visible()
    window.shoot("8-better")
    page.goto("/candidate")
    window.shoot("9-pushes")


def finish(site: Site, window: Visitor, assessment_id: str) -> None:
    page = window.page
    page.get_by_role("button", name=re.compile("Finish early")).click()
    window.shoot("10-finish")
    page.get_by_role("button", name="Finish for good").click()
    expect(page.get_by_role("heading", name="Final measurement")).to_be_visible()
    window.shoot("11-sealed")
    site.judge(site.sealed_one(assessment_id), make_evidence())
    expect(page.get_by_text("has the result")).to_be_visible()


def see_the_result(site: Site, window: Visitor, assessment_id: str) -> None:
    with site.house.write() as session:
        assessments.release(session, assessment_id, url(site), site.house.time)
    window.page.reload()
    expect(window.page.get_by_text("Your result is here")).to_be_visible()
    window.shoot("12-result")


def ask_for_deletion(window: Visitor) -> None:
    window.page.goto("/candidate/data")
    window.page.get_by_role("button", name="Ask for deletion").click()
    expect(window.page.get_by_text("You asked on")).to_be_visible()
    window.shoot("13-data")


def test_everything_works_without_scripts(site: Site, browser: Browser) -> None:
    invitation = invited(site)
    with visitor(browser, url(site), scripts=False) as window:
        page = window.page
        come(window, invitation)
        page.get_by_role("button", name=re.compile("^Start")).click()
        expect(page.get_by_text("git clone http://candidate@")).to_be_visible()
        evaluation_id = site.pushed(invitation.assessment_id)
        build_and_load(site, evaluation_id)
        page.reload()
        expect(page.get_by_role("status")).to_contain_text("Being judged")
        window.shoot("20-live")

        site.judge(evaluation_id)
        reloaded = page.get_by_role("link", name="Feedback of push 1")
        expect(reloaded).to_be_visible(timeout=15_000)
        page.get_by_role("link", name="Feedback of push 1").click()
        expect(page.get_by_role("heading", name="Line by line")).to_be_visible()
        page.goto("/candidate/finish")
        page.get_by_role("button", name="Finish for good").click()
        expect(page.get_by_text("being measured a final time")).to_be_visible()


def test_everything_is_reached_by_keyboard(site: Site, browser: Browser) -> None:
    with visitor(browser, url(site)) as window:
        page = window.page
        come(window, invited(site))
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.keyboard.press("Enter")
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.textContent").startswith("Start:"):
                break
        page.keyboard.press("Enter")
        expect(page.get_by_text("git clone http://candidate@")).to_be_visible()


def test_a_page_whose_scripts_come_slowly_is_live_all_the_same(
    site: Site, browser: Browser
) -> None:
    invitation = invited(site)
    site.house.start(invitation.assessment_id)
    evaluation_id = site.pushed(invitation.assessment_id)
    with visitor(browser, url(site)) as window:
        window.page.route(re.compile("hx-sse"), slowly)
        come(window, invitation)
        build_and_load(site, evaluation_id)
        expect(window.page.get_by_role("log")).to_contain_text("Step 2/9")


def slowly(route: Route) -> None:
    time.sleep(0.5)
    route.continue_()


def test_a_lost_connection_is_taken_up_where_it_broke_off(site: Site, browser: Browser) -> None:
    invitation = invited(site)
    site.house.start(invitation.assessment_id)
    evaluation_id = site.pushed(invitation.assessment_id)
    build_and_load(site, evaluation_id)
    with visitor(browser, url(site)) as window:
        come(window, invitation)
        log = window.page.get_by_role("log")
        expect(log).to_contain_text("Step 2/9")
        window.context.set_offline(True)
        site.tell(evaluation_id, "while nobody heard")
        window.context.set_offline(False)
        site.tell(evaluation_id, "and then")

        expect(log).to_contain_text("and then")
        expect(log).to_contain_text("while nobody heard")
        assert log.inner_text().count("Step 2/9") == 1


@looks
def test_a_hiring_manager_signs_in_invites_and_reads(
    site: Site, browser: Browser, size: tuple[int, int], scheme: Scheme
) -> None:
    with site.house.write() as session:
        alice = session.get_one(User, site.house.cast.alice.user_id)
        alice.password_hash = hash_password(PASSWORD)
    assessment_id = site.house.started()
    site.judge(site.pushed(assessment_id), make_poor_evidence())
    build_and_load(site, site.pushed(assessment_id))
    with visitor(browser, url(site), size, scheme) as window:
        sign_in(window)
        invite(window)
        read(window, assessment_id)


def sign_in(window: Visitor) -> None:
    page = window.page
    page.goto("/")
    window.shoot("30-welcome")
    page.get_by_role("button", name=re.compile("Sign in")).click()
    window.shoot("31-sign-in")
    page.get_by_label("E-mail address").first.fill("alice@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Positions")).to_be_visible()
    window.shoot("32-list")


def invite(window: Visitor) -> None:
    page = window.page
    page.goto("/hiring/invite")
    page.get_by_label(re.compile("Name")).fill("Erin")
    page.get_by_label(re.compile("E-mail")).fill("erin@example.com")
    window.shoot("33-invite")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("shown only this once")).to_be_visible()
    window.shoot("34-invited")


def read(window: Visitor, assessment_id: str) -> None:
    page = window.page
    page.goto(f"/hiring/assessments/{assessment_id}")
    expect(page.get_by_role("status")).to_contain_text("Being judged")
    window.shoot("35-assessment")
    page.get_by_role("link", name="Scorecard", exact=True).click()
    expect(page.get_by_text("Assay scorecard")).to_be_visible()
    page.goto("/hiring/assessments/asm_" + "0" * 16)
    expect(page.get_by_role("heading", level=1)).to_contain_text("nothing here")
    window.shoot("36-nothing")
