"""Reviews, decisions and the audit log: the same on SQLite and PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes.panels import Panel, a_panel
from tests.fakes.web import Site, a_site

from assay.audit.ledger import Actor
from assay.db.session import Database
from assay.db.tables import Override, Review
from assay.domain.errors import Conflict
from assay.domain.hiring import Verdict
from assay.domain.human_rubric import Opinion
from assay.features.reviews import deciding, overriding, service
from assay.features.reviews.blind import blinded
from assay.features.reviews.deciding import Overtaken, Ruling
from assay.features.reviews.deeds import Filter, deeds
from assay.features.reviews.overriding import Wish
from assay.features.reviews.reading import agreement_of
from assay.features.reviews.service import Draft
from assay.features.reviews.waiting import piles_of

REASON = "sound work, and two reviewers agree"


@pytest.fixture
def site(each_database: Database, tmp_path: Path) -> Site:
    return a_site(tmp_path, database=each_database)


@pytest.fixture
def panel(site: Site) -> Panel:
    return a_panel(site)


def test_who_is_blind_and_what_waits_is_the_same_on_both(site: Site, panel: Panel) -> None:
    cast, first, second = site.house.cast, panel.judged(), panel.judged()
    panel.reviewed(first, cast.bob, 2)
    panel.reviewed(first, cast.alice, 3)
    with site.house.read() as session:
        hidden = blinded(session, cast.bob.user_id, [first, second])
        (pile,) = piles_of(session, cast.organisation_id, cast.bob.user_id)
        agreed = agreement_of(session, panel.position_id)

    assert hidden == {second}
    assert [one.assessment_id for one in pile.shown] == [second]
    assert (agreed.units, agreed.apart) == (4, 1.0)


def test_who_is_decided_waits_no_more(site: Site, panel: Panel) -> None:
    house, judged = site.house, panel.judged()
    by = Actor(house.cast.alice.actor, house.cast.organisation_id)
    ruling = Ruling(Verdict.REJECT, REASON, house.cast.alice.user_id, confirmed=True)
    with house.write() as session:
        deciding.decide(session, judged, ruling, house.time, actor=by)
    with house.read() as session:
        latest = deciding.latest_decisions(session, [judged])
        piles = piles_of(session, house.cast.organisation_id, house.cast.bob.user_id)

    assert latest[judged].verdict is Verdict.REJECT
    assert piles == []


def test_the_log_is_filtered_alike(site: Site, panel: Panel) -> None:
    judged = panel.judged()
    wanted = Filter(action="submission:", assessment_id=judged)
    with site.house.read() as session:
        found = deeds(session, site.house.cast.organisation_id, wanted).deeds

    assert [one.action for one in found] == ["submission:pushed"]


def test_one_reviewer_in_two_windows_has_one_review(site: Site, panel: Panel) -> None:
    bob, judged = site.house.cast.bob, panel.judged()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda score: panel.draft(judged, bob, design=score), (1, 2, 3, 4)))
    with site.house.read() as session:
        assert len(session.exec(select(Review)).all()) == 1


def test_looking_at_the_name_waits_for_a_draft_that_is_being_saved(
    site: Site, panel: Panel
) -> None:
    """In another window of the same owner: what is written there is not lost."""
    house, alice, judged = site.house, site.house.cast.alice, panel.judged()
    desk = panel.desk(judged, alice)

    def look() -> None:
        with house.write() as session:
            service.see_names(session, desk, house.time)

    with ThreadPoolExecutor(1) as pool:
        with house.write() as session:
            service.save(session, desk, Draft({"design": Opinion(2)}, "so far"), house.time)
            looking = pool.submit(look)
            with pytest.raises(TimeoutError):
                looking.result(timeout=0.5)
        looking.result(timeout=10)
    with house.read() as session:
        row = session.exec(select(Review)).one()

    assert (row.summary, row.names_seen_at) == ("so far", house.time)


def test_of_two_owners_who_decide_at_once_the_second_is_told(site: Site, panel: Panel) -> None:
    house, judged = site.house, panel.judged()
    by = Actor(house.cast.alice.actor, house.cast.organisation_id)

    def decide(verdict: Verdict) -> str:
        ruling = Ruling(verdict, REASON, house.cast.alice.user_id, confirmed=True, seen=0)
        try:
            with house.write() as session:
                deciding.decide(session, judged, ruling, house.time, actor=by)
        except Overtaken:
            return "told"
        return "done"

    with ThreadPoolExecutor(3) as pool:
        ends = sorted(pool.map(decide, Verdict))
    with house.read() as session:
        rows = deciding.decisions_of(session, judged)

    assert ends == ["done", "told", "told"]
    assert len(rows) == 1


def test_who_is_on_hold_after_all_waits_again(site: Site, panel: Panel) -> None:
    house, judged = site.house, panel.judged()
    by = Actor(house.cast.alice.actor, house.cast.organisation_id)
    for verdict in (Verdict.REJECT, Verdict.HOLD):
        ruling = Ruling(verdict, REASON, house.cast.alice.user_id, confirmed=True)
        with house.write() as session:
            deciding.decide(session, judged, ruling, house.time, actor=by)
    with house.read() as session:
        piles = piles_of(session, house.cast.organisation_id, house.cast.bob.user_id)

    assert [one.assessment_id for pile in piles for one in pile.shown] == [judged]


def test_of_two_equal_overrides_at_once_one_is_told(site: Site, panel: Panel) -> None:
    house, judged = site.house, panel.judged()
    by, wish = Actor("user:x", house.cast.organisation_id), Wish("shutdown_time", 0.5, REASON)

    def override(_: int) -> str:
        try:
            with house.write() as session:
                alice = house.cast.alice.user_id
                overriding.override(session, judged, alice, wish, house.time, actor=by)
        except Conflict:
            return "told"
        return "done"

    with ThreadPoolExecutor(4) as pool:
        ends = sorted(pool.map(override, range(4)))
    with house.read() as session:
        rows = session.exec(select(Override)).all()

    assert ends == ["done", "told", "told", "told"]
    assert len(rows) == 1
