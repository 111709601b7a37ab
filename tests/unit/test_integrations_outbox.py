"""What happened is told to everybody who listens, once, and to nobody else."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes.evidence import make_evidence
from tests.fakes.integrations import (
    HOOK,
    Post,
    Worker,
    a_position,
    an_endpoint,
    deliveries_in,
    events_in,
    kinds_in,
    partly_measured,
    sat,
    settled,
)
from tests.fakes.web import Site, a_site

from assay.audit.ledger import SYSTEM, Actor, record
from assay.audit.outbox import EVENTS
from assay.audit.tags import Tag
from assay.db.tables import Decision, OutgoingEvent
from assay.domain.errors import Conflict
from assay.domain.hiring import EndpointKind, EventKind, Verdict
from assay.features.assessments import adoption, removal
from assay.features.assessments import service as assessments
from assay.features.integrations import endpoints, outbox
from assay.features.integrations.messages import EventMessage

SIGNED, SLACK = EndpointKind.SIGNED, EndpointKind.SLACK


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


def told(site: Site) -> list[EventMessage]:
    """What the deliveries of signed endpoints say."""
    Worker(site.house, Post()).hand_on()
    return [EventMessage.model_validate_json(row.body) for row in deliveries_in(site.house)]


def test_a_sitting_is_told_from_the_invitation_to_the_release(site: Site) -> None:
    house = site.house
    assessment_id = house.started()
    site.judge(site.pushed(assessment_id))
    house.finish(assessment_id)
    sealed = site.sealed_one(assessment_id)
    settled(site, sealed)
    with house.write() as session:
        assessments.release(session, assessment_id, "https://a.example", house.time)

    assert kinds_in(house) == [
        "assessment.invited",
        "assessment.started",
        "assessment.submitted",
        "assessment.finished",
        "assessment.judged",
        "assessment.released",
    ]
    assert {event.assessment_id for event in events_in(house)} == {assessment_id}


def test_practice_is_told_to_nobody(site: Site) -> None:
    house = site.house
    run = site.pushed(house.started())
    before = kinds_in(house)
    settled(site, run)

    assert kinds_in(house) == before


def test_another_result_that_counts_is_told_as_a_result(site: Site) -> None:
    assessment_id = site.house.started()
    site.pushed(assessment_id)
    regrade = site.regraded(assessment_id, make_evidence())
    with site.house.write() as session:
        adoption.adopt(session, regrade, "fixed", "https://a.example", site.house.time)

    assert kinds_in(site.house)[-1] == "assessment.judged"


def test_a_deed_that_was_taken_back_is_told_to_nobody(site: Site) -> None:
    def fail() -> None:
        with site.house.write() as session:
            order = site.house.order()
            assessments.invite(session, order, site.house.time)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert kinds_in(site.house) == []


def test_every_event_of_an_assessment_has_a_deed_that_makes_it() -> None:
    assert set(EVENTS.values()) == set(EventKind) - {EventKind.TESTED}


@pytest.mark.parametrize("tag", sorted(set(Tag) - set(EVENTS)))
def test_other_deeds_are_no_events(site: Site, tag: Tag) -> None:
    with site.house.write() as session:
        by = Actor("system", site.house.cast.organisation_id)
        record(session, tag, by=by, subject="asm_1", now=site.house.time)

    assert kinds_in(site.house) == []


def test_who_was_added_later_is_told_nothing_of_before(site: Site) -> None:
    """Workers may have been off for a while: what waits was meant for those who were there."""
    site.house.invite()
    site.house.later(minutes=1)
    an_endpoint(site.house, SIGNED, HOOK)
    later = site.house.invite().assessment_id

    assert [one.data.assessment_id for one in told(site)] == [later]


def test_what_the_installation_does_to_itself_is_no_event(site: Site) -> None:
    with site.house.write() as session:
        record(session, Tag.STARTED, by=SYSTEM, subject="asm_1", now=site.house.time)

    assert kinds_in(site.house) == []


def test_an_event_is_handed_on_once_to_each_who_listens(site: Site) -> None:
    house = site.house
    for number in range(2):
        an_endpoint(house, SIGNED, f"{HOOK}/{number}")
    house.invite()
    worker = Worker(house, Post())

    assert [worker.hand_on(), worker.hand_on()] == [1, 0]
    assert sorted(row.url for row in deliveries_in(house)) == [f"{HOOK}/0", f"{HOOK}/1"]


def test_another_companys_endpoints_hear_nothing(site: Site) -> None:
    house = site.house
    an_endpoint(house, SIGNED, HOOK)
    house.invite(house.cast.other_organisation_id)

    assert told(site) == []
    assert [event.handed_on_at for event in events_in(house)] == [house.time]


def test_an_endpoint_hears_what_it_chose(site: Site) -> None:
    an_endpoint(site.house, SIGNED, HOOK, events=(EventKind.STARTED, EventKind.JUDGED))
    site.house.started()

    assert [message.type for message in told(site)] == [EventKind.STARTED]


def test_one_that_is_switched_off_hears_nothing(site: Site) -> None:
    made = an_endpoint(site.house, SIGNED, HOOK)
    ours = site.house.cast.organisation_id
    with site.house.write() as session:
        endpoints.disable(session, ours, made.endpoint.id, site.house.time)
    site.house.invite()

    assert told(site) == []


def test_nobody_is_named_unless_the_endpoint_is_to_be_told(site: Site) -> None:
    an_endpoint(site.house, SIGNED, HOOK)
    an_endpoint(site.house, SLACK, HOOK)
    site.house.invite()
    Worker(site.house, Post()).hand_on()

    assert len(deliveries_in(site.house)) == 2

    assert all("dana" not in row.body.lower() for row in deliveries_in(site.house))


def test_an_endpoint_that_is_to_be_told_gets_the_name(site: Site) -> None:
    an_endpoint(site.house, SIGNED, HOOK, personal=True)
    site.house.invite()
    (message,) = told(site)

    assert message.data.candidate
    assert message.data.candidate.email == "dana@example.com"


def test_a_message_says_how_the_sitting_stands(site: Site) -> None:
    house = site.house
    an_endpoint(house, SIGNED, HOOK, events=(EventKind.RELEASED,))
    position_id = a_position(house)
    with house.write() as session:
        order = house.order(position_id=position_id)
        assessment_id = assessments.invite(session, order, house.time).assessment_id
    house.start(assessment_id)
    site.pushed(assessment_id)
    sealed = site.sealed(assessment_id)
    site.judge(sealed)
    with house.write() as session:
        assessments.release(session, assessment_id, "https://a.example", house.time)
        session.add(
            Decision(
                assessment_id=assessment_id, verdict=Verdict.ADVANCE, reason="why", at=house.time
            )
        )
    (message,) = told(site)
    data = message.data

    assert data.assessment_id == assessment_id
    assert data.url == f"https://assay.example.org/hiring/assessments/{assessment_id}"
    assert data.assessment
    assert (data.assessment.number, data.assessment.pushes) == (1, 1)
    assert data.assessment.position
    assert data.assessment.position.title == "ML engineer"
    assert data.result
    assert data.result.score == data.result.weighted == house.evaluation(sealed).score
    assert data.result.interval
    assert (data.result.complete, data.result.overridden) == (True, 0)
    assert data.decision
    assert data.decision.verdict is Verdict.ADVANCE
    assert "why" not in message.model_dump_json()


def test_of_a_deleted_candidate_only_that_is_told(site: Site) -> None:
    house = site.house
    an_endpoint(house, SIGNED, HOOK, personal=True)
    assessment_id = house.invite().assessment_id
    with house.write() as session:
        by = Actor(house.cast.alice.actor, house.cast.organisation_id)
        removal.delete(session, house.jobs, assessment_id, house.repositories, house.time, actor=by)
    (message,) = told(site)

    assert message.type is EventKind.DELETED
    assert message.data.model_dump(exclude={"assessment_id", "url"}) == dict.fromkeys(
        ("assessment", "result", "decision", "candidate")
    )


def test_deleting_a_candidate_takes_what_was_sent_about_them(site: Site) -> None:
    house = site.house
    an_endpoint(house, SIGNED, HOOK, personal=True)
    assessment_id = house.invite().assessment_id
    told(site)
    with house.write() as session:
        by = Actor(house.cast.alice.actor, house.cast.organisation_id)
        removal.delete(session, house.jobs, assessment_id, house.repositories, house.time, actor=by)

    assert deliveries_in(house) == []


def test_a_test_is_told_to_one_endpoint_and_is_about_nobody(site: Site) -> None:
    house = site.house
    made = an_endpoint(house, SIGNED, HOOK)
    an_endpoint(house, SIGNED, f"{HOOK}/other")
    with house.write() as session:
        outbox.try_out(session, made.endpoint, "https://a.example", house.time)
    (message,) = told(site)

    assert message.type is EventKind.TESTED
    assert message.data.assessment_id == ""


def test_what_waits_long_is_handed_on_in_the_order_it_happened(site: Site) -> None:
    an_endpoint(site.house, SIGNED, HOOK)
    wanted = [site.house.invite().assessment_id for _ in range(outbox.AT_ONCE + 5)]
    worker = Worker(site.house, Post())

    assert [worker.hand_on(), worker.hand_on()] == [outbox.AT_ONCE, 5]
    with site.house.read() as session:
        assert not outbox.is_anything_new(session)
        told_of = [row.assessment_id for row in session.exec(select(OutgoingEvent))]
    assert told_of == wanted


def test_a_vendor_has_nothing_to_try_out(site: Site) -> None:
    made = an_endpoint(site.house, EndpointKind.GREENHOUSE)
    with site.house.write() as session, pytest.raises(Conflict, match="what it has ordered"):
        outbox.try_out(session, made.endpoint, "https://a.example", site.house.time)


def test_a_score_in_a_chat_comes_with_its_interval_and_what_it_leaves_out(site: Site) -> None:
    an_endpoint(site.house, SLACK, HOOK, events=(EventKind.JUDGED,))
    sat(site, site.house.invite().assessment_id, partly_measured())
    Worker(site.house, Post()).hand_on()
    text = json.loads(deliveries_in(site.house)[0].body)["text"]

    assert " of 100 (95 %: " in text
    assert "Some lines were not measured" in text


def test_a_message_in_a_chat_says_what_matters_and_is_safe_to_show(site: Site) -> None:
    house = site.house
    an_endpoint(house, SLACK, HOOK)
    position_id = a_position(house, "<!channel> R&D")
    with house.write() as session:
        assessments.invite(session, house.order(position_id=position_id), house.time)
    Worker(house, Post()).hand_on()
    (row,) = deliveries_in(house)
    message = json.loads(row.body)

    assert message["text"] == "Invited: Candidate 1, &lt;!channel&gt; R&amp;D"
    assert "<!channel>" not in row.body
    assert message["blocks"][0]["type"] == "section"
    assert "|Open in Assay>" in row.body
