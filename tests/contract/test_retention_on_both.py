"""On both databases: owners are told once of what goes, and nothing that was sent stays behind."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import col, select
from tests.fakes.greenhouse_stand_in import Greenhouse
from tests.fakes.integrations import HOOK, Post, Worker, an_endpoint, deliveries_in
from tests.fakes.positions_full import Somebody, a_position, peopled
from tests.fakes.sittings import PUBLIC_URL, House
from tests.fakes.web import Site, a_site

from assay.audit.ledger import SYSTEM
from assay.db.session import Database
from assay.db.tables import Assessment, Endpoint, Mail
from assay.domain.hiring import EndpointKind
from assay.features.integrations.removing import remove
from assay.features.retention import due
from assay.features.retention.orphans import drop, orphans

WORKERS = 4


@pytest.fixture
def site(each_database: Database, tmp_path: Path) -> Site:
    return a_site(tmp_path, database=each_database)


@pytest.fixture
def house(site: Site) -> House:
    return site.house


def warn(house: House) -> int:
    with house.write() as session:
        return due.warn_due(session, PUBLIC_URL, house.time)


def test_of_workers_that_tell_at_once_one_tells(house: House) -> None:
    position_id = a_position(house, keep_days=30)
    peopled(house, position_id, [Somebody(f"c{n}@example.org", 50.0) for n in range(9)])
    house.later(days=24)
    gate = threading.Barrier(WORKERS)

    def tell(_: int) -> int:
        gate.wait(timeout=30)
        return warn(house)

    with ThreadPoolExecutor(WORKERS) as pool:
        assert sorted(pool.map(tell, range(WORKERS))) == [0] * (WORKERS - 1) + [9]
    with house.read() as session:
        letters = session.exec(select(Mail).where(col(Mail.id).contains(":deletion:"))).all()
    assert len(letters) == 1


def test_what_is_kept_longer_is_announced_anew_and_then_due(house: House) -> None:
    position_id = a_position(house, keep_days=30)
    (assessment_id,) = peopled(house, position_id, [Somebody("dana@example.org", 70.0)])
    house.later(days=23)
    assert warn(house) == 1
    with house.write() as session:
        due.keep_for(session, position_id, 60, house.time, actor=SYSTEM)
    with house.read() as session:
        assert session.get_one(Assessment, assessment_id).deletion_warned_at is None
    house.later(days=30)
    assert warn(house) == 1
    house.later(days=7)
    with house.read() as session:
        assert due.due(session, house.time, 10) == [assessment_id]


def test_what_was_sent_about_somebody_who_is_gone_is_found(house: House) -> None:
    an_endpoint(house, EndpointKind.SIGNED, HOOK, personal=True)
    house.invite()
    Worker(house, Post()).hand_on()
    (row,) = deliveries_in(house)
    with house.write() as session:
        session.add(row)
        row.assessment_id = f"asm_{'0' * 16}"
    with house.write() as session:
        assert drop(session, orphans(session)) == 1
    assert deliveries_in(house) == []


def test_an_endpoint_is_removed_with_all_that_refers_to_it(house: House) -> None:
    made = an_endpoint(house, EndpointKind.SIGNED, HOOK)
    house.invite()
    Worker(house, Post()).work()
    ours = house.cast.organisation_id
    with house.write() as session:
        remove(session, ours, made.endpoint.id, house.time, actor=SYSTEM)
    with house.read() as session:
        assert session.get(Endpoint, made.endpoint.id) is None
    assert deliveries_in(house) == []


def test_a_text_that_no_database_keeps_is_refused_and_is_no_fault_of_ours(site: Site) -> None:
    key = an_endpoint(site.house, EndpointKind.GREENHOUSE).secret
    greenhouse = Greenhouse(site.browser(), key)
    greenhouse.url = "https://app.greenhouse.io"

    assert greenhouse.send_test("pos_\x00").status_code == 422
    assert greenhouse.test_status("ord_\x00").status_code == 422
