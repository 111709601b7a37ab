"""On both databases: several workers deliver each event once, and order each candidate once."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.fakes.greenhouse_stand_in import Greenhouse
from tests.fakes.integrations import (
    HOOK,
    Post,
    Worker,
    a_position,
    an_endpoint,
    assessments_of,
    deliveries_in,
    reach_out,
)
from tests.fakes.web import Site, a_site

from assay.db.session import Database
from assay.domain.hiring import EndpointKind

WORKERS, CANDIDATES = 4, 30


@pytest.fixture
def site(each_database: Database, tmp_path: Path) -> Site:
    return a_site(tmp_path, database=each_database)


def at_once(deeds: list[Callable[[], object]]) -> list[object]:
    """What each got; all begin together."""
    gate = threading.Barrier(len(deeds))

    def one(deed: Callable[[], object]) -> object:
        gate.wait(timeout=30)
        return deed()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return [done.result(timeout=60) for done in [pool.submit(one, deed) for deed in deeds]]


def test_several_workers_hand_on_and_deliver_each_event_once(site: Site) -> None:
    house = site.house
    for number in range(2):
        an_endpoint(house, EndpointKind.SIGNED, f"{HOOK}/{number}")
    for _ in range(CANDIDATES):
        house.invite()
    posts = [Post() for _ in range(WORKERS)]

    def work(post: Post) -> Callable[[], object]:
        worker = Worker(house, post)
        return lambda: [worker.work() for _ in range(4)]

    at_once([work(post) for post in posts])
    for post in posts:
        Worker(house, post).work()
    sent = Counter(
        (parcel.url, parcel.headers["webhook-id"]) for post in posts for parcel in post.sent
    )

    assert len(sent) == 2 * CANDIDATES
    assert set(sent.values()) == {1}
    assert all(row.delivered_at and row.attempts == 1 for row in deliveries_in(house))


def test_the_same_order_sent_many_times_at_once_invites_once(site: Site) -> None:
    house = site.house
    position_id = a_position(house)
    key = an_endpoint(house, EndpointKind.GREENHOUSE).secret
    reach_out(site, "app.greenhouse.io")
    calls = [
        Greenhouse(TestClient(site.app, base_url="https://assay.example.org"), key)
        for _ in range(6)
    ]
    for call in calls:
        call.url = "https://app.greenhouse.io"
    found = at_once([lambda call=call: call.send_test(position_id).json() for call in calls])  # type: ignore[misc]

    assert len({str(one) for one in found}) == 1
    assert len(assessments_of(house, position_id)) == 1
