"""Every page of a hiring team, in every state, as people see it: on a desk, a tablet and a phone.

`PAGES` says which states a page is seen in. The pages themselves come from the routes: one that
nobody looks at makes a test fail. Pictures: out/shots.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from playwright.sync_api import Browser
from tests.fakes.browsing import CHROMIUM, Visitor, chromium, picture, served, visitor
from tests.fakes.companies import Company
from tests.fakes.ports import free_port
from tests.fakes.web import Extras, Site, a_site

from assay.auth.principal import Member
from assay.auth.sessions import sign_in
from assay.web.headers import FILE_POLICY, PAGE_POLICY

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not installed here"),
    pytest.mark.slow,
]

DESK, TABLET, PHONE = (1280, 900), (800, 1000), (360, 740)
Who = Literal["alice", "bob", "vera", "charlie", "nobody"]
NO_PAGE = "Failed to load resource"
"""How a browser tells that a page it was sent to was answered with a refusal: that is meant."""


@dataclass(frozen=True)
class View:
    """A page in one state.

    Attributes:
        name: Of the picture.
        address: With words of `Company.ids` in braces; "" the path itself.
    """

    name: str
    address: str = ""
    who: Who = "alice"
    status: int = 200


A, P = "/hiring/assessments", "/hiring/positions"
I = "/hiring/integrations"  # noqa: E741
PAGES: dict[str, list[View]] = {
    "/hiring": [View("positions"), View("positions-none", who="charlie")],
    "/hiring/sign-in": [View("sign-in", who="nobody")],
    "/hiring/link/{token}": [
        View("link", "/hiring/link/{link}", who="nobody"),
        View("link-used", f"/hiring/link/asl_{'0' * 40}", who="nobody", status=404),
    ],
    "/hiring/invite": [View("invite-without-position")],
    f"{P}/new": [
        View("position-choose"),
        View("position-new", f"{P}/new?challenge=credit-scoring"),
    ],
    f"{P}/{{position_id}}": [
        View("pipeline-many", f"{P}/{{busy}}"),
        View("pipeline-one", f"{P}/{{single}}"),
        View("pipeline-empty", f"{P}/{{nobody}}"),
        View("pipeline-no-match", f"{P}/{{busy}}?q=nobody-is-called-so"),
        View("pipeline-reviewer", f"{P}/{{busy}}", who="bob"),
        View("pipeline-foreign", f"{P}/{{busy}}", who="charlie", status=404),
    ],
    f"{P}/{{position_id}}/settings": [View("position-settings", f"{P}/{{busy}}/settings")],
    f"{P}/{{position_id}}/invite": [
        View("invite", f"{P}/{{busy}}/invite"),
        View("invite-refused", f"{P}/{{busy}}/invite", who="vera", status=403),
    ],
    f"{P}/{{position_id}}/fairness": [
        View("fairness", f"{P}/{{busy}}/fairness"),
        View("fairness-few", f"{P}/{{nobody}}/fairness"),
    ],
    A: [View("assessments"), View("assessments-none", who="charlie")],
    f"{A}/{{assessment_id}}": [
        View("assessment-judged", f"{A}/{{good}}"),
        View("assessment-running", f"{A}/{{running}}"),
        View("assessment-invited", f"{A}/{{invited}}"),
        View("assessment-revoked", f"{A}/{{revoked}}"),
        View("assessment-blind", f"{A}/{{poor}}", who="bob"),
        View("assessment-asks-deletion", f"{A}/{{poor}}"),
    ],
    f"{A}/{{assessment_id}}/scorecard": [
        View("scorecard-good", f"{A}/{{good}}/scorecard"),
        View("scorecard-poor", f"{A}/{{poor}}/scorecard"),
        View("scorecard-blind", f"{A}/{{poor}}/scorecard", who="bob"),
        View("scorecard-none", f"{A}/{{running}}/scorecard"),
    ],
    f"{A}/{{assessment_id}}/scorecard/changes": [
        View("changes", f"{A}/{{good}}/scorecard/changes")
    ],
    f"{A}/{{assessment_id}}/scorecard/alike/{{submission_id}}": [
        View("alike", f"{A}/{{good}}/scorecard/alike/{{poor-push}}")
    ],
    f"{A}/{{assessment_id}}/review": [
        View("review-new", f"{A}/{{poor}}/review", who="bob"),
        View("review-handed-in", f"{A}/{{good}}/review"),
    ],
    f"{A}/{{assessment_id}}/decision": [
        View("decision", f"{A}/{{good}}/decision"),
        View("decision-early", f"{A}/{{bare}}/decision"),
    ],
    f"{A}/{{assessment_id}}/overrides": [View("overrides", f"{A}/{{good}}/overrides")],
    f"{A}/{{assessment_id}}/documents": [
        View("documents", f"{A}/{{good}}/documents"),
        View("documents-none", f"{A}/{{bare}}/documents"),
    ],
    f"{A}/{{assessment_id}}/letter": [View("letter", f"{A}/{{good}}/letter")],
    f"{A}/{{assessment_id}}/paper": [View("paper", f"{A}/{{good}}/paper")],
    "/hiring/evaluations/{evaluation_id}/comparison": [
        View("regrade", "/hiring/evaluations/{regraded-run}/comparison")
    ],
    "/hiring/compare": [
        View("compare-choose", "/hiring/compare?position={busy}"),
        View("compare-two", "/hiring/compare?ids={good}&ids={poor}"),
        View("compare-three", "/hiring/compare?ids={good}&ids={poor}&ids={bare}"),
        View("compare-none", who="charlie"),
        View("compare-refused", "/hiring/compare?ids={good}", status=422),
    ],
    "/hiring/reviews": [
        View("reviews", who="bob"),
        View("reviews-none", who="charlie"),
    ],
    "/hiring/data": [View("data"), View("data-none", who="charlie")],
    "/hiring/audit": [View("audit"), View("audit-refused", who="vera", status=403)],
    "/hiring/team": [View("team"), View("team-refused", who="bob", status=403)],
    I: [View("integrations"), View("integrations-none", who="charlie")],
    f"{I}/new": [
        View("integration-new"),
        View("integration-greenhouse", f"{I}/new?kind=greenhouse"),
    ],
    f"{I}/{{endpoint_id}}": [View("integration")],
    f"{I}/deliveries/{{delivery_id}}": [View("delivery")],
    "/shared/{token}": [
        View("shared", "/shared/{share}", who="nobody"),
        View("shared-over", f"/shared/shr_{'0' * 40}", who="nobody", status=404),
    ],
}
NO_PAGES = {
    "/hiring/oidc": "leads away",
    "/hiring/oidc/callback": "leads on",
    "/hiring/evaluations/{evaluation_id}/events": "a stream",
    "/hiring/evaluations/{evaluation_id}/files/{name}": "a file",
    f"{P}/{{position_id}}/candidates.csv": "a file",
    f"{P}/{{position_id}}/candidates.json": "a file",
    f"{A}/{{assessment_id}}/scorecard.pdf": "a file",
    f"{A}/{{assessment_id}}/scorecard/figures.json": "a file",
    f"{A}/{{assessment_id}}/scorecard/plots/{{name}}.svg": "a file",
    "/hiring/audit/export": "a file",
}
"""Address that answers a GET and shows no page -> what it is."""


@dataclass
class Walk:
    """A company, its pages, and a browser."""

    site: Site
    company: Company
    browser: Browser

    def address(self, path: str, view: View) -> str:
        return (view.address or path).format(**self.company.ids)


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    port = free_port()
    site = a_site(tmp_path_factory.mktemp("site"), Extras(public_url=f"http://127.0.0.1:{port}"))
    company = Company(site, tmp_path_factory.mktemp("pushed"))
    company.fill()
    with served(site.app, port), chromium() as browser:
        yield Walk(site, company, browser)
    site.house.database.dispose()


def pages_of(site: Site) -> set[str]:
    """Every address a member, or who has a link, can go to."""
    found = set()
    for context in iter_route_contexts(site.app.routes):
        path = str(context.path)
        is_page = isinstance(context.original_route, APIRoute) and "GET" in (context.methods or ())
        if is_page and path.startswith(("/hiring", "/shared")):
            found.add(path)
    return found


def test_no_page_is_left_out(walk: Walk) -> None:
    assert pages_of(walk.site) - {*NO_PAGES} == {*PAGES}
    assert {*NO_PAGES} <= pages_of(walk.site)


VIEWS = [(path, view) for path, views in PAGES.items() for view in views]


@pytest.mark.parametrize(("path", "view"), VIEWS, ids=[view.name for _, view in VIEWS])
def test_it_can_be_read_and_used_by_everybody(walk: Walk, path: str, view: View) -> None:
    """Seen on a desk by day, then narrower, then on a phone, then at night."""
    with window_of(walk, view) as window:
        answer = window.page.goto(walk.address(path, view))
        assert answer
        assert answer.status == view.status
        assert answer.headers["content-security-policy"] in {PAGE_POLICY, FILE_POLICY}
        if answer.headers["content-security-policy"] == FILE_POLICY:
            return  # a document that runs no script, so none of ours either
        found = looked_at(window, view.name)
        complaints = [one for one in window.complaints if NO_PAGE not in one or view.status == 200]
    assert found + complaints == []


@contextmanager
def window_of(walk: Walk, view: View) -> Iterator[Visitor]:
    """A window in which whoever looks is signed in."""
    site, url = walk.site, walk.site.platform.public_url
    with visitor(walk.browser, url, DESK, "light") as window:
        if view.who != "nobody":
            with site.house.write() as session:
                member: Member = getattr(site.house.cast, view.who)
                token = sign_in(session, member.user_id, site.house.time)
            window.context.add_cookies([{"name": "assay_team", "value": token, "url": url}])
        yield window


def looked_at(window: Visitor, name: str) -> list[str]:
    """What is wrong with it, in each look."""
    found = said("desk by day", window.unreachable() + window.sticking_out())
    picture(window.page, f"{name}-desk-light")
    window.name = "phone-dark"  # from here on only what looks can change
    for look, (width, height), scheme in LOOKS:
        window.page.set_viewport_size({"width": width, "height": height})
        window.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        window.page.evaluate(PAINTED)
        found += said(look, sticking_out(window))
    found += said("phone by night", window.unreachable())
    picture(window.page, f"{name}-phone-dark")
    return found


def sticking_out(window: Visitor) -> list[str]:
    """What does, once plots have been drawn anew for this width."""
    for _ in range(FITTING_TRIES):
        if not window.sticking_out():
            return []
        window.page.wait_for_timeout(FITTING_MS)
    return window.sticking_out()


FITTING_TRIES, FITTING_MS = 10, 200
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
"""Until the page looks as it is to look now."""
LOOKS: list[tuple[str, tuple[int, int], Literal["light", "dark"]]] = [
    ("tablet by day", TABLET, "light"),
    ("phone by day", PHONE, "light"),
    ("desk by night", DESK, "dark"),
    ("phone by night", PHONE, "dark"),
]


def said(look: str, complaints: list[str]) -> list[str]:
    return [f"{look}: {one}" for one in complaints]
