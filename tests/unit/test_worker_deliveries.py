"""A worker tells other systems, beside everything else it does."""

import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes.integrations import HOOK, an_endpoint, deliveries_in, kinds_in
from tests.fakes.sittings import House, a_house
from tests.fakes.webhook_stand_in import Answer, StandIn, standing

from assay.bootstrap.pruning import SHELVES
from assay.bootstrap.settings import read_settings
from assay.db.tables import Endpoint
from assay.domain.hiring import EndpointKind
from assay.worker.deliveries import delivering, hand_on, sender_of


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


def installation(house: House, home: Path, **settings: str) -> Any:
    read = read_settings({"ASSAY_HOME": str(home), **settings})
    return SimpleNamespace(database=house.database, settings=read)


def until_taken(house: House, wait_s: float = 20) -> bool:
    over_s = time.monotonic() + wait_s
    while time.monotonic() < over_s:
        rows = deliveries_in(house)
        if rows and all(row.delivered_at for row in rows):
            return True
        time.sleep(0.02)
    return False


def test_what_happens_arrives_while_a_worker_runs(house: House, tmp_path: Path) -> None:
    with standing(StandIn()) as receiver:
        an_endpoint(house, EndpointKind.SIGNED, receiver.url)
        house.invite()
        running = installation(house, tmp_path, ASSAY_ALLOW_PRIVATE_ENDPOINTS="yes")
        with delivering(running, every_s=0.02):
            assert until_taken(house)

    assert [asked.json["type"] for asked in receiver.asked] == ["assessment.invited"]


def test_an_event_that_cannot_be_handed_on_holds_up_nothing_that_waits(
    house: House, tmp_path: Path
) -> None:
    with standing(StandIn()) as receiver:
        an_endpoint(house, EndpointKind.SIGNED, receiver.url)
        house.invite()
        running = installation(house, tmp_path, ASSAY_ALLOW_PRIVATE_ENDPOINTS="yes")
        hand_on(running)
        broken = an_endpoint(house, EndpointKind.SIGNED, receiver.url).endpoint.id
        with house.write() as session:
            session.get_one(Endpoint, broken).events = "of another version"
        house.invite()
        with pytest.raises(ValueError, match="not a valid"):
            hand_on(running)
        with delivering(running, every_s=0.02):
            assert until_taken(house)

    assert len(receiver.asked) == 1


def test_a_worker_that_stops_does_not_wait_for_a_receiver_that_hangs(
    house: House, tmp_path: Path
) -> None:
    with standing(StandIn()) as receiver:
        receiver.script = [Answer(hangs=True)]
        an_endpoint(house, EndpointKind.SIGNED, receiver.url)
        house.invite()
        running = installation(house, tmp_path, ASSAY_ALLOW_PRIVATE_ENDPOINTS="yes")
        with delivering(running, every_s=0.02):
            while not receiver.asked:
                time.sleep(0.02)
            began_s = time.monotonic()
        assert time.monotonic() - began_s < 5
        receiver.over.set()
        time.sleep(0.2)
    assert len(receiver.asked) == 1


def test_without_leave_a_worker_sends_nothing_to_its_own_network(
    house: House, tmp_path: Path
) -> None:
    with standing(StandIn()) as receiver:
        an_endpoint(house, EndpointKind.SIGNED, receiver.url)
        house.invite()
        here = installation(house, tmp_path)
        assert hand_on(here) == 1
        assert sender_of(here).send_due() == 0

    assert receiver.asked == []
    assert "https://" in deliveries_in(house)[0].error


def test_nothing_new_takes_no_transaction_that_writes(house: House, tmp_path: Path) -> None:
    here = installation(house, tmp_path)
    with house.write():
        assert hand_on(here) == 0, "it would wait for the lock"


def test_events_that_are_over_are_cleared_like_all_that_only_grows(
    house: House, tmp_path: Path
) -> None:
    (shelf,) = [one for one in SHELVES if "other systems" in one.name]
    an_endpoint(house, EndpointKind.SIGNED, HOOK)
    house.invite(house.cast.other_organisation_id)
    here = installation(house, tmp_path)
    hand_on(here)
    house.later(days=1000)

    assert shelf.count(here, house.time) == 1
    assert shelf.clear_all(here, house.time) == 1
    assert kinds_in(house) == []
