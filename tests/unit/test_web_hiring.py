"""What a hiring team can do on its pages."""

import re

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select
from tests.fakes.web import Site, words

from assay.db.states import move_evaluation
from assay.db.tables import Assessment, AuditEntry, Mail
from assay.domain.lifecycle import AssessmentState, EvaluationState


def invite(site: Site, browser: TestClient, **changes: str) -> str:
    form = {
        "challenge": site.house.package.challenge.id,
        "email": "erin@example.com",
        "name": "Erin",
        "valid_days": "7",
    }
    answer = browser.post("/hiring/invite", data=form | changes)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_inviting_mails_the_link_and_shows_it_once(site: Site, alice: TestClient) -> None:
    page = invite(site, alice)
    (shown,) = re.findall(r"https://assay\.example\.org(/a/asi_[0-9a-z]{40})", page)
    with site.house.read() as session:
        mails = session.exec(select(Mail)).all()

    assert [mail.recipient for mail in mails] == ["erin@example.com"]
    assert shown in mails[0].body
    assert site.browser().get(shown).status_code == 303


def test_the_ledger_knows_who_invited(site: Site, alice: TestClient) -> None:
    invite(site, alice)
    with site.house.read() as session:
        wanted = select(AuditEntry.actor).where(AuditEntry.action == "assessment:invited")
        actors = session.exec(wanted).all()

    assert actors == [f"user:{site.house.cast.alice.user_id}"]


def test_a_wrong_address_is_refused_in_words(site: Site, alice: TestClient) -> None:
    form = {"challenge": site.house.package.challenge.id, "email": "erin at home"}
    answer = alice.post("/hiring/invite", data=form)

    assert answer.status_code == 422
    assert "is no e-mail address" in answer.text


def test_an_invitation_that_is_refused_loses_nothing_that_was_typed(
    site: Site, alice: TestClient
) -> None:
    form = {
        "challenge": site.house.package.challenge.id,
        "email": "erin at home",
        "name": "Erin O'Hara",
        "valid_days": "91",
    }
    answer = alice.post("/hiring/invite", data=form)
    page = answer.text

    assert answer.status_code == 422
    assert 'value="erin at home"' in page
    assert 'value="Erin O&#39;Hara"' in page
    assert 'value="91"' in page
    assert f'<option value="{form["challenge"]}" selected>' in page
    for name in ("email", "valid_days"):
        assert f'href="#{name}"' in page
        assert f'aria-describedby="{name}-problem"' in page
        assert f'id="{name}-problem"' in page
    with site.house.read() as session:
        assert session.exec(select(Mail)).all() == []


@pytest.mark.parametrize("challenge", ["", "no-such-challenge"])
def test_an_invitation_to_no_challenge_is_asked_for_one(alice: TestClient, challenge: str) -> None:
    form = {"challenge": challenge, "email": "erin@example.com"}
    answer = alice.post("/hiring/invite", data=form)

    assert answer.status_code == 422
    assert "choose one from the list" in words(answer.text)
    assert 'value="erin@example.com"' in answer.text


def test_the_list_shows_the_own_organisation_the_latest_first(
    site: Site, alice: TestClient
) -> None:
    site.house.later(hours=1)
    invite(site, alice, name="Erin")
    site.house.invite(site.house.cast.other_organisation_id)
    page = words(alice.get("/hiring/assessments").text)

    assert page.index("Erin") < page.index("Dana")
    assert page.count("Dana") == 1


def test_one_assessment_shows_its_pushes_with_their_scorecards(
    site: Site, alice: TestClient
) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    site.judge(evaluation_id)
    page = alice.get(f"/hiring/assessments/{assessment_id}").text

    report = f"/hiring/evaluations/{evaluation_id}/files/report.html"
    assert f'href="{report}"' in page
    assert alice.get(report).headers["content-security-policy"].startswith("sandbox")
    assert alice.get(report.replace("report.html", "result.json")).json()["status"]
    assert alice.get(report.replace("report.html", "checkpoint")).status_code == 404


def test_the_team_sees_a_sealed_result_before_it_is_released(site: Site, alice: TestClient) -> None:
    assessment_id = site.house.started()
    site.pushed(assessment_id)
    sealed = site.sealed(assessment_id)
    site.judge(sealed)
    page = words(alice.get(f"/hiring/assessments/{assessment_id}").text)

    assert f"{site.house.evaluation(sealed).score:.1f} of 100" in page
    assert "not released to the candidate" in page


def test_release_lets_the_candidate_see_and_writes_a_mail(site: Site, alice: TestClient) -> None:
    assessment_id = site.house.started()
    site.pushed(assessment_id)
    site.judge(site.sealed(assessment_id))
    answer = alice.post(f"/hiring/assessments/{assessment_id}/release")

    assert answer.status_code == 303
    assert site.house.assessment(assessment_id).released_at == site.house.time
    with site.house.read() as session:
        assert any("result" in mail.subject for mail in session.exec(select(Mail)))


def test_there_is_nothing_to_release_before_the_end(site: Site, alice: TestClient) -> None:
    answer = alice.post(f"/hiring/assessments/{site.house.started()}/release")

    assert answer.status_code == 409
    assert "There is no result to release" in answer.text


