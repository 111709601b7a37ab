"""Every page and every call, tried as Alice, Bob, Vera, Charlie, Dana and nobody.

`ROUTES` names what each gets. A route that is not in it makes a test fail.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from tests.fakes.web import Site, a_site

from assay.db.states import move_evaluation
from assay.domain.lifecycle import EvaluationState

WHO = ("nobody", "dana", "charlie", "vera", "bob", "alice")
OK, MADE, GONE, MOVED, SIGN_IN, NO, NONE = 200, 201, 204, 303, 401, 403, 404


@dataclass(frozen=True)
class Try:
    """A request and what each of the cast gets, in the order of `WHO`."""

    method: str
    path: str
    expected: tuple[int, ...]
    send: dict[str, Any] = field(default_factory=dict)


def everybody(status: int) -> tuple[int, ...]:
    return (status,) * len(WHO)


PUBLIC = everybody(OK)
CANDIDATES = (SIGN_IN, OK, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN)
ACTS_AS_CANDIDATE = (SIGN_IN, MOVED, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN)
PAGES_OF_TEAM = (MOVED, MOVED, OK, OK, OK, OK)
PAGES_OF_OURS = (MOVED, MOVED, NONE, OK, OK, OK)
REVIEWERS_ACT = (SIGN_IN, SIGN_IN, NONE, NO, MOVED, MOVED)
OWNERS_ACT = (SIGN_IN, SIGN_IN, NONE, NO, NO, MOVED)
CALLS_OF_TEAM = (SIGN_IN, NO, OK, OK, OK, OK)
CALLS_ON_OURS = (SIGN_IN, NO, NONE, OK, OK, OK)
REVIEWERS_CALL = (SIGN_IN, NO, NONE, NO, OK, OK)
OWNERS_CALL = (SIGN_IN, NO, NONE, NO, NO, OK)

REASON = {"reason": "because"}
INVITE = {"challenge": "credit-scoring", "email": "erin@example.com"}
ORDER = {"challenge": "credit-scoring", "candidate_email": "erin@example.com"}

A, E = "{assessment_id}", "{evaluation_id}"
ROUTES = [
    Try("GET", "/", (OK, MOVED, MOVED, MOVED, MOVED, MOVED)),
    Try("GET", "/livez", PUBLIC),
    Try("GET", "/readyz", PUBLIC),
    Try("GET", "/metrics", PUBLIC),
    Try("GET", "/a/{token}", everybody(NONE)),
    Try("GET", "/candidate", CANDIDATES),
    Try("GET", "/candidate/brief", CANDIDATES),
    Try("GET", "/candidate/data", CANDIDATES),
    Try("GET", "/candidate/finish", CANDIDATES),
    Try("GET", f"/candidate/evaluations/{E}", CANDIDATES),
    Try("GET", f"/candidate/evaluations/{E}/events", CANDIDATES),
    Try("GET", f"/candidate/evaluations/{E}/files/{{name}}", CANDIDATES),
    Try("POST", "/candidate/start", (SIGN_IN, 409, SIGN_IN, SIGN_IN, SIGN_IN, SIGN_IN)),
    Try("POST", "/candidate/token", ACTS_AS_CANDIDATE),
    Try("POST", "/candidate/finish", ACTS_AS_CANDIDATE),
    Try("POST", "/candidate/data/deletion", ACTS_AS_CANDIDATE),
    Try("GET", "/hiring", PAGES_OF_TEAM),
    Try("GET", "/hiring/sign-in", PUBLIC),
    Try("POST", "/hiring/sign-in", everybody(SIGN_IN), {"data": {"email": "x", "password": "x"}}),
    Try("POST", "/hiring/sign-out", everybody(MOVED)),
    Try("POST", "/hiring/link", PUBLIC, {"data": {"email": "x"}}),
    Try("GET", "/hiring/link/{token}", everybody(NONE)),
    Try("POST", "/hiring/link/{token}", everybody(NONE)),
    Try("GET", "/hiring/oidc", everybody(NONE)),
    Try("GET", "/hiring/oidc/callback", everybody(NO)),
    Try("GET", "/hiring/invite", (MOVED, MOVED, OK, NO, OK, OK)),
    Try("POST", "/hiring/invite", (SIGN_IN, SIGN_IN, OK, NO, OK, OK), {"data": INVITE}),
    Try("GET", f"/hiring/assessments/{A}", PAGES_OF_OURS),
    Try("GET", f"/hiring/evaluations/{E}/events", PAGES_OF_OURS),
    Try("GET", f"/hiring/evaluations/{E}/files/{{name}}", PAGES_OF_OURS),
    Try("POST", f"/hiring/assessments/{A}/release", OWNERS_ACT),
    Try(
        "POST",
        f"/hiring/assessments/{A}/extend",
        REVIEWERS_ACT,
        {"data": {"hours": "1", **REASON}},
    ),
    Try("POST", f"/hiring/assessments/{A}/revoke", OWNERS_ACT, {"data": REASON}),
    Try("POST", f"/hiring/assessments/{A}/delete", OWNERS_ACT, {"data": {"sure": "on"}}),
    Try("POST", f"/hiring/evaluations/{E}/cancel", REVIEWERS_ACT),
    Try("POST", f"/hiring/evaluations/{E}/retry", REVIEWERS_ACT),
    Try("GET", f"/hiring/evaluations/{E}/comparison", PAGES_OF_OURS),
    Try("POST", f"/hiring/evaluations/{E}/adopt", OWNERS_ACT, {"data": REASON}),
    Try("GET", "/api/v1/challenges", CALLS_OF_TEAM),
    Try("GET", "/api/v1/challenges/{challenge_id}/health", CALLS_OF_TEAM),
    Try("GET", "/api/v1/assessments", CALLS_OF_TEAM),
    Try("POST", "/api/v1/assessments", (SIGN_IN, NO, MADE, NO, MADE, MADE), {"json": ORDER}),
    Try("GET", f"/api/v1/assessments/{A}", CALLS_ON_OURS),
    Try("DELETE", f"/api/v1/assessments/{A}", (SIGN_IN, NO, NONE, NO, NO, GONE)),
    Try("GET", f"/api/v1/assessments/{A}/submissions", CALLS_ON_OURS),
    Try(
        "POST",
        f"/api/v1/assessments/{A}/extend",
        REVIEWERS_CALL,
        {"json": {"hours": 1, **REASON}},
    ),
    Try("POST", f"/api/v1/assessments/{A}/revoke", OWNERS_CALL, {"json": REASON}),
    Try("POST", f"/api/v1/assessments/{A}/release", OWNERS_CALL),
    Try("GET", f"/api/v1/evaluations/{E}", CALLS_ON_OURS),
    Try("GET", f"/api/v1/evaluations/{E}/events", CALLS_ON_OURS),
    Try("GET", f"/api/v1/evaluations/{E}/files/{{name}}", CALLS_ON_OURS),
    Try("POST", f"/api/v1/evaluations/{E}/cancel", REVIEWERS_CALL),
    Try("POST", f"/api/v1/evaluations/{E}/retry", REVIEWERS_CALL),
    Try("POST", f"/api/v1/evaluations/{E}/adopt", OWNERS_CALL, {"json": REASON}),
    Try("GET", "/api/v1/keys", (SIGN_IN, NO, OK, NO, NO, OK)),
    Try("POST", "/api/v1/keys", (SIGN_IN, NO, MADE, NO, NO, MADE), {"json": {"name": "export"}}),
    Try("DELETE", "/api/v1/keys/{key_id}", (SIGN_IN, NO, NONE, NO, NO, NONE)),
]

JUDGED, WAITING, FAULTED, SEALED = "judged", "waiting", "faulted", "sealed"
REGRADED = "regraded"
NEEDS = {
    "cancel": WAITING,
    "retry": FAULTED,
    "release": SEALED,
    "adopt": REGRADED,
    "comparison": REGRADED,
}
"""How a path ends -> what must be there for it to work."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One for all: every try has an assessment of its own."""
    made = a_site(tmp_path_factory.mktemp("site"))
    yield made
    made.house.database.dispose()


