"""Reviews, decisions and the audit log: the same on SQLite and PostgreSQL."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes.panels import Panel, a_panel
from tests.fakes.web import Site, a_site

from assay.audit.ledger import Actor
from assay.db.migrate import upgrade
from assay.db.session import Database
from assay.db.tables import Override, Review
from assay.domain.errors import Conflict
from assay.domain.hiring import Verdict
from assay.features.reviews import deciding, overriding
from assay.features.reviews.blind import blinded
from assay.features.reviews.deciding import Ruling
from assay.features.reviews.deeds import Filter, deeds
from assay.features.reviews.overriding import Wish
from assay.features.reviews.reading import agreement_of, reviewers_of
from assay.features.reviews.waiting import piles_of

REASON = "sound work, and two reviewers agree"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/assay.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def site(url: str, tmp_path: Path) -> Iterator[Site]:
    upgrade(url)
    made = a_site(tmp_path, database=Database(url))
    yield made
    made.house.database.dispose()


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
        who = reviewers_of(session, [first, second])
        agreed = agreement_of(session, panel.position_id)

    assert hidden == {second}
    assert [one.assessment_id for one in pile.shown] == [second]
    assert who == {first: ["Bob", "Alice"]}
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
