"""A review is a draft, handed in once, and reopened with a reason."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes.panels import SUMMARY, Panel, a_panel
from tests.fakes.web import Site, a_site

from assay.audit.ledger import Actor, entries, record
from assay.audit.tags import Tag
from assay.auth.members import change_role
from assay.db.tables import Assessment, Membership, Review
from assay.domain.errors import BadInput, Conflict
from assay.domain.human_rubric import DEFAULT_LINES, NOTE_MAX, Opinion
from assay.domain.permissions import Role
from assay.features.reviews import service
from assay.features.reviews.reading import BLIND, HIDDEN, INVITED, SEEN, lines_over, reviews_of
from assay.features.reviews.service import Draft, opinions_of

REASON = "I mixed up two candidates"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def panel(site: Site) -> Panel:
    return a_panel(site)


def the_review(site: Site) -> Review:
    with site.house.read() as session:
        return session.exec(select(Review)).one()


def test_a_draft_is_replaced_by_the_next_one(site: Site, panel: Panel) -> None:
    bob, judged = site.house.cast.bob, panel.judged()
    panel.draft(judged, bob, design=2, readiness=1)
    panel.draft(judged, bob, design=4)

    assert opinions_of(the_review(site)) == {"design": Opinion(4, "")}
    assert the_review(site).summary == SUMMARY


def test_there_is_nothing_to_review_before_the_result_stands(site: Site, panel: Panel) -> None:
    with pytest.raises(Conflict, match="no result yet"):
        panel.draft(site.house.started(), site.house.cast.bob, design=2)


def test_a_draft_that_lacks_something_is_not_handed_in_and_stays(site: Site, panel: Panel) -> None:
    bob, judged = site.house.cast.bob, panel.judged()
    panel.draft(judged, bob, design=2)
    with site.house.write() as session:
        desk = panel.desk(judged, bob)
        missing = service.hand_in(session, desk, DEFAULT_LINES, site.house.time)

    assert set(missing) == {"documentation", "trade_offs", "readiness"}
    assert the_review(site).handed_in_at is None
    assert opinions_of(the_review(site)) == {"design": Opinion(2, "")}


def test_what_was_handed_in_cannot_be_changed_or_handed_in_again(site: Site, panel: Panel) -> None:
    bob, judged = site.house.cast.bob, panel.judged()
    panel.reviewed(judged, bob)

    with pytest.raises(Conflict, match="reopen"):
        panel.draft(judged, bob, design=1)
    with site.house.write() as session, pytest.raises(Conflict, match="no draft"):
        service.hand_in(session, panel.desk(judged, bob), DEFAULT_LINES, site.house.time)


def test_reopening_needs_a_reason_and_is_on_record(site: Site, panel: Panel) -> None:
    bob, judged = site.house.cast.bob, panel.judged()
    panel.reviewed(judged, bob)
    desk = panel.desk(judged, bob)
    with site.house.write() as session, pytest.raises(BadInput, match="why"):
        service.reopen(session, desk, bob.user_id, "  ", site.house.time)
    with site.house.write() as session:
        service.reopen(session, desk, bob.user_id, REASON, site.house.time)
        entry = entries(session, bob.organisation_id)[0]

    assert the_review(site).handed_in_at is None
    assert (entry.action, entry.subject, entry.actor) == ("review:reopened", judged, bob.actor)
    assert json.loads(entry.details)["reason"] == REASON


def test_only_what_was_handed_in_can_be_reopened(site: Site, panel: Panel) -> None:
    bob, judged = site.house.cast.bob, panel.judged()
    panel.draft(judged, bob, design=1)

    desk = panel.desk(judged, bob)

    with site.house.write() as session, pytest.raises(Conflict, match="not handed in"):
        service.reopen(session, desk, bob.user_id, REASON, site.house.time)


def test_handing_in_is_on_record_without_a_word_of_the_review(site: Site, panel: Panel) -> None:
    bob, judged = site.house.cast.bob, panel.judged()
    panel.reviewed(judged, bob, notes={"design": "Erin writes well"})
    with site.house.read() as session:
        entry = entries(session, bob.organisation_id)[0]

    assert (entry.action, entry.subject) == ("review:handed_in", judged)
    assert json.loads(entry.details) == {"blind": True, "review": the_review(site).id}


def test_all_that_cannot_be_kept_is_told_at_once(site: Site, panel: Panel) -> None:
    said = {"design": Opinion(5), "readiness": Opinion(1, "x" * (NOTE_MAX + 1))}
    desk = panel.desk(panel.judged(), site.house.cast.bob)

    with site.house.write() as session, pytest.raises(BadInput) as wrong:
        service.save(session, desk, Draft(said, "x" * 5000), site.house.time)

    assert len(wrong.value.problems) == 3


def blindness(site: Site, assessment_id: str) -> list[str]:
    with site.house.read() as session:
        return [one.blindness for one in reviews_of(session, assessment_id)]


def test_a_review_says_whether_its_reviewer_knew_the_name(site: Site, panel: Panel) -> None:
    cast, judged = site.house.cast, panel.judged()
    panel.reviewed(judged, cast.bob)
    panel.reviewed(judged, cast.alice)

    assert blindness(site, judged) == [BLIND, INVITED]


def test_an_owner_who_looked_reviewed_knowingly(site: Site, panel: Panel) -> None:
    cast, looked, hidden = site.house.cast, panel.judged(), panel.judged()
    with site.house.write() as session:
        for one in (looked, hidden):
            sitting = session.get_one(type(site.house.assessment(one)), one)
            sitting.invited_by = cast.bob.user_id
        service.see_names(session, panel.desk(looked, cast.alice), site.house.time)
    panel.reviewed(looked, cast.alice)
    panel.reviewed(hidden, cast.alice)

    assert (blindness(site, looked), blindness(site, hidden)) == ([SEEN], [HIDDEN])


def test_of_who_has_left_nobody_can_tell_what_they_could_see(site: Site, panel: Panel) -> None:
    """An owner sees names everywhere; that one was an owner goes with the membership."""
    cast, judged = site.house.cast, panel.judged()
    with site.house.write() as session:
        session.get_one(Assessment, judged).invited_by = cast.bob.user_id
    panel.reviewed(judged, cast.alice)
    with site.house.write() as session:
        wanted = select(Membership).where(Membership.user_id == cast.alice.user_id)
        session.delete(session.exec(wanted).one())

    assert blindness(site, judged) == [HIDDEN]


@pytest.mark.parametrize(("after_h", "told"), [(1, HIDDEN), (-1, BLIND)])
def test_who_became_a_reviewer_after_the_end_may_have_seen_the_name(
    site: Site, panel: Panel, after_h: int, told: str
) -> None:
    """Vera, a viewer until then, saw everything. Before the end everybody may know the name."""
    vera, judged = site.house.cast.vera, panel.judged()
    with site.house.write() as session:
        sitting = session.get_one(Assessment, judged)
        assert sitting.finished_at
        change_role(session, vera.organisation_id, vera.user_id, Role.REVIEWER)
        by, at = Actor("system", vera.organisation_id), sitting.finished_at
        record(session, Tag.ROLE_CHANGED, by=by, subject=vera.user_id,
               now=at + timedelta(hours=after_h))  # fmt: skip
    panel.reviewed(judged, vera)

    assert blindness(site, judged) == [told]


def test_looking_at_the_name_keeps_what_was_written(site: Site, panel: Panel) -> None:
    alice, judged = site.house.cast.alice, panel.judged()
    panel.draft(judged, alice, design=2)
    with site.house.write() as session:
        service.see_names(session, panel.desk(judged, alice), site.house.time)

    assert opinions_of(the_review(site)) == {"design": Opinion(2, "")}
    assert the_review(site).names_seen_at == site.house.time


def test_a_flag_is_answered_in_words(site: Site, panel: Panel) -> None:
    """A step for it would count as agreement of reviewers about a line that nobody asked."""
    desk = panel.desk(panel.judged(), site.house.cast.bob)
    draft = Draft({"flag:answers_by_id": Opinion(3, "a cache")}, "")

    with site.house.write() as session, pytest.raises(BadInput, match="answered in words"):
        service.save(session, desk, draft, site.house.time)


def test_drafts_are_nobody_elses(site: Site, panel: Panel) -> None:
    judged = panel.judged()
    panel.draft(judged, site.house.cast.bob, design=1)

    assert blindness(site, judged) == []


def test_line_by_line_it_is_told_how_far_apart_reviewers_are(site: Site, panel: Panel) -> None:
    cast, judged = site.house.cast, panel.judged()
    panel.reviewed(judged, cast.bob, 1)
    panel.reviewed(judged, cast.alice, 4)
    with site.house.read() as session:
        lines = lines_over(reviews_of(session, judged), DEFAULT_LINES)

    assert [line.spread for line in lines] == [3] * len(DEFAULT_LINES)
    assert lines[0].scores == (("Bob", 1), ("Alice", 4))
