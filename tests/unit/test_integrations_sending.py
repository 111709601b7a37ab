"""A delivery is tried until it is taken, for three days, and then owners are told."""

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes.integrations import (
    HOOK,
    Post,
    Worker,
    an_endpoint,
    deliveries_in,
    endpoint_in,
)
from tests.fakes.sittings import House, a_house
from tests.fakes.webhook_stand_in import Answer, Chat, Receiver, standing

from assay.audit.ledger import Actor, entries
from assay.db.tables import Mail
from assay.domain.errors import NotFound
from assay.domain.hiring import EndpointKind
from assay.features.integrations import deliveries, endpoints, outbox
from assay.features.integrations.ports import Parcel, Reply
from assay.features.integrations.retries import TRIES_MAX, wait_s
from assay.features.integrations.sending import AT_ONCE, LEASE, REST

SIGNED = EndpointKind.SIGNED
BAD = Reply(500, "out of order")
DAY_S = 86_400


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


def by_alice(house: House) -> Actor:
    return Actor(house.cast.alice.actor, house.cast.organisation_id)


def mails_to(house: House, address: str) -> list[Mail]:
    with house.read() as session:
        return list(session.exec(select(Mail).where(Mail.recipient == address)))


def listening(house: House, url: str = HOOK) -> str:
    """Id of an endpoint; somebody was invited."""
    endpoint_id = an_endpoint(house, SIGNED, url).endpoint.id
    house.invite()
    return endpoint_id


# ------------------------------------------------------------------------------------ the waits


def test_the_waits_double_and_together_are_about_three_days() -> None:
    rngs = [random.Random(seed) for seed in range(TRIES_MAX)]  # noqa: S311
    waits = [wait_s(tries, rngs[tries]) for tries in range(1, TRIES_MAX)]

    assert waits[0] < 7
    assert all(b > a for a, b in pairwise(waits[:12]))
    assert 2.5 * DAY_S < sum(waits) < 3.5 * DAY_S


def test_what_failed_together_does_not_come_back_together() -> None:
    rng = random.Random(1)  # noqa: S311

    assert len({round(wait_s(3, rng), 3) for _ in range(20)}) == 20


# --------------------------------------------------------------------------------------- trying


def test_what_is_taken_is_sent_once(house: House) -> None:
    listening(house)
    worker = Worker(house, post := Post())

    assert [worker.work(), worker.work()] == [1, 0]
    assert len(post.sent) == 1
    (row,) = deliveries_in(house)
    assert (row.status, row.error, row.delivered_at) == (200, "", house.time)


def test_one_that_was_not_taken_is_tried_again_when_it_is_due(house: House) -> None:
    listening(house)
    worker = Worker(house, post := Post([BAD, "no route to host"]))
    worker.work()
    (row,) = deliveries_in(house)

    assert row.error == "hooks.example.com answered 500: out of order"
    assert row.next_at
    assert timedelta(seconds=4) <= row.next_at - house.time <= timedelta(seconds=6)
    house.later(seconds=1)
    assert worker.work() == 0
    assert worker.keep_trying() == 2
    (row,) = deliveries_in(house)
    assert (row.attempts, row.status, row.error) == (3, 200, "")
    assert len({parcel.headers["webhook-id"] for parcel in post.sent}) == 1
    assert len({parcel.headers["webhook-timestamp"] for parcel in post.sent}) == 3


def test_a_receiver_that_asks_for_time_gets_it(house: House) -> None:
    listening(house)
    Worker(house, Post([Reply(429, "", retry_after_s=900)])).work()
    (row,) = deliveries_in(house)

    assert row.next_at == house.time + timedelta(seconds=900)


def test_a_redirect_is_not_taken(house: House) -> None:
    listening(house)
    Worker(house, Post([Reply(301)])).work()

    assert "redirects are not followed" in deliveries_in(house)[0].error


def test_after_the_last_try_the_endpoint_is_switched_off_and_owners_are_told(house: House) -> None:
    endpoint_id = listening(house)
    began = house.time
    worker = Worker(house, post := Post([BAD] * 99))
    worker.keep_trying()
    (row,) = deliveries_in(house)
    (letter,) = mails_to(house, "alice@example.com")

    assert (row.attempts, row.next_at, row.delivered_at) == (TRIES_MAX, None, None)
    assert len(post.sent) == TRIES_MAX
    assert timedelta(days=2.5) < house.time - began < timedelta(days=3.5)
    assert endpoint_in(house, endpoint_id).disabled_at
    assert f"/hiring/integrations/{endpoint_id}" in letter.body
    assert mails_to(house, "bob@example.com") == []
    with house.read() as session:
        last = entries(session, house.cast.organisation_id)[0]
    assert (last.actor, last.action, last.subject) == ("system", "endpoint:disabled", endpoint_id)