def prepared(site: Site, path: str) -> dict[str, str]:
    """An assessment of Alice's company in the right state: what to fill into the path."""
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    match NEEDS.get(path.rpartition("/")[2], JUDGED):
        case "faulted":
            site.begin(evaluation_id)
            was, then = EvaluationState.RUNNING, EvaluationState.PLATFORM_FAULT
            with site.house.write() as session:
                move_evaluation(session, evaluation_id, was=was, then=then)
        case "sealed":
            site.judge(site.sealed(assessment_id))
        case "regraded":
            evaluation_id = site.regraded(assessment_id)
        case "judged":
            site.judge(evaluation_id)
    return {
        "assessment_id": assessment_id,
        "evaluation_id": evaluation_id,
        "challenge_id": "credit-scoring",
        "token": "asx_" + "0" * 40,
        "name": "report.html",
        "key_id": "key_" + "0" * 16,
    }


def clients(site: Site, assessment_id: str) -> dict[str, TestClient]:
    cast = site.house.cast
    return {
        "nobody": site.browser(),
        "dana": site.of_candidate(assessment_id),
        "charlie": site.of(cast.charlie),
        "vera": site.of(cast.vera),
        "bob": site.of(cast.bob),
        "alice": site.of(cast.alice),
    }


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_everybody_gets_what_they_may_have_and_no_more(site: Site, route: Try) -> None:
    got = {}
    known = prepared(site, route.path)
    for who in WHO:
        site.forget_tries()
        if route.method != "GET":
            known = prepared(site, route.path)
        client = clients(site, known["assessment_id"])[who]
        path = route.path.format(**known)
        got[who] = client.request(route.method, path, **route.send).status_code

    assert got == dict(zip(WHO, route.expected, strict=True))
    if route.path.startswith("/api/"):
        assert {str(status) for status in got.values()} <= documented(site, route)


def documented(site: Site, route: Try) -> set[str]:
    """The answers that the OpenAPI document promises."""
    operation = site.app.openapi()["paths"][route.path][route.method.lower()]
    return set(operation["responses"])


def test_no_route_is_left_out(site: Site) -> None:
    tried = {(route.method, route.path) for route in ROUTES}

    assert {*routes_of(site.app)} - tried == set()
    assert tried - {*routes_of(site.app)} == set()


def routes_of(app: FastAPI) -> Iterator[tuple[str, str]]:
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute):
            for method in route.methods or ():
                yield method, str(route.path)


@pytest.mark.parametrize("path", ["/candidate", "/candidate/token", "/hiring", "/hiring/invite"])
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
