"""A person may let a line earn something else; nothing measured is touched."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session, col, select
from tests.fakes.evidence import make_poor_evidence
from tests.fakes.panels import Panel, a_panel
from tests.fakes.web import Site, a_site

from assay.audit.ledger import Actor, entries
from assay.db.overrides import overrides_before
from assay.db.tables import Artifact, Assessment, Override
from assay.domain.errors import BadInput, Conflict
from assay.features.assessments import adoption
from assay.features.reviews.overriding import Totals, Wish, override, totals_of
from assay.features.reviews.results import required, result_of

REASON = "the host lost its disk in that very minute"
LINE = "shutdown_time"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def judged(site: Site) -> str:
    panel: Panel = a_panel(site)
    return panel.judged(make_poor_evidence())


def wish(site: Site, judged: str, fraction: float | None, **changes: str) -> Override:
    alice = site.house.cast.alice
    wanted = Wish(**{"criterion": LINE, "fraction": fraction, "reason": REASON} | changes)
    by = Actor(alice.actor, alice.organisation_id)
    with site.house.write() as session:
        return override(session, judged, alice.user_id, wanted, site.house.time, actor=by)


def as_it_stands(session: Session, judged: str) -> Totals:
    evaluation = required(session, judged)
    row = session.get_one(Assessment, judged)
    return totals_of(session, row, evaluation, result_of(session, evaluation.id))


def test_an_override_says_what_it_was_and_what_it_is_now(site: Site, judged: str) -> None:
    first, second = wish(site, judged, 0.5), wish(site, judged, 1.0)

    assert (first.now, second.was, second.now) == (0.5, 0.5, 1.0)
    assert (second.user_id, second.reason) == (site.house.cast.alice.user_id, REASON)


def test_both_totals_stand_beside_each_other(site: Site, judged: str) -> None:
    with site.house.read() as session:
        before = as_it_stands(session, judged)
        result = result_of(session, required(session, judged).id)
    gate = 1.0
    for one in result.gates:
        gate *= one.fraction or 0
    line = next(one for one in result.criteria if one.id == LINE)
    measured = sum(one.max for one in result.criteria if one.points is not None)
    wish(site, judged, 1.0)
    with site.house.read() as session:
        after = as_it_stands(session, judged)

    assert before.with_people is None
    assert after.machine == before.machine == result.total
    more = 100 * gate * (line.max - (line.points or 0)) / measured
    assert after.with_people == pytest.approx((result.total or 0) + more, abs=0.1)


def test_nothing_measured_is_touched(site: Site, judged: str) -> None:
    def digests(session: Session) -> list[str]:
        return list(session.exec(select(Artifact.sha256).order_by(col(Artifact.sha256))).all())

    with site.house.read() as session:
        before = digests(session)
    wish(site, judged, 1.0)

    with site.house.read() as session:
        assert digests(session) == before


def test_every_override_is_kept_and_the_last_one_counts(site: Site, judged: str) -> None:
    wish(site, judged, 1.0)
    wish(site, judged, None)
    with site.house.read() as session:
        rows = session.exec(select(Override)).all()
        stands = as_it_stands(session, judged)

    assert [row.now for row in rows] == [1.0, None]
    assert (stands.with_people, stands.lines) == (None, 0)


def test_who_reviews_the_work_blindly_overrides_nothing(site: Site) -> None:
    """Whoever overrides knows what the others wrote."""
    panel = a_panel(site)
    judged = panel.judged(make_poor_evidence())
    panel.draft(judged, site.house.cast.alice, design=2)

    with pytest.raises(Conflict, match="your own review"):
        wish(site, judged, 1.0)
    panel.reviewed(judged, site.house.cast.alice)
    assert wish(site, judged, 1.0).now == 1.0


def test_where_another_result_is_adopted_the_overrides_of_the_first_count_no_more_and_are_kept(
    site: Site,
) -> None:
    sitting = site.house.started()
    site.pushed(sitting)
    regrade = site.regraded(sitting, make_poor_evidence())
    first = wish(site, sitting, 0.5)
    alice = site.house.cast.alice
    with site.house.write() as session:
        by = Actor(alice.actor, alice.organisation_id)
        url = site.platform.public_url
        adoption.adopt(session, regrade, "fixed", url, site.house.time, actor=by)
    with site.house.read() as session:
        stands = as_it_stands(session, sitting)
        before = overrides_before(session, sitting, regrade)

    assert stands.lines == 0
    assert [row.id for row in before] == [first.id]


@pytest.mark.parametrize(
    ("fraction", "changes", "told"),
    [
        (1.0, {"reason": "because it is so"}, "20"),
        (1.0, {"criterion": "beauty"}, "no line 'beauty'"),
        (1.5, {}, "0 to 100 %"),
    ],
)
def test_what_cannot_be_is_refused(
    site: Site, judged: str, fraction: float, changes: dict[str, str], told: str
) -> None:
    with pytest.raises(BadInput, match=told):
        wish(site, judged, fraction, **changes)


def test_nothing_is_added_that_changes_nothing(site: Site, judged: str) -> None:
    wish(site, judged, 0.5)

    with pytest.raises(Conflict, match="already"):
        wish(site, judged, 0.5)
    with pytest.raises(Conflict, match="already"):
        wish(site, judged, None, criterion="throughput")


def test_an_override_is_on_record(site: Site, judged: str) -> None:
    wish(site, judged, 0.5)
    alice = site.house.cast.alice
    with site.house.read() as session:
        entry = entries(session, alice.organisation_id)[0]

    assert (entry.action, entry.subject, entry.actor) == ("review:overridden", judged, alice.actor)
    assert '"now": 0.5' in entry.details


def test_before_there_is_a_result_there_is_nothing_to_override(site: Site) -> None:
    with pytest.raises(Conflict, match="no result yet"):
        wish(site, site.house.started(), 0.5)