def test_a_receiver_that_is_gone_for_good_is_not_tried_again(house: House) -> None:
    endpoint_id = listening(house)
    Worker(house, post := Post([Reply(410)])).keep_trying()

    assert len(post.sent) == 1
    assert endpoint_in(house, endpoint_id).disabled_at


def test_each_time_an_endpoint_is_switched_off_owners_are_told(house: House) -> None:
    """Also of the same delivery, sent again and given up after as many tries as before."""
    endpoint_id = listening(house)
    worker = Worker(house, Post([Reply(410), Reply(410)]))
    worker.work()
    ours = house.cast.organisation_id
    house.later(minutes=1)
    with house.write() as session:
        endpoints.enable(session, ours, endpoint_id, house.time, actor=by_alice(house))
        deliveries.replay_failed(session, ours, endpoint_id, house.time, actor=by_alice(house))
    worker.work()

    assert endpoint_in(house, endpoint_id).disabled_at == house.time
    assert len(mails_to(house, "alice@example.com")) == 2


def test_a_receivers_404_may_be_mended_and_is_tried_again(house: House) -> None:
    listening(house)
    worker = Worker(house, post := Post([Reply(404)]))
    worker.keep_trying()

    assert len(post.sent) == 2


def test_one_that_is_switched_off_waits_and_goes_on_when_it_is_on(house: House) -> None:
    endpoint_id = listening(house)
    ours, worker = house.cast.organisation_id, Worker(house, post := Post())
    worker.hand_on()
    with house.write() as session:
        endpoints.disable(session, ours, endpoint_id, house.time, actor=by_alice(house))
    assert worker.work() == 0
    with house.write() as session:
        endpoints.enable(session, ours, endpoint_id, house.time, actor=by_alice(house))

    assert worker.work() == 1
    assert len(post.sent) == 1


def test_an_endpoint_that_hangs_does_not_hold_up_the_others(house: House) -> None:
    an_endpoint(house, SIGNED, f"{HOOK}/bad")
    an_endpoint(house, SIGNED, f"{HOOK}/good")
    for _ in range(AT_ONCE):
        house.invite()

    class Half(Post):
        def send(self, parcel: Parcel) -> Reply:
            self.answers = ["timed out"] if parcel.url.endswith("bad") else []
            return super().send(parcel)

    worker = Worker(house, post := Half())
    worker.work()
    tried = [parcel.url.rpartition("/")[2] for parcel in post.sent]
    assert tried.count("bad") == 1
    assert tried.count("good") >= AT_ONCE - 1
    house.later(seconds=REST.total_seconds() + 1)
    worker.work()
    assert [parcel.url for parcel in post.sent].count(f"{HOOK}/bad") == 2


def test_a_worker_that_dies_while_sending_leaves_what_is_sent_again_later(house: House) -> None:
    class Dying(Post):
        def send(self, parcel: Parcel) -> Reply:
            raise KeyboardInterrupt

    listening(house)
    with pytest.raises(KeyboardInterrupt):
        Worker(house, Dying()).work()
    other = Worker(house, Post())

    assert other.work() == 0, "nobody else takes it meanwhile"
    house.later(seconds=LEASE.total_seconds())
    assert other.work() == 1


def test_what_a_worker_hears_too_late_changes_nothing(house: House) -> None:
    listening(house)
    late = Worker(house, Post())

    class Slow(Post):
        def send(self, parcel: Parcel) -> Reply:
            house.later(seconds=LEASE.total_seconds())
            assert late.work() == 1
            return BAD

    Worker(house, Slow()).work()

    assert deliveries_in(house)[0].status == 200


def test_a_candidate_who_is_deleted_while_something_is_sent_stays_deleted(house: House) -> None:
    listening(house)

    class Meanwhile(Post):
        def send(self, parcel: Parcel) -> Reply:
            with house.write() as session:
                for row in deliveries_in(house):
                    session.delete(row)
            return Reply(200)

    Worker(house, Meanwhile()).work()

    assert deliveries_in(house) == []


# ------------------------------------------------------------------------------- over the network


def test_a_receiver_gets_each_event_signed_and_can_tell_a_repeat(house: House) -> None:
    with standing(Receiver()) as receiver:
        made = an_endpoint(house, SIGNED, receiver.url)
        receiver.secret, receiver.now_s = made.secret, house.time.timestamp()
        house.invite()
        worker = Worker(house)
        assert worker.work() == 1
        (row,) = deliveries_in(house)
        with house.write() as session:
            ours = house.cast.organisation_id
            deliveries.replay(session, ours, row.id, house.time, actor=by_alice(house))
        assert worker.work() == 1

    assert len(receiver.asked) == 2
    assert list(receiver.events) == [f"evt_{row.event_id}"]
    assert receiver.events[f"evt_{row.event_id}"]["type"] == "assessment.invited"