def test_more_time_moves_the_deadline(site: Site, alice: TestClient) -> None:
    assessment_id = site.house.started()
    before = site.house.assessment(assessment_id).deadline_at
    form = {"hours": "1.5", "reason": "the power was out"}
    alice.post(f"/hiring/assessments/{assessment_id}/extend", data=form)
    after = site.house.assessment(assessment_id).deadline_at

    assert before
    assert after
    assert (after - before).total_seconds() == 5400


@pytest.mark.parametrize("hours", ["0", "-1", "nan", "inf", "99999", "x"])
def test_time_that_is_no_more_time_is_refused(site: Site, alice: TestClient, hours: str) -> None:
    form = {"hours": hours, "reason": "because"}
    answer = alice.post(f"/hiring/assessments/{site.house.started()}/extend", data=form)

    assert answer.status_code == 422


def test_more_time_that_is_refused_loses_nothing_that_was_typed(
    site: Site, alice: TestClient
) -> None:
    path = f"/hiring/assessments/{site.house.started()}/extend"
    hours = alice.post(path, data={"hours": "2161", "reason": "the power was out"})
    reason = alice.post(path, data={"hours": "1.5", "reason": "  "})

    assert (hours.status_code, reason.status_code) == (422, 422)
    assert "at most 2,160" in words(hours.text)
    assert 'value="2161"' in hours.text
    assert 'value="the power was out"' in hours.text
    assert 'id="hours-problem"' in hours.text
    assert "Say why" in words(reason.text)
    assert 'value="1.5"' in reason.text
    assert 'id="extend-reason-problem"' in reason.text
    assert "extend-reason-problem" not in hours.text
    assert "revoke-reason-problem" not in reason.text


@pytest.mark.parametrize("reason", ["", "   "])
def test_withdrawing_needs_a_reason(site: Site, alice: TestClient, reason: str) -> None:
    assessment_id = site.house.started()
    answer = alice.post(f"/hiring/assessments/{assessment_id}/revoke", data={"reason": reason})

    assert answer.status_code == 422
    assert 'id="revoke-reason-problem"' in answer.text
    assert 'href="#revoke-reason"' in answer.text
    assert site.house.assessment(assessment_id).state is AssessmentState.STARTED


def test_who_may_not_do_it_is_told_nothing_of_what_was_typed(site: Site) -> None:
    path = f"/hiring/assessments/{site.house.started()}"
    cast = site.house.cast

    assert site.of(cast.vera).post(f"{path}/extend", data={"hours": "x"}).status_code == 403
    assert site.of(cast.charlie).post(f"{path}/extend", data={"hours": "x"}).status_code == 404


def test_withdrawing_ends_it(site: Site, alice: TestClient) -> None:
    assessment_id = site.house.started()
    alice.post(f"/hiring/assessments/{assessment_id}/revoke", data={"reason": "filled"})

    assert site.house.assessment(assessment_id).state is AssessmentState.REVOKED


def test_deleting_needs_the_tick_and_removes_everything(site: Site, alice: TestClient) -> None:
    assessment_id = site.house.started()
    path = f"/hiring/assessments/{assessment_id}/delete"

    assert alice.post(path).status_code == 422
    assert alice.post(path, data={"sure": "on"}).status_code == 303
    with site.house.read() as session:
        assert session.get(Assessment, assessment_id) is None
    assert assessment_id not in site.house.repositories.there
    assert alice.get(f"/hiring/assessments/{assessment_id}").status_code == 404


def test_a_waiting_evaluation_can_be_cancelled(site: Site, alice: TestClient) -> None:
    evaluation_id = site.pushed(site.house.started())
    alice.post(f"/hiring/evaluations/{evaluation_id}/cancel")

    assert site.house.evaluation(evaluation_id).state is EvaluationState.CANCELLED
    assert alice.post(f"/hiring/evaluations/{evaluation_id}/cancel").status_code == 409


def test_what_failed_on_our_side_can_be_tried_again(site: Site, alice: TestClient) -> None:
    evaluation_id = site.pushed(site.house.started())
    site.begin(evaluation_id)
    with site.house.write() as session:
        running, fault = EvaluationState.RUNNING, EvaluationState.PLATFORM_FAULT
        move_evaluation(session, evaluation_id, was=running, then=fault)

    assert alice.post(f"/hiring/evaluations/{evaluation_id}/retry").status_code == 303
    assert site.house.evaluation(evaluation_id).state is EvaluationState.QUEUED


def test_a_deletion_that_was_asked_for_is_seen_in_the_list(site: Site, alice: TestClient) -> None:
    assessment_id = site.house.started()
    site.of_candidate(assessment_id).post("/candidate/data/deletion")

    assert "asks for deletion" in words(alice.get("/hiring/assessments").text)


def test_buttons_a_viewer_may_not_press_are_not_there(site: Site) -> None:
    assessment_id = site.house.started()
    evaluation_id = site.pushed(assessment_id)
    page = site.of(site.house.cast.vera).get(f"/hiring/assessments/{assessment_id}").text

    assert evaluation_id in page
    assert re.findall(r'action="/hiring/(?!sign-out)[^"]*"', page) == []
