"""The audit log on its page and as a file."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from tests.fakes.web import Site, words

from assay.audit.ledger import Actor
from assay.features.assessments import service as assessments


def extended(site: Site, assessment_id: str, reason: str = "ill") -> None:
    member = site.house.cast.alice
    by = Actor(member.actor, member.organisation_id, "198.51.100.1")
    with site.house.write() as session:
        hour = timedelta(hours=1)
        assessments.extend(session, assessment_id, hour, reason, site.house.time, actor=by)


def test_it_says_who_did_what_to_what_and_why(site: Site, alice: TestClient) -> None:
    sitting = site.house.started()
    extended(site, sitting)
    page = words(alice.get("/hiring/audit").text)

    assert "Alice Assessment: extended Dana" in page
    assert "reason: ill" in page
    assert "from 198.51.100.1" in page


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("what=assessment:extended", True),
        ("what=assessment:", True),
        ("what=key:created", False),
        ("what=nonsense", False),
        ("who=system", False),
        ("since=2026-11-21&until=2026-11-21", True),
        ("since=2026-11-22", False),
        ("until=2026-11-20", False),
    ],
)
def test_filters_narrow(site: Site, alice: TestClient, query: str, there: bool) -> None:
    extended(site, site.house.started())
    main = alice.get(f"/hiring/audit?{query}").text.partition("<tbody>")[2]

    assert ("Assessment: extended" in main) is there


def test_where_nothing_fits_the_page_says_so(alice: TestClient) -> None:
    assert "Nothing fits" in words(alice.get("/hiring/audit?what=key:revoked").text)


def test_a_day_that_is_none_is_told(alice: TestClient) -> None:
    assert "2026-02-31 is no day" in words(alice.get("/hiring/audit?since=2026-02-31").text)


def test_the_pages_can_be_turned_and_keep_the_filter(site: Site, alice: TestClient) -> None:
    for _ in range(60):
        extended(site, site.house.invite().assessment_id)
    first = alice.get("/hiring/audit?what=assessment:extended").text
    (older,) = re.findall(r'href="(/hiring/audit\?[^"]*before=\d+)"', first)
    second = alice.get(older.replace("&amp;", "&")).text

    assert first.count('<td data-label="What">') == 50
    assert second.count('<td data-label="What">') == 10
    assert "before=" not in second


def test_as_csv_no_cell_is_a_formula(site: Site, alice: TestClient) -> None:
    sitting = site.house.started()
    with site.house.write() as session:
        session.get_one(type(site.house.assessment(sitting)), sitting).candidate_name = "=1+1"
    extended(site, sitting)
    answer = alice.get("/hiring/audit/export?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))

    assert "attachment" in answer.headers["content-disposition"]
    assert answer.text.startswith("\ufeff")  # without it Excel reads names as if they were Latin-1
    assert rows[0]["action"] == "assessment:extended"
    assert rows[0]["about"] == "'=1+1"
    assert json.loads(rows[0]["details"])["reason"] == "ill"


def test_as_json_it_is_the_same_and_the_export_is_an_entry(site: Site, alice: TestClient) -> None:
    extended(site, site.house.started())
    told = alice.get("/hiring/audit/export?format=json&what=assessment:extended").json()
    newest = alice.get("/hiring/audit/export?format=json").json()["entries"][0]

    assert [one["action"] for one in told["entries"]] == ["assessment:extended"]
    assert told["before"] is None
    assert newest["action"] == "assessment:exported"
    assert newest["details"]["entries"] == 1


def test_an_export_goes_on_where_the_one_before_ended(site: Site, alice: TestClient) -> None:
    for _ in range(3):
        extended(site, site.house.started())
    path = "/hiring/audit/export?format=json&what=assessment:extended"
    every = [one["id"] for one in alice.get(path).json()["entries"]]
    rest = alice.get(f"{path}&before={every[0]}").json()["entries"]

    assert len(every) == 3
    assert [one["id"] for one in rest] == every[1:]


@pytest.mark.parametrize("days", ["since=2026-02-31", "since=2026-11-22&until=2026-11-20"])
def test_a_file_of_days_that_cannot_be_is_refused(alice: TestClient, days: str) -> None:
    """Nobody takes everything, or nothing, for what they asked for."""
    refused = alice.get(f"/hiring/audit/export?{days}")

    assert refused.status_code == 422
    assert "day" in words(refused.text)
    assert 'role="alert"' in alice.get(f"/hiring/audit?{days}").text


def test_days_say_where_they_begin(alice: TestClient) -> None:
    assert "From (UTC)" in words(alice.get("/hiring/audit").text)


@pytest.mark.parametrize("path", ["/hiring/audit", "/hiring/audit/export"])
def test_only_owners_see_it_and_only_their_own(site: Site, path: str) -> None:
    cast, sitting = site.house.cast, site.house.started()
    extended(site, sitting, "a reason of Alice's company")

    assert site.of(cast.bob).get(path).status_code == 403
    assert site.of(cast.vera).get(path).status_code == 403
    assert site.browser().get(path).status_code == 303
    assert "a reason of Alice's" not in site.of(cast.charlie).get(path).text


def test_what_somebody_typed_stays_text(site: Site, alice: TestClient) -> None:
    extended(site, site.house.started(), "<img src=x onerror=alert(1)>")

    assert "<img src=x" not in alice.get("/hiring/audit?who=<img src=x>").text
