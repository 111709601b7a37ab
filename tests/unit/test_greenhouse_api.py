"""Greenhouse's assessment-partner API, as Greenhouse documents it, from the order to the result."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import select
from tests.fakes.evidence import make_poor_evidence
from tests.fakes.greenhouse_stand_in import BASE, Greenhouse
from tests.fakes.integrations import (
    Worker,
    a_position,
    an_endpoint,
    assessments_of,
    deliveries_in,
    kinds_in,
    partly_measured,
    reach_out,
    sat,
    settled,
)
from tests.fakes.web import Site, a_site
from tests.fakes.webhook_stand_in import Answer, standing

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.db.tables import AuditEntry, Evaluation, Mail, Override
from assay.domain.hiring import EndpointKind
from assay.domain.lifecycle import AssessmentState
from assay.features.assessments import service as assessments
from assay.features.integrations import endpoints

KIND = EndpointKind.GREENHOUSE


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def greenhouse(site: Site) -> Iterator[Greenhouse]:
    """Connected to Alice's company, and awaiting results on this machine."""
    key = an_endpoint(site.house, KIND).secret
    with standing(Greenhouse(site.browser(), key)) as made:
        reach_out(site, made.place)
        yield made


@pytest.fixture
def position_id(site: Site) -> str:
    return a_position(site.house)


def worker_of(site: Site) -> Worker:
    return Worker(site.house, hosts=site.platform.outward.greenhouse_hosts)


def open_invitation(site: Site, assessment_id: str) -> str:
    """The address in the mail that the candidate got."""
    with site.house.read() as session:
        mail = session.get_one(Mail, f"{assessment_id}:invitation")
    assert mail.recipient == "hpotter@hogwarts.example"
    assert "Hello Harry Potter," in mail.body
    return next(word for word in mail.body.split() if "/a/asi_" in word)


# ------------------------------------------------------------------------------------- the flow


