"""What every answer says about itself, and what is refused before anything is done."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs
from tests.fakes.sittings import PUBLIC_URL
from tests.fakes.web import Extras, Site, a_site

from assay.web.app import create_app
from assay.web.bodies import BODY_MAX
from assay.web.headers import PAGE_POLICY


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


ANSWERS = ["/", "/hiring/sign-in", "/nothing", "/api/v1/nothing", "/livez", "/static/assay.css"]


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_forbids_what_it_does_not_need(site: Site, path: str) -> None:
    headers = site.browser().get(path).headers

    assert headers["content-security-policy"] == PAGE_POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert headers["x-request-id"]


def test_the_policy_allows_nothing_inline_and_nobody_else() -> None:
    assert PAGE_POLICY.startswith("default-src 'none'")
    assert "unsafe" not in PAGE_POLICY
    assert "frame-ancestors 'none'" in PAGE_POLICY
    assert "form-action 'self'" in PAGE_POLICY


def test_pages_are_not_kept_by_caches_and_files_are(site: Site) -> None:
    browser = site.browser()
    page = browser.get("/hiring/sign-in")
    asset = next(part for part in page.text.split('"') if part.startswith("/static/assay.css"))

    assert page.headers["cache-control"] == "no-store"
    assert "immutable" in browser.get(asset).headers["cache-control"]
    assert browser.get("/static/assay.css").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "origin": PUBLIC_URL},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/hiring/sign-in", "/candidate/start", "/api/v1/assessments"])
def test_what_another_site_makes_a_browser_send_is_refused(
    site: Site, path: str, headers: dict[str, str]
) -> None:
    answer = site.of(site.house.cast.alice).post(path, headers=headers)

    assert answer.status_code == 403
    assert "another site" in answer.text


@pytest.mark.parametrize(
    "headers",
    [{}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}, {"origin": PUBLIC_URL}],
    ids=str,
)
def test_our_own_pages_and_programs_are_let_through(site: Site, headers: dict[str, str]) -> None:
    form = {"email": "nobody@example.com", "password": "wrong wrong wrong"}

    assert site.browser().post("/hiring/sign-in", data=form, headers=headers).status_code == 401


def test_a_body_that_is_too_large_is_refused_unread(site: Site) -> None:
    form = {"email": "a" * (BODY_MAX + 1), "password": "x"}
    with capture_logs() as logs:
        page = site.browser().post("/hiring/sign-in", data=form)
        call = site.calls().post("/api/v1/assessments", content=b" " * (BODY_MAX + 1))

    assert page.status_code == call.status_code == 413
    assert "At most 64 KiB" in page.text
    assert call.json()["error"]["code"] == "too_large"
    assert [line["event"] for line in logs] == ["request", "request"]


def test_a_body_that_does_not_say_how_long_it_is_is_counted(site: Site) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(BODY_MAX // 1000 + 1):
            yield b" " * 1000

    headers = {"content-type": "application/json"}
    answer = site.calls().post("/api/v1/assessments", content=endless(), headers=headers)

    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


def test_the_longest_body_that_is_allowed_is_read(site: Site) -> None:
    form = {"email": "a" * (BODY_MAX - 100), "password": "x"}

    assert site.browser().post("/hiring/sign-in", data=form).status_code == 422


def test_an_unforeseen_error_is_answered_in_words_with_a_number_to_tell(site: Site) -> None:
    def broken() -> None:
        raise ZeroDivisionError("secret detail")

    site.app.add_api_route("/broken", broken)
    with capture_logs() as logs:
        answer = site.browser().get("/broken")

    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert answer.headers["content-security-policy"] == PAGE_POLICY
    assert [line["event"] for line in logs] == ["request failed", "request"]


def test_programs_get_refusals_as_json(site: Site) -> None:
    answer = site.browser().get("/api/v1/nothing")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


def test_every_request_is_one_line_with_its_route_and_no_secret(site: Site) -> None:
    with capture_logs() as logs:
        site.browser().get("/a/asi_" + "0" * 40)

    (line,) = (line for line in logs if line["event"] == "request")
    assert line["path"] == "/a/{token}"
    assert line["status"] == 404
    assert "asi_" not in json.dumps(line)


def test_machines_that_ask_every_second_fill_no_log(site: Site) -> None:
    with capture_logs() as logs:
        site.browser().get("/livez")

    assert logs == []


def test_without_https_cookies_still_work_and_nothing_promises_https(tmp_path: Path) -> None:
    site = a_site(tmp_path, Extras(public_url="http://127.0.0.1:8000"))
    browser = TestClient(
        create_app(site.platform), base_url="http://127.0.0.1:8000", follow_redirects=False
    )
    invitation = site.house.invite()
    answer = browser.get(invitation.path)

    assert "strict-transport-security" not in answer.headers
    assert answer.headers["set-cookie"].startswith("assay_candidate=")
    assert browser.get("/candidate").status_code == 200
    site.house.database.dispose()


def test_cookies_are_out_of_reach_of_scripts_and_bound_to_this_host(site: Site) -> None:
    cookie = site.browser().get(site.house.invite().path).headers["set-cookie"]

    assert cookie.startswith("__Host-assay_candidate=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
