"""The audit log: what fits a filter, page by page, with names as they are known now."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.fakes.panels import NAME, a_panel
from tests.fakes.web import Site, a_site

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.db.tables import Endpoint
from assay.domain.hiring import EndpointKind
from assay.features.assessments import removal
from assay.features.assessments import service as assessments
from assay.features.reviews.deeds import Deed, Filter, actors_of, deeds
from assay.features.reviews.overriding import Wish, override
from assay.kit.ids import new_id


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


def told(site: Site, hidden: tuple[str, ...] = (), limit: int = 50, **wanted: object) -> list[Deed]:
    organisation_id = site.house.cast.organisation_id
    with site.house.read() as session:
        found = deeds(session, organisation_id, Filter(**wanted), hidden, limit)  # type: ignore[arg-type]
    return list(found.deeds)


def extended(site: Site, assessment_id: str) -> None:
    alice = site.house.cast.alice
    by = Actor(alice.actor, alice.organisation_id)
    with site.house.write() as session:
        hour = timedelta(hours=1)
        assessments.extend(session, assessment_id, hour, "ill", site.house.time, actor=by)


def test_names_are_those_of_now(site: Site) -> None:
    judged = a_panel(site).judged()
    handed_in, finished = told(site, actor=f"candidate:{judged}")[0], told(site)[0]

    assert handed_in.who == NAME
    assert finished.assessment_id == judged
    assert "Erin" in finished.about


def test_who_must_not_be_known_is_not_named(site: Site) -> None:
    judged = a_panel(site).judged()
    text = repr(told(site, hidden=(judged,), assessment_id=judged))

    assert "Erin" not in text
    assert "a candidate under review" in text


def test_of_who_must_not_be_known_nothing_is_told_that_others_said(site: Site) -> None:
    """A verdict and the reason of an override are opinions, wherever they stand."""
    panel = a_panel(site)
    judged, cast = panel.judged(), site.house.cast
    by = Actor(cast.alice.actor, cast.organisation_id)
    with site.house.write() as session:
        wish = Wish("shutdown_time", 0.0, "hopeless code, as everybody can see")
        override(session, judged, cast.alice.user_id, wish, site.house.time, actor=by)
    (hidden,) = told(site, hidden=(judged,), action="review:overridden")
    (known,) = told(site, action="review:overridden")

    assert hidden.details == {"hidden": "until your own review is handed in"}
    assert known.details["reason"] == wish.reason


def test_of_who_was_deleted_only_the_id_is_left(site: Site) -> None:
    house, gone = site.house, a_panel(site).judged()
    with house.write() as session:
        by = Actor(house.cast.alice.actor, house.cast.organisation_id)
        removal.delete(session, house.jobs, gone, house.repositories, house.time, actor=by)
    found = told(site, assessment_id=gone)

    assert found
    assert {one.assessment_id for one in found} == {""}
    assert "Erin" not in repr(found)
    assert any("deleted candidate" in (one.who, one.about) for one in found)


def test_each_filter_narrows(site: Site) -> None:
    house = site.house
    first, second = house.started(), house.started()
    house.later(days=2)
    extended(site, first)
    extended(site, second)
    alice = house.cast.alice.actor

    assert {one.action for one in told(site, action="assessment:extended")} == {
        "assessment:extended"
    }
    assert {one.action.partition(":")[0] for one in told(site, action="assessment:")} == {
        "assessment"
    }
    assert {one.actor for one in told(site, actor=alice)} == {alice}
    assert {one.assessment_id for one in told(site, assessment_id=first)} == {first}
    assert len(told(site, since=house.time)) == 2
    assert all(one.at < house.time for one in told(site, until=house.time))
    assert told(site, action="assessment:extended", assessment_id=first)[0].who == "Alice"


def test_an_assessments_entries_are_also_those_of_its_pushes(site: Site) -> None:
    sitting = site.house.started()
    site.house.push(sitting)
    subjects = {one.subject.partition("_")[0] for one in told(site, assessment_id=sitting)}

    assert subjects >= {"asm", "sub"}


def test_turning_the_pages_shows_every_entry_once_and_the_latest_first(site: Site) -> None:
    for _ in range(4):
        site.house.started()
    organisation_id = site.house.cast.organisation_id
    seen: list[int] = []
    before: int | None = None
    with site.house.read() as session:
        while True:
            page = deeds(session, organisation_id, Filter(before=before), (), 3)
            seen += [one.id for one in page.deeds]
            before = page.before
            if before is None:
                break
    everything = [one.id for one in told(site)]

    assert seen == everything == sorted(everything, reverse=True)


def test_an_integration_is_named_as_it_is_called(site: Site) -> None:
    house = site.house
    row = Endpoint(id=new_id("end"), organisation_id=house.cast.organisation_id,
                   kind=EndpointKind.SIGNED, name="Warehouse", url="https://hooks.example.org",
                   secret=new_id("sec"), created_at=house.time)  # fmt: skip
    by = Actor(f"endpoint:{row.id}", house.cast.organisation_id)
    with house.write() as session:
        session.add(row)
        record(session, Tag.ENDPOINT_CHANGED, by=by, subject=row.id, now=house.time)
    (found,) = told(site, action="endpoint:changed")
    with house.read() as session:
        names = dict(actors_of(session, house.cast.organisation_id))

    assert (found.who, found.about) == ("integration Warehouse", "integration Warehouse")
    assert names[by.name] == "integration Warehouse"


def test_another_company_sees_nothing_of_it(site: Site) -> None:
    sitting = site.house.started()
    with site.house.read() as session:
        theirs = site.house.cast.other_organisation_id
        found = deeds(session, theirs, Filter(assessment_id=sitting))

    assert found.deeds == []


def test_a_filter_offers_those_who_are_there(site: Site) -> None:
    site.key()
    with site.house.read() as session:
        names = [name for _, name in actors_of(session, site.house.cast.organisation_id)]

    assert names == ["Alice", "Bob", "Vera", "key tests", "Assay itself"]
