"""Reviews, overrides, decisions and the audit log for programs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.fakes.evidence import make_poor_evidence
from tests.fakes.panels import SUMMARY, Panel, a_panel
from tests.fakes.web import Site, a_site

from assay.db.tables import Position
from assay.domain.human_rubric import DEFAULT_LINES
from assay.domain.permissions import Role

LINES = {line.id: {"score": 3, "note": ""} for line in DEFAULT_LINES}
WHOLE = {"lines": LINES, "summary": SUMMARY, "hand_in": True}
WHY = "the host lost its disk in that very minute"
RULING = {"verdict": "advance", "reason": "sound work, and two agree"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def panel(site: Site) -> Panel:
    return a_panel(site)


@pytest.fixture
def bob(site: Site) -> TestClient:
    return site.of(site.house.cast.bob)


def of(assessment_id: str, what: str) -> str:
    return f"/api/v1/assessments/{assessment_id}/{what}"


def test_a_review_is_written_and_handed_in(site: Site, panel: Panel, bob: TestClient) -> None:
    judged = panel.judged()
    panel.reviewed(judged, site.house.cast.alice)
    site.house.later(minutes=1)
    before = bob.get(of(judged, "reviews")).json()
    after = bob.put(of(judged, "review"), json=WHOLE).json()

    assert (before["blind"], before["reviews"], before["own"]) == (True, [], None)
    assert [line["id"] for line in before["lines"]] == [line.id for line in DEFAULT_LINES]
    assert after["blind"] is False
    assert [one["reviewer"] for one in after["reviews"]] == ["Alice", "Bob"]
    assert after["own"]["blindness"] == "blind"


def test_what_lacks_something_is_refused_and_kept_as_a_draft(panel: Panel, bob: TestClient) -> None:
    judged = panel.judged()
    part = {"lines": {"design": {"score": 2}}, "hand_in": True}
    answer = bob.put(of(judged, "review"), json=part)
    own = bob.get(of(judged, "reviews")).json()["own"]

    assert answer.status_code == 422
    assert len(answer.json()["error"]["problems"]) == len(DEFAULT_LINES)
    assert own["lines"] == {"design": {"score": 2, "note": ""}}
    assert own["handed_in_at"] is None


def test_a_line_that_is_not_asked_is_refused(panel: Panel, bob: TestClient) -> None:
    answer = bob.put(of(panel.judged(), "review"), json={"lines": {"beauty": {"score": 2}}})

    assert answer.status_code == 422
    assert "no line 'beauty'" in answer.json()["error"]["message"]


def test_a_key_is_nobody_who_could_review_or_override(site: Site, panel: Panel) -> None:
    judged, program = panel.judged(), site.calls()
    override = {"criterion": "shutdown_time", "fraction": 1.0, "reason": WHY}

    assert program.put(of(judged, "review"), json=WHOLE).status_code == 403
    assert program.post(of(judged, "overrides"), json=override).status_code == 403


def test_an_override_gives_both_totals(site: Site, panel: Panel) -> None:
    alice = site.of(site.house.cast.alice)
    sent = {"criterion": "shutdown_time", "fraction": 0.0, "reason": WHY}
    answer = alice.post(of(panel.judged(), "overrides"), json=sent)

    assert answer.status_code == 201
    told = answer.json()
    assert told["total"] < told["machine_total"]
    assert [(one["criterion"], one["now"]) for one in told["overrides"]] == [("shutdown_time", 0.0)]


def test_totals_are_by_the_weights_of_the_position(site: Site, panel: Panel) -> None:
    with site.house.write() as session:
        session.get_one(Position, panel.position_id).weights = '{"latency": 2.0}'
    judged = panel.judged(make_poor_evidence())
    row = site.house.assessment(judged)
    told = site.calls().get(of(judged, "overrides")).json()

    assert (told["machine_total"], told["unweighted_total"]) == (row.weighted, row.score)
    assert told["machine_total"] != told["unweighted_total"]
    assert told["total"] is None


def test_who_reviews_the_work_blindly_is_told_nothing_that_others_said(
    site: Site, panel: Panel, bob: TestClient
) -> None:
    judged, alice = panel.judged(), site.of(site.house.cast.alice)
    sent = {"criterion": "shutdown_time", "fraction": 0.0, "reason": WHY}
    alice.post(of(judged, "overrides"), json=sent)
    panel.draft(judged, site.house.cast.alice, design=2)

    for browser in (bob, alice):
        for what in ("overrides", "decisions"):
            refused = browser.get(of(judged, what))
            assert (refused.status_code, WHY in refused.text) == (403, False)
    decided = alice.post(of(judged, "decisions"), json=RULING | {"confirmed": True})
    assert decided.status_code == 409
    assert "own review" in decided.json()["error"]["message"]
    assert site.calls().get(of(judged, "overrides")).status_code == 200


def test_a_program_decides_once_it_has_confirmed_what_is_missing(site: Site, panel: Panel) -> None:
    judged, program = panel.judged(), site.calls()
    refused = program.post(of(judged, "decisions"), json=RULING)
    done = program.post(of(judged, "decisions"), json=RULING | {"confirmed": True})

    assert refused.status_code == 409
    assert "obody has reviewed the work" in refused.json()["error"]["message"]
    assert done.status_code == 201
    assert [one["user_id"] for one in done.json()["decisions"]] == [None]
    assert done.json()["concerns"] == ["nobody has reviewed the work"]


def test_a_reviewers_key_decides_nothing(site: Site, panel: Panel) -> None:
    program = site.calls(Role.REVIEWER)

    assert program.post(of(panel.judged(), "decisions"), json=RULING).status_code == 403


def test_the_audit_log_is_turned_page_by_page(site: Site, panel: Panel) -> None:
    panel.judged()
    program = site.calls()
    first = program.get("/api/v1/audit?action=assessment:").json()
    last = first["entries"][-1]["id"]
    rest = program.get(f"/api/v1/audit?action=assessment:&before={last}").json()

    assert {one["action"].partition(":")[0] for one in first["entries"]} == {"assessment"}
    assert rest == {"entries": [], "before": None}
    assert site.calls(Role.REVIEWER).get("/api/v1/audit").status_code == 403


@pytest.mark.parametrize(
    "moment", ["2026-11-22T00:00:00Z", "2026-11-22T02:00:00+02:00", "2026-11-22T00:00:00"]
)
def test_an_instant_is_meant_in_utc_unless_it_says_otherwise(site: Site, moment: str) -> None:
    site.house.started()
    program = site.calls()

    assert program.get("/api/v1/audit", params={"since": moment}).json()["entries"] == []
    assert program.get("/api/v1/audit", params={"until": moment}).json()["entries"]


@pytest.mark.parametrize("what", ["reviews", "overrides", "decisions"])
def test_another_companys_candidate_is_not_there(site: Site, panel: Panel, what: str) -> None:
    charlie = site.of(site.house.cast.charlie)

    assert charlie.get(of(panel.judged(), what)).status_code == 404
