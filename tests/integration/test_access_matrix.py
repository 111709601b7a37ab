"""Every route, asked by everybody: nobody gets more than `access_matrix.txt` says, and no less.

The table is made by asking (`ASSAY_RECORD=1` writes it anew), and read by people. What must hold
whatever it says is stated below it.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from tests.fakes.asking import sent_to
from tests.fakes.ground import Ground
from tests.fakes.web import Site, a_site

from assay.auth.keys import KeyOrder, create_key
from assay.domain.permissions import Role
from assay.web.dependencies import SIGN_IN

pytestmark = pytest.mark.slow

TABLE = Path(__file__).with_name("access_matrix.txt")
PEOPLE = ("nobody", "dana", "charlie", "vera", "bob", "alice")
KEYS = ("key:charlie", "key:viewer", "key:reviewer", "key:owner")
WHO = (*PEOPLE, *KEYS)
SAME = {"vera": "key:viewer", "bob": "key:reviewer", "alice": "key:owner"}
"""Member -> the key with the same role."""
WORDS: Mapping[int, str] = {
    400: "bad", 401: "sign-in", 403: "no", 404: "none", 405: "none", 409: "not-now",
    410: "none", 413: "bad", 422: "bad", 429: "later",
}  # fmt: skip
HEAD = """\
What everybody gets from every route; tests/integration/test_access_matrix.py writes and checks it.

Nobody; Dana, candidate of Alice's company; Charlie, owner of another company; Vera, Bob and Alice,
viewer, reviewer and owner of Alice's; and API keys: of Charlie's company, and of Alice's by role.
Every id in a path is of Alice's company.

yes: it is done or shown. sign-in: who are you? no: not with this role. none: there is no such
thing. not-now: its state forbids it. bad: what was sent makes no sense.

"""
PAPER = (503, "/hiring/assessments/{assessment_id}/scorecard.pdf")
"""Who may have it is told so, where what makes it is not installed."""
OWN_KEYS = {"greenhouse", "ashby", "lever"}
"""Parts of the API that applicant tracking systems call, each with a key of its own."""
NOBODYS = {
    "/a/{token}", "/hiring/link/{token}", "/hiring/oidc", "/hiring/oidc/callback",
    "/hiring/sign-in", "/api/v1/keys/{key_id}",
}  # fmt: skip
"""Paths with a secret or a name that opens nothing here."""


@dataclass(frozen=True)
class Cell:
    """What one of them got."""

    status: int
    word: str


Matrix = dict[tuple[str, str], dict[str, Cell]]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = a_site(tmp_path_factory.mktemp("site"))
    yield made
    made.house.database.dispose()


@pytest.fixture(scope="module")
def matrix(site: Site) -> Matrix:
    """All of it."""
    ground, routes = Ground(site), sorted(routes_of(site.app), key=lambda one: (one[1], one[0]))
    return {(method, path): row(ground, method, path, route) for method, path, route in routes}


def routes_of(app: FastAPI) -> Iterator[tuple[str, str, APIRoute]]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute):
            for method in context.methods or ():
                yield method, str(context.path), route


def row(ground: Ground, method: str, path: str, route: APIRoute) -> dict[str, Cell]:
    """From who may least to who may most; what was changed is made anew for the next."""
    found, site = {}, ground.site
    subject = ground.subject(path, anew=method != "GET")
    for who in WHO:
        site.forget_tries()
        answer = ask(client(site, who, subject["assessment_id"]), method, path, route, subject)
        found[who] = Cell(answer.status_code, word_of(answer, path))
        if method != "GET" and found[who].word == "yes" and who != WHO[-1]:
            subject = ground.subject(path)
    return found


def ask(
    browser: TestClient, method: str, path: str, route: APIRoute, subject: Mapping[str, Any]
) -> httpx2.Response:
    sent = sent_to(route, subject)
    if method == "POST" and subject["typed_here"]:
        sent["data"] = sent.get("data", {}) | subject["typed_here"]
    return browser.request(method, path.format(**subject), **sent)


def word_of(answer: httpx2.Response, path: str) -> str:
    if answer.status_code == 303 and path != "/hiring/sign-out":
        return "sign-in" if answer.headers["location"].startswith(SIGN_IN) else "yes"
    if answer.status_code < 400 or (answer.status_code, path) == PAPER:
        return "yes"
    return WORDS.get(answer.status_code, str(answer.status_code))


def client(site: Site, who: str, assessment_id: str) -> TestClient:
    cast = site.house.cast
    match who:
        case "nobody":
            return site.browser()
        case "dana":
            return site.of_candidate(assessment_id)
        case "charlie" | "vera" | "bob" | "alice":
            return site.of(getattr(cast, who))
        case "key:charlie":
            return with_key(site, cast.other_organisation_id, Role.OWNER, cast.charlie.user_id)
        case _:
            return site.calls(Role(who.removeprefix("key:")))


def with_key(site: Site, organisation_id: str, role: Role, user_id: str) -> TestClient:
    order = KeyOrder(organisation_id, "tests", role, created_by=user_id)
    with site.house.write() as session:
        token = create_key(session, order, site.house.time).token
    browser = site.browser()
    browser.headers["authorization"] = f"Bearer {token}"
    return browser


def written(matrix: Matrix) -> str:
    rows = [("", "", *WHO)]
    rows += [(m, p, *(cells[who].word for who in WHO)) for (m, p), cells in matrix.items()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
    return HEAD + "\n".join(lines) + "\n"


# --------------------------------------------------------------------------------- the whole table


def test_everybody_gets_what_the_table_says(matrix: Matrix) -> None:
    """A route without a row is a difference, too."""
    if "ASSAY_RECORD" in os.environ:
        TABLE.write_text(written(matrix))

    assert written(matrix) == TABLE.read_text()


def test_no_request_is_a_fault_of_ours_or_one_nobody_foresaw(matrix: Matrix) -> None:
    odd = [
        (route, who, cell.status)
        for route, cells in matrix.items()
        for who, cell in cells.items()
        if cell.word not in {"yes", *WORDS.values()}
    ]

    assert odd == []


# --------------------------------------------------------------- what must hold whatever it says


def test_each_route_does_something_for_somebody(matrix: Matrix) -> None:
    """Else the row proves nothing: what was sent made no sense to the route."""
    useless = [
        route
        for route, cells in matrix.items()
        if "yes" not in {cell.word for cell in cells.values()}
        and route[1] not in NOBODYS
        and not is_of_others(route[1])
    ]

    assert useless == []


def is_of_others(path: str) -> bool:
    """Whether only applicant tracking systems have a key for it."""
    return bool(OWN_KEYS.intersection(path.split("/")))


def named(path: str) -> list[str]:
    """What of Alice's company an address names."""
    parts = (part[1:-1] for part in path.split("/") if part.startswith("{"))
    return [part for part in parts if part.endswith("_id") and part != "challenge_id"]