def test_while_its_secret_changes_a_receiver_with_the_old_one_goes_on(house: House) -> None:
    with standing(Receiver()) as receiver:
        made = an_endpoint(house, SIGNED, receiver.url)
        receiver.secret, receiver.now_s = made.secret, house.time.timestamp()
        ours, endpoint_id = house.cast.organisation_id, made.endpoint.id
        with house.write() as session:
            again = endpoints.change_secret(
                session, ours, endpoint_id, house.time, actor=by_alice(house)
            )
        house.invite()
        assert Worker(house).work() == 1
        house.later(days=1)
        receiver.now_s = house.time.timestamp()
        house.invite()
        assert Worker(house).work() == 0
        receiver.secret = again.secret
        house.later(seconds=60)
        receiver.now_s = house.time.timestamp()
        assert Worker(house).work() == 1


@pytest.mark.parametrize(
    "trouble",
    [Answer(500), Answer(503, headers={"retry-after": "1"}), Answer(401), Answer(hangs=True),
     Answer(raw=b"garbage\r\n\r\n"), Answer(302, headers={"location": "/elsewhere"})],
    ids=["500", "503", "401", "hangs", "garbage", "redirect"],
)  # fmt: skip
def test_a_receiver_in_trouble_gets_the_event_when_it_is_well_again(
    house: House, trouble: Answer
) -> None:
    with standing(Receiver()) as receiver:
        made = an_endpoint(house, SIGNED, receiver.url)
        house.invite()
        receiver.secret, receiver.script = made.secret, [trouble]
        receiver.now_s = house.time.timestamp()
        worker = Worker(house)
        assert worker.work() == 0
        house.later(seconds=40)
        assert worker.work() == 1
        assert len(receiver.events) == 1


def test_a_chat_takes_our_message(house: House) -> None:
    with standing(Chat()) as chat:
        an_endpoint(house, EndpointKind.SLACK, f"{chat.url}/services/T0/B0/secret")
        house.invite()
        assert Worker(house).work() == 1

    (asked,) = chat.asked
    assert asked.json["text"] == "Invited: A candidate, credit-scoring"
    assert "authorization" not in asked.headers


# ---------------------------------------------------------------------------------- sending again


def test_all_that_was_given_up_is_sent_again_at_once(house: House) -> None:
    endpoint_id = listening(house)
    house.invite()
    worker = Worker(house, Post([Reply(410)]))
    worker.keep_trying()
    ours = house.cast.organisation_id
    with house.write() as session:
        endpoints.enable(session, ours, endpoint_id, house.time, actor=by_alice(house))
        again = (session, ours, endpoint_id, house.time)
        deliveries.replay_failed(*again, actor=by_alice(house))
    house.later(seconds=60)

    assert worker.work() == 2
    assert all(one.delivered_at for one in deliveries_in(house))


def test_what_is_sent_again_goes_where_the_endpoint_is_by_now(house: House) -> None:
    endpoint_id = listening(house)
    worker = Worker(house, post := Post([BAD]))
    worker.work()
    ours, moved = house.cast.organisation_id, f"{HOOK}/moved"
    wish = endpoints.Wish(kind=SIGNED, name="moved", url=moved)
    with house.write() as session:
        endpoints.change(session, ours, endpoint_id, wish, house.time, actor=by_alice(house))
    worker.keep_trying()

    assert [parcel.url for parcel in post.sent] == [HOOK, moved]
    assert deliveries_in(house)[0].url == moved


def test_nobody_sends_again_what_is_another_companys(house: House) -> None:
    listening(house)
    Worker(house, Post()).work()
    (row,) = deliveries_in(house)
    theirs = house.cast.other_organisation_id

    with house.write() as session, pytest.raises(NotFound):
        deliveries.replay(session, theirs, row.id, house.time, actor=by_alice(house))


def test_what_is_over_goes_in_the_end_and_what_waits_stays(house: House) -> None:
    listening(house)
    worker = Worker(house, Post([Reply(200), BAD]))
    worker.work()
    house.invite()
    worker.work()
    house.later(days=100)
    with house.write() as session:
        assert deliveries.count_old(session, house.time) == 1
        assert deliveries.drop_old(session, house.time, 10) == 1

    assert [row.attempts for row in deliveries_in(house)] == [1]
    assert deliveries_in(house)[0].next_at


def test_a_test_is_sent_like_everything_else(house: House) -> None:
    made = an_endpoint(house, SIGNED, HOOK)
    with house.write() as session:
        outbox.try_out(session, made.endpoint, "https://a.example", house.time)

    assert Worker(house, Post()).work() == 1