def test_an_order_comes_back_as_a_result(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    """Ordered over there, invited by mail, pushed, sealed, told, asked for, shown."""
    house = site.house
    (test,) = greenhouse.list_tests().json()
    assert test == {"partner_test_id": position_id, "partner_test_name": "ML engineer"}

    interview_id = greenhouse.send_test(test["partner_test_id"]).json()["partner_interview_id"]
    (assessment,) = assessments_of(house, position_id)
    assert greenhouse.test_status(interview_id).json()["partner_status"] == "invited"

    candidate = site.browser()
    assert candidate.get(open_invitation(site, assessment.id)).status_code == 303
    assert candidate.post("/candidate/start").status_code in (200, 303)
    assert greenhouse.test_status(interview_id).json()["partner_status"] == "started"

    settled(site, site.pushed(assessment.id))
    assert candidate.post("/candidate/finish").status_code == 303
    worker = worker_of(site)
    worker.work()
    assert greenhouse.asked == [], "there is nothing to tell before the result"
    status = greenhouse.test_status(interview_id).json()
    assert (status["partner_status"], status["partner_score"]) == ("being_measured", None)

    sealed = site.sealed_one(assessment.id)
    settled(site, sealed)
    worker.work()
    (asked,) = greenhouse.asked
    assert (asked.method, asked.path, asked.body) == (
        "PATCH", "/integrations/testing_partners/take_home_tests/1", b"",
    )  # fmt: skip
    shown = greenhouse.sent[1].status
    assert shown["partner_status"] == "complete"
    assert shown["partner_score"] == house.evaluation(sealed).score
    assert shown["partner_profile_url"] == (
        f"https://assay.example.org/hiring/assessments/{assessment.id}"
    )
    assert shown["metadata"]["Pushes"] == 1
    assert greenhouse.complaints == []
    assert deliveries_in(house)[0].status == 200


def test_an_assessment_that_ends_without_a_push_is_complete_and_has_no_score(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    greenhouse.send_test(position_id)
    (assessment,) = assessments_of(site.house, position_id)
    site.house.start(assessment.id)
    site.house.finish(assessment.id)
    worker_of(site).work()
    shown = greenhouse.sent[1].status

    assert (shown["partner_status"], shown["partner_score"]) == ("complete", None)
    assert "without a push" in shown["metadata"]["Notes"]


def test_a_result_with_lines_of_ours_unmeasured_is_not_complete(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    interview_id = greenhouse.send_test(position_id).json()["partner_interview_id"]
    (assessment,) = assessments_of(site.house, position_id)
    sealed = sat(site, assessment.id)
    with site.house.write() as session:
        row = session.get_one(Evaluation, sealed)
        row.score, row.complete = None, False
    worker_of(site).work()

    assert greenhouse.asked == []
    shown = greenhouse.test_status(interview_id).json()
    assert (shown["partner_status"], shown["partner_score"]) == ("needs_attention", None)


def test_a_score_that_leaves_lines_out_says_so(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    greenhouse.send_test(position_id)
    (assessment,) = assessments_of(site.house, position_id)
    sat(site, assessment.id, partly_measured())
    worker_of(site).work()
    shown = greenhouse.sent[1].status

    assert shown["partner_status"] == "complete"
    assert "Some lines were not measured" in shown["metadata"]["Notes"]
    assert " to " in shown["metadata"]["95 % Interval"]


def test_the_score_is_that_by_which_the_position_orders_its_candidates(
    site: Site, greenhouse: Greenhouse
) -> None:
    weighing = a_position(site.house, weights='{"privacy": 3.0}')
    greenhouse.send_test(weighing)
    (assessment,) = assessments_of(site.house, weighing)
    sealed = sat(site, assessment.id, make_poor_evidence())
    worker_of(site).work()
    shown, unweighted = greenhouse.sent[1].status, site.house.evaluation(sealed).score
    (row,) = assessments_of(site.house, weighing)

    assert row.weighted != unweighted, "else this shows nothing"
    assert shown["partner_score"] == row.weighted
    assert f"{unweighted:.1f} without them" in shown["metadata"]["Notes"]


def test_what_people_decided_otherwise_is_said_beside_the_score(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    interview_id = greenhouse.send_test(position_id).json()["partner_interview_id"]
    (assessment,) = assessments_of(site.house, position_id)
    sealed = sat(site, assessment.id)
    with site.house.write() as session:
        session.add(
            Override(
                assessment_id=assessment.id, evaluation_id=sealed, criterion="cost", was=1.0,
                now=0.5, reason="seen in the interview", at=site.house.time,
                user_id=site.house.cast.alice.user_id,
            )
        )  # fmt: skip
    shown = greenhouse.test_status(interview_id).json()

    assert shown["partner_score"] == site.house.evaluation(sealed).score
    assert "People decided otherwise about one line" in shown["metadata"]["Notes"]
    assert "interview" not in shown["metadata"]["Notes"]


def test_another_result_that_counts_is_told_again(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    greenhouse.send_test(position_id)
    (assessment,) = assessments_of(site.house, position_id)
    sealed = sat(site, assessment.id)
    worker = worker_of(site)
    worker.work()
    with site.house.write() as session:
        by = Actor("system", site.house.cast.organisation_id)
        record(session, Tag.ADOPTED, by=by, subject=sealed, now=site.house.time)
    worker.work()

    assert [asked.method for asked in greenhouse.asked] == ["PATCH", "PATCH"]


def test_the_member_who_sent_the_test_counts_as_the_one_who_invited(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    greenhouse.send_test(position_id)
    greenhouse.send_test(position_id, application=2, sent_by="charlie@example.com")
    bobs, charlies = sorted(assessments_of(site.house, position_id), key=lambda one: one.number)

    assert bobs.invited_by == site.house.cast.bob.user_id
    assert charlies.invited_by is None, "who is in another company is nobody here"


def test_the_ledger_knows_that_it_was_ordered_and_names_nobody(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    greenhouse.send_test(position_id)
    with site.house.read() as session:
        found = session.exec(select(AuditEntry)).all()
    ordered = [entry for entry in found if entry.action == Tag.ATS_ORDERED.value]

    assert [entry.actor for entry in ordered] == [f"endpoint:{ordered[0].subject}"]
    assert not any("potter" in entry.details.lower() for entry in found)


# ------------------------------------------------------------------------------------ duplicates


def test_the_same_order_is_the_same_interview_and_one_mail(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    first, again = (greenhouse.send_test(position_id).json() for _ in range(2))

    assert first == again
    assert len(assessments_of(site.house, position_id)) == 1
    with site.house.read() as session:
        mails = session.exec(select(Mail).where(Mail.recipient == "hpotter@hogwarts.example"))
        assert len(mails.all()) == 1


def test_a_repeated_order_is_answered_where_it_was_sent_last(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    for _ in range(2):
        greenhouse.send_test(position_id)
    (assessment,) = assessments_of(site.house, position_id)
    site.house.start(assessment.id)
    site.house.finish(assessment.id)
    worker_of(site).work()

    assert [asked.path.rpartition("/")[2] for asked in greenhouse.asked] == ["2"]


def test_another_application_or_another_test_is_another_order(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    other = a_position(site.house, "Platform engineer")
    found = {
        greenhouse.send_test(test, application=application).json()["partner_interview_id"]
        for test in (position_id, other)
        for application in (1, 2)
    }

    assert len(found) == 4


def test_ordered_again_after_it_was_withdrawn_the_candidate_is_invited_again(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    first = greenhouse.send_test(position_id).json()["partner_interview_id"]
    (assessment,) = assessments_of(site.house, position_id)
    with site.house.write() as session:
        assessments.revoke(session, site.house.jobs, assessment.id, "why", site.house.time)
    second = greenhouse.send_test(position_id).json()["partner_interview_id"]

    assert first != second
    assert greenhouse.test_status(first).json()["partner_status"] == "revoked"
    assert greenhouse.test_status(second).json()["partner_status"] == "invited"


def test_two_keys_may_order_for_the_same_application(site: Site, position_id: str) -> None:
    calls = [Greenhouse(site.browser(), an_endpoint(site.house, KIND).secret) for _ in range(2)]
    reach_out(site, "app.greenhouse.io")
    for call in calls:
        call.url = "https://app.greenhouse.io"
    found = {call.send_test(position_id).json()["partner_interview_id"] for call in calls}

    assert len(found) == 2
    assert calls[0].test_status(max(found - {calls[0].sent[1].interview_id})).status_code == 404


# --------------------------------------------------------------------------------------- refusals


def all_calls(ours: TestClient, headers: dict[str, str], position_id: str) -> dict[str, int]:
    order = Greenhouse(ours, "").order(position_id)
    report = {"api_call": "test_status", "errors": ["x"]}
    query = {"partner_interview_id": "1"}
    return {
        "list_tests": ours.get(f"{BASE}/list_tests", headers=headers).status_code,
        "send_test": ours.post(f"{BASE}/send_test", json=order, headers=headers).status_code,
        "test_status": ours.get(f"{BASE}/test_status", params=query, headers=headers).status_code,
        "response_error": ours.post(
            f"{BASE}/response_error", json=report, headers=headers
        ).status_code,
    }


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Basic"}, {"authorization": "Basic !!!"},
     {"authorization": "Basic OjpY"}, {"authorization": "Bearer age_" + "0" * 40}],
    ids=["nothing", "no key", "garbage", "a password", "bearer"],
)  # fmt: skip
def test_without_a_key_everything_is_401(
    site: Site, position_id: str, headers: dict[str, str]
) -> None:
    assert set(all_calls(site.browser(), headers, position_id).values()) == {401}
    assert assessments_of(site.house, position_id) == []


def test_a_wrong_key_is_401_and_so_is_that_of_another_kind(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    ashby = an_endpoint(site.house, EndpointKind.ASHBY, their_key="theirs").secret
    for key in ("age_" + "0" * 40, ashby, site.key(), greenhouse.key[:-1], greenhouse.key + "0"):
        site.forget_tries()
        reach_out(site, greenhouse.place)
        headers = greenhouse.headers(key)
        assert set(all_calls(site.browser(), headers, position_id).values()) == {401}


def test_a_key_that_was_changed_or_switched_off_opens_nothing(
    site: Site, greenhouse: Greenhouse
) -> None:
    house, ours = site.house, site.house.cast.organisation_id
    by = Actor(house.cast.alice.actor, ours)
    with house.write() as session:
        (row,) = endpoints.endpoints_of(session, ours)
        new = endpoints.change_secret(session, ours, row.id, house.time, actor=by).secret
    assert greenhouse.list_tests().status_code == 401
    greenhouse.key = new
    assert greenhouse.list_tests().status_code == 200
    with house.write() as session:
        endpoints.disable(session, ours, row.id, house.time, actor=by)
    assert greenhouse.list_tests().status_code == 401


def test_guessing_keys_is_slowed_down(site: Site, greenhouse: Greenhouse) -> None:
    answers = [
        site.browser().get(f"{BASE}/list_tests", headers=greenhouse.headers(f"age_{n:040}"))
        for n in range(31)
    ]

    assert [answer.status_code for answer in answers] == [401] * 30 + [429]


def test_our_key_is_as_short_as_greenhouse_wants(greenhouse: Greenhouse) -> None:
    assert len(greenhouse.key) < 171


def test_only_open_positions_of_the_own_company_can_be_ordered(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    house = site.house
    theirs = a_position(house, "Theirs", organisation_id=house.cast.other_organisation_id)
    closed = a_position(house, "Closed", closed_at=house.time)

    assert [one["partner_test_id"] for one in greenhouse.list_tests().json()] == [position_id]
    for other in (theirs, closed, "pos_" + "0" * 16, "x"):
        answer = greenhouse.send_test(other)
        assert answer.status_code == 404
        assert "no such open position" in answer.json()["error"]["message"]


WITHOUT: list[tuple[str, ...]] = [
    ("partner_test_id",),
    ("candidate",),
    ("url",),
    ("candidate", "first_name"),
    ("candidate", "last_name"),
    ("candidate", "email"),
    ("candidate", "greenhouse_profile_url"),
]


@pytest.mark.parametrize("path", WITHOUT, ids=".".join)
def test_an_order_that_lacks_something_is_told_what(
    site: Site, greenhouse: Greenhouse, position_id: str, path: tuple[str, ...]
) -> None:
    order: Any = greenhouse.order(position_id)
    inner = order
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    answer = site.browser().post(f"{BASE}/send_test", json=order, headers=greenhouse.headers())

    assert answer.status_code == 422
    assert any(".".join(path) in one for one in answer.json()["error"]["problems"])
    assert assessments_of(site.house, position_id) == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"partner_test_id": 5}']
)
def test_what_is_no_order_is_refused_in_words(
    site: Site, greenhouse: Greenhouse, body: bytes
) -> None:
    headers = greenhouse.headers() | {"content-type": "application/json"}
    answer = site.browser().post(f"{BASE}/send_test", content=body, headers=headers)

    assert answer.status_code in {400, 422}
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "path", [*WITHOUT, ("candidate", "preferred_name"), ("sent_by",)], ids=".".join
)
def test_what_a_database_cannot_keep_is_refused_in_words(
    site: Site, greenhouse: Greenhouse, position_id: str, path: tuple[str, ...]
) -> None:
    """PostgreSQL takes no NUL; it would be a fault of ours."""
    if path == ("candidate",):
        path = ("candidate", "email")
    order: Any = greenhouse.order(position_id)
    inner = order
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = f"{inner[path[-1]] or 'x'}\x00"
    answer = site.browser().post(f"{BASE}/send_test", json=order, headers=greenhouse.headers())

    assert answer.status_code == 422
    assert any(".".join(path) in one for one in answer.json()["error"]["problems"])
    assert greenhouse.test_status("a\x00").status_code == 422


def test_what_is_no_mail_address_is_refused(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    order = greenhouse.order(position_id)
    order["candidate"]["email"] = "harry at home"
    answer = site.browser().post(f"{BASE}/send_test", json=order, headers=greenhouse.headers())

    assert answer.status_code == 422
    assert "no e-mail address" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "url",
    ["https://evil.example.com/", "http://169.254.169.254/latest/meta-data",
     "https://app.greenhouse.io.evil.example.com/x", "https://app.greenhouse.io@evil.example.com/",
     "file:///etc/passwd", "http://127.0.0.1:1/", "x"],
)  # fmt: skip
def test_a_result_is_told_to_greenhouse_alone(
    site: Site, greenhouse: Greenhouse, position_id: str, url: str
) -> None:
    answer = greenhouse.send_test(position_id, url=url)

    assert answer.status_code == 422
    assert "url" in answer.json()["error"]["message"].lower()
    assert assessments_of(site.house, position_id) == []


def test_a_pin_that_was_tightened_later_still_holds(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    greenhouse.send_test(position_id)
    (assessment,) = assessments_of(site.house, position_id)
    site.house.start(assessment.id)
    site.house.finish(assessment.id)
    Worker(site.house).work()

    assert greenhouse.asked == []
    assert "none of Greenhouse's" in deliveries_in(site.house)[0].error


@pytest.mark.parametrize("query", [{}, {"partner_interview_id": ""}, {"other": "1"}])
def test_a_status_of_nothing_is_told_what_is_missing(
    site: Site, greenhouse: Greenhouse, query: dict[str, str]
) -> None:
    path = f"{BASE}/test_status"
    answer = site.browser().get(path, params=query, headers=greenhouse.headers())

    assert answer.status_code == 422
    assert "partner_interview_id" in answer.json()["error"]["problems"][0]


@pytest.mark.parametrize("interview_id", ["98765", "ord_" + "0" * 16, "../../x", "' OR 1=1"])
def test_an_interview_that_was_never_ordered_is_404(
    greenhouse: Greenhouse, interview_id: str
) -> None:
    assert greenhouse.test_status(interview_id).status_code == 404


def test_nobody_sees_what_another_company_has_ordered(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    interview_id = greenhouse.send_test(position_id).json()["partner_interview_id"]
    house, theirs = site.house, site.house.cast.other_organisation_id
    wish = endpoints.Wish(kind=KIND, name="theirs")
    with house.write() as session:
        key = endpoints.add(session, theirs, wish, house.time).secret
    other = Greenhouse(site.browser(), key)

    assert other.list_tests().json() == []
    assert other.test_status(interview_id).status_code == 404
    assert site.browser().post(
        f"{BASE}/send_test", json=greenhouse.order(position_id), headers=other.headers()
    ).status_code == 404  # fmt: skip


# ------------------------------------------------------------------------- Greenhouse in trouble


@pytest.mark.parametrize(
    "trouble", [Answer(500), Answer(401), Answer(hangs=True), Answer(raw=b"garbage\n\n")],
    ids=["500", "401", "hangs", "garbage"],
)  # fmt: skip
def test_greenhouse_is_told_when_it_is_well_again(
    site: Site, greenhouse: Greenhouse, position_id: str, trouble: Answer
) -> None:
    greenhouse.send_test(position_id)
    (assessment,) = assessments_of(site.house, position_id)
    site.house.start(assessment.id)
    site.house.finish(assessment.id)
    greenhouse.script = [trouble]
    worker = worker_of(site)

    assert worker.work() == 0
    site.house.later(seconds=40)
    assert worker.work() == 1
    assert greenhouse.sent[1].status["partner_status"] == "complete"


@pytest.mark.parametrize("status", [404, 410])
def test_a_candidate_who_is_gone_over_there_does_not_end_the_integration(
    site: Site, greenhouse: Greenhouse, position_id: str, status: int
) -> None:
    greenhouse.send_test(position_id)
    (assessment,) = assessments_of(site.house, position_id)
    site.house.start(assessment.id)
    site.house.finish(assessment.id)
    greenhouse.script = [Answer(status)] * 9
    worker_of(site).keep_trying()

    assert len(greenhouse.asked) == 1
    assert greenhouse.list_tests().status_code == 200
    with site.house.read() as session:
        letters = session.exec(select(Mail).where(Mail.recipient == "alice@example.com")).all()
    assert any("integration goes on" in letter.body for letter in letters)


def test_an_outage_over_there_is_one_mail_a_day_however_many_it_cost(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    for application in range(3):
        greenhouse.send_test(position_id, application=application)
    for assessment in assessments_of(site.house, position_id):
        site.house.start(assessment.id)
        site.house.finish(assessment.id)
    greenhouse.script = [Answer(404)] * 3
    worker_of(site).keep_trying()

    assert len(greenhouse.asked) == 3
    with site.house.read() as session:
        letters = session.exec(select(Mail).where(Mail.recipient == "alice@example.com")).all()
    assert len([one for one in letters if "could not tell" in one.subject]) == 1


def test_what_greenhouse_cannot_read_is_told_to_owners_once_a_day(
    site: Site, greenhouse: Greenhouse
) -> None:
    report = {
        "api_call": "test_status",
        "errors": ["partner_status is missing\n\nfor hpotter@hogwarts.example"],
        "candidate_email": "hpotter@hogwarts.example",
        "added_later": 1,
    }
    path, headers = f"{BASE}/response_error", greenhouse.headers()
    answers = [site.browser().post(path, json=report, headers=headers) for _ in range(3)]
    with site.house.read() as session:
        (letter,) = session.exec(select(Mail).where(Mail.recipient == "alice@example.com")).all()

    assert [(one.status_code, one.json()) for one in answers] == [(200, {"status": 200})] * 3
    assert "partner_status is missing" in letter.body
    assert "hogwarts" not in letter.body


def test_an_order_leaves_the_events_of_an_invitation(
    site: Site, greenhouse: Greenhouse, position_id: str
) -> None:
    greenhouse.send_test(position_id)

    assert kinds_in(site.house) == ["assessment.invited"]
    assert assessments_of(site.house, position_id)[0].state is AssessmentState.INVITED