@pytest.mark.parametrize("who", ["charlie", "key:charlie"])
def test_another_company_learns_of_nothing_of_alices(matrix: Matrix, who: str) -> None:
    reached = [
        (route, cells[who].word)
        for route, cells in matrix.items()
        if named(route[1])
        and cells[who].word not in {"none", "sign-in"}
        and not is_of_others(route[1])
        and (who == "charlie" or route[1] not in PEOPLE_ONLY)
    ]

    assert reached == []


def test_who_is_nobody_gets_only_what_is_public(matrix: Matrix) -> None:
    got = {path for (_, path), cells in matrix.items() if cells["nobody"].word == "yes"}

    assert got == {
        "/", "/livez", "/readyz", "/metrics",
        "/hiring/sign-in", "/hiring/sign-out", "/hiring/link", "/shared/{token}",
    }  # fmt: skip


def test_a_candidate_gets_nothing_of_the_teams_and_the_team_nothing_of_theirs(
    matrix: Matrix,
) -> None:
    for (_, path), cells in matrix.items():
        if path.startswith("/candidate"):
            assert {cells[who].word for who in WHO if who != "dana"} == {"sign-in"}, path
        if named(path) and path.startswith(("/hiring", "/api")) and not is_of_others(path):
            assert cells["dana"].word in {"sign-in", "no"}, path


def test_who_may_more_may_all_that_who_may_less_may(matrix: Matrix) -> None:
    for route, cells in matrix.items():
        for ladder in (("vera", "bob", "alice"), KEYS[1:]):
            may = [cells[who].word == "yes" for who in ladder]
            assert may == sorted(may), (route, ladder)


def test_a_viewer_changes_nothing_of_the_companys(matrix: Matrix) -> None:
    changed = {
        path
        for (method, path), cells in matrix.items()
        if method != "GET" and "yes" in (cells["vera"].word, cells["key:viewer"].word)
    }

    assert changed <= OF_THEIR_OWN


PEOPLE_ONLY = {
    "/api/v1/assessments/{assessment_id}/review",
    "/api/v1/assessments/{assessment_id}/overrides",
    "/api/v1/keys",
}
"""What a program cannot answer for: these are changed by members alone."""
OF_THEIR_OWN = {"/hiring/sign-out", "/hiring/link", "/hiring/positions/{position_id}/views"}
"""What a member changes for themselves alone."""


def test_a_key_may_what_a_member_with_its_role_may(matrix: Matrix) -> None:
    for (method, path), cells in matrix.items():
        if path.startswith("/api/") and (method == "GET" or path not in PEOPLE_ONLY):
            for member, key in SAME.items():
                assert cells[member].word == cells[key].word, (method, path, key)


def test_a_key_opens_no_page(matrix: Matrix) -> None:
    for (_, path), cells in matrix.items():
        if path.startswith(("/hiring/positions", "/hiring/assessments", "/candidate")):
            assert {cells[key].word for key in KEYS} == {"sign-in"}, path


def test_every_answer_of_the_api_is_in_its_document(site: Site, matrix: Matrix) -> None:
    paths = site.app.openapi()["paths"]
    undocumented = [
        (method, path, cell.status)
        for (method, path), cells in matrix.items()
        if path in paths
        for cell in cells.values()
        if str(cell.status) not in paths[path][method.lower()]["responses"]
    ]

    assert undocumented == []


# ------------------------------------------------------------------------------------- the cookies


@pytest.mark.parametrize("path", ["/candidate", "/candidate/token", "/hiring", "/hiring/reviews"])
def test_a_cookie_that_is_made_up_opens_nothing(site: Site, path: str) -> None:
    browser = site.browser()
    for cookie in ("team", "candidate"):
        browser.cookies.set(f"__Host-assay_{cookie}", "0" * 43)

    assert browser.get(path).status_code in {303, 401, 405}


def test_a_candidates_cookie_is_no_members_and_the_other_way_round(site: Site) -> None:
    assessment_id = site.house.started()
    dana = site.of_candidate(assessment_id).cookies["__Host-assay_candidate"]
    alice = site.of(site.house.cast.alice).cookies["__Host-assay_team"]
    swapped = site.browser()
    swapped.cookies.set("__Host-assay_team", dana)
    swapped.cookies.set("__Host-assay_candidate", alice)

    assert swapped.get("/hiring").status_code == 303
    assert swapped.get("/candidate").status_code == 401
