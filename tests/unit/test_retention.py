"""Personal data goes when its time is over, never unannounced, and never before the end."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select
from tests.fakes.integrations import HOOK, an_endpoint
from tests.fakes.panels import a_panel
from tests.fakes.positions_full import Somebody, a_position, peopled, seated
from tests.fakes.sittings import PUBLIC_URL, House
from tests.fakes.web import Site, a_site, words

from assay.audit.ledger import SYSTEM
from assay.audit.tags import Tag
from assay.bootstrap.forgetting import of_deleted
from assay.db.artifacts import put_artifact
from assay.db.session import Database
from assay.db.tables import (
    Artifact,
    Assessment,
    AuditEntry,
    Delivery,
    Mail,
    OutgoingEvent,
    Position,
)
from assay.db.wiping import wipe_log
from assay.domain.hiring import EndpointKind, EventKind
from assay.features.assessments import removal
from assay.features.assessments import service as assessments
from assay.features.retention import due
from assay.features.retention.orphans import drop, orphans
from assay.kit.ids import new_id
from assay_sandbox.kept_images import KeptImage

DELETED, JUDGED = EventKind.DELETED, EventKind.JUDGED


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


@pytest.fixture
def house(site: Site) -> House:
    return site.house


def warn(house: House) -> int:
    with house.write() as session:
        return due.warn_due(session, PUBLIC_URL, house.time)


def due_now(house: House, limit: int = 100) -> list[str]:
    with house.read() as session:
        found = due.due(session, house.time, limit)
        assert all(due_for_certain(house, one) for one in found)
        return found


def due_for_certain(house: House, assessment_id: str) -> bool:
    with house.write() as session:
        return due.is_due(session, assessment_id, house.time)


def letters(house: House) -> list[Mail]:
    with house.read() as session:
        return list(session.exec(select(Mail).where(col(Mail.id).contains(":deletion:"))))


def ended(house: House, keep_days: int | None = 30) -> str:
    """An assessment that ended now, of a position that keeps data so long."""
    position_id = a_position(house, keep_days=keep_days)
    (assessment_id,) = peopled(house, position_id, [Somebody("dana@example.org", 70.0)])
    return assessment_id


def test_owners_are_told_a_week_before_and_once(house: House) -> None:
    ended(house)
    house.later(days=22.9)
    assert warn(house) == 0

    house.later(days=0.2)
    assert warn(house) == 1
    assert warn(house) == 0
    (letter,) = letters(house)
    assert letter.recipient == "alice@example.com"
    assert "one candidate" in letter.body
    assert "30 days" in letter.body
    assert f"{PUBLIC_URL}/hiring/data" in letter.body


def test_the_letter_names_no_candidate(house: House) -> None:
    ended(house)
    house.later(days=25)
    warn(house)
    (letter,) = letters(house)

    assert "dana" not in (letter.subject + letter.body).lower()


def test_after_its_time_and_the_notice_it_is_due(house: House) -> None:
    assessment_id = ended(house)
    house.later(days=23)
    warn(house)
    house.later(days=6.9)
    assert due_now(house) == []

    house.later(days=0.2)
    assert due_now(house) == [assessment_id]


def test_nothing_is_due_of_which_nobody_was_told(house: House) -> None:
    assessment_id = ended(house)
    house.later(days=365)

    assert due_now(house) == []
    assert not due_for_certain(house, assessment_id)
    warn(house)
    assert due_now(house) == []
    assert not due_for_certain(house, assessment_id), "a moment ago is no notice"
    house.later(days=7)
    assert due_now(house) == [assessment_id]


def test_a_position_that_keeps_data_for_ever_keeps_it(house: House) -> None:
    ended(house, keep_days=None)
    house.later(days=3650)

    assert warn(house) == 0
    assert due_now(house) == []


def test_a_position_that_changes_its_mind_in_time_keeps_it(house: House) -> None:
    assessment_id = ended(house)
    house.later(days=23)
    warn(house)
    house.later(days=7)
    assert due_for_certain(house, assessment_id)
    with house.write() as session:
        row = session.get_one(Assessment, assessment_id)
        session.get_one(Position, row.position_id).keep_days = 60

    assert due_now(house) == []
    assert not due_for_certain(house, assessment_id)


def test_what_was_announced_and_is_then_kept_longer_is_announced_anew(house: House) -> None:
    """Else it would go a year later, and nobody would have been told."""
    assessment_id = ended(house)
    house.later(days=23)
    assert warn(house) == 1
    keep_for(house, 365, only=assessment_id)
    house.later(days=335)
    assert due_now(house) == [], "its 358th day"
    assert warn(house) == 1
    house.later(days=6.9)
    assert due_now(house) == []

    house.later(days=0.2)
    assert due_now(house) == [assessment_id]
    assert len(letters(house)) == 2


def test_what_was_announced_and_is_then_kept_for_ever_does_not_go_when_that_changes(
    house: House,
) -> None:
    """However the position was changed: the next round of the worker takes the notice back."""
    assessment_id = ended(house)
    house.later(days=23)
    warn(house)
    with house.write() as session:
        row = session.get_one(Assessment, assessment_id)
        position = session.get_one(Position, row.position_id)
        position.keep_days = None
    warn(house)
    house.later(days=400)
    keep_for(house, 30, only=assessment_id)

    assert due_now(house) == []
    assert warn(house) == 1
    house.later(days=7)
    assert due_now(house) == [assessment_id]


def test_a_notice_that_still_holds_is_not_given_twice(house: House) -> None:
    assessment_id = ended(house)
    house.later(days=23)
    warn(house)
    house.later(days=1)
    keep_for(house, 29, only=assessment_id)

    assert warn(house) == 0
    house.later(days=6)
    assert due_now(house) == [assessment_id]


def keep_for(house: House, days: int | None, *, only: str) -> None:
    """The owner changes how long the position of this assessment keeps data."""
    with house.write() as session:
        position_id = session.get_one(Assessment, only).position_id
        assert position_id
        due.keep_for(session, position_id, days, house.time, actor=SYSTEM)


def test_what_has_not_ended_is_never_due(house: House) -> None:
    position_id = a_position(house, keep_days=1)
    for number, one in enumerate((house.started(), house.invite().assessment_id), 1):
        seated(house, one, position_id, number)
    house.later(days=5000)

    assert warn(house) == 0
    assert due_now(house) == []


def test_an_invitation_nobody_used_ends_when_it_can_be_used_no_more(house: House) -> None:
    position_id = a_position(house, keep_days=10)
    invited = house.invite().assessment_id
    seated(house, invited, position_id)
    house.later(days=15)
    with house.write() as session:
        assessments.expire_due(session, house.jobs, house.time)
    assert warn(house) == 0, "it ended a day ago, and stays for ten"

    house.later(days=3)
    assert warn(house) == 1
    house.later(days=7)
    assert due_now(house) == [invited]


def test_one_letter_tells_of_all_of_a_position(house: House) -> None:
    position_id = a_position(house, keep_days=30)
    people = [Somebody(f"c{n}@example.org", 50.0) for n in range(due.AT_ONCE + 1)]
    peopled(house, position_id, people)
    house.later(days=24)

    assert warn(house) == len(people)
    assert warn(house) == 0
    (letter,) = letters(house)
    assert f"{len(people)} candidates" in letter.body


def test_many_are_deleted_a_few_at_a_time(house: House) -> None:
    position_id = a_position(house, keep_days=30)
    peopled(house, position_id, [Somebody(f"c{n}@example.org", 50.0) for n in range(9)])
    house.later(days=24)
    warn(house)
    house.later(days=10)

    assert len(due_now(house, limit=4)) == 4


# -------------------------------------------------------------------------------------- the page


def test_requests_and_what_goes_by_itself_are_on_one_page(site: Site, house: House) -> None:
    ended(house)
    asking = house.started()
    site.of_candidate(asking).post("/candidate/data/deletion")
    house.later(days=40)
    page = site.of(house.cast.alice).get("/hiring/data")

    assert page.status_code == 200
    told = words(page.text)
    assert "40 days ago" in told
    assert f"/hiring/assessments/{asking}/delete" in page.text
    assert "Keeps personal data for 30 days" in told
    assert "dana : 7 Jan 2027" in told, "a week from now: nobody was told yet"


def test_an_owner_who_reviews_somebody_blindly_reads_no_name_there(tmp_path: Path) -> None:
    panel = a_panel(a_site(tmp_path))
    house, alice = panel.site.house, panel.site.house.cast.alice
    judged = panel.judged()
    panel.site.of_candidate(judged).post("/candidate/data/deletion")
    with house.write() as session:
        session.get_one(Position, panel.position_id).keep_days = 30
    named = panel.site.of(alice).get("/hiring/data").text
    panel.draft(judged, alice, design=3)
    blind = panel.site.of(alice).get("/hiring/data").text
    house.database.dispose()

    assert named.count("Erin") == 3, "the request, its button, and the list of who goes when"
    assert not re.search("erin", blind, re.IGNORECASE)
    assert blind.count("Candidate 1<") == 3


def test_an_installation_without_requests_says_so(site: Site, house: House) -> None:
    page = words(site.of(house.cast.alice).get("/hiring/data").text)

    assert "Nobody did." in page
    assert "nothing is deleted by itself" in page


def test_how_long_data_are_kept_can_be_changed_even_of_a_closed_position(
    site: Site, house: House
) -> None:
    alice = site.of(house.cast.alice)
    position_id = a_position(house, keep_days=30, closed_at=house.time)
    path = f"/hiring/positions/{position_id}/keep"
    for given, kept in (("400", 400), ("", None)):
        assert alice.post(path, data={"days": given}).status_code == 303
        with house.read() as session:
            assert session.get_one(Position, position_id).keep_days == kept

    assert alice.post(path, data={"days": "0"}).status_code == 422
    assert site.of(house.cast.bob).post(path, data={"days": "1"}).status_code == 403
    assert site.of(house.cast.charlie).post(path, data={"days": "1"}).status_code == 404


def test_who_may_not_delete_sees_no_requests(site: Site, house: House) -> None:
    asking = house.started()
    site.of_candidate(asking).post("/candidate/data/deletion")

    assert site.of(house.cast.bob).get("/hiring/data").status_code == 403
    assert site.of(house.cast.vera).get("/hiring/data").status_code == 403
    other: TestClient = site.of(house.cast.charlie)
    assert asking not in other.get("/hiring/data").text


# ---------------------------------------------------------------------------------------- images


def test_images_that_may_be_of_somebody_deleted_go_and_others_stay(house: House) -> None:
    before = house.time.timestamp()
    position_id = a_position(house)
    (assessment_id,) = peopled(house, position_id, [Somebody("dana@example.org", 70.0)])
    images = [
        KeptImage("assay/tree-doubling:theirs", before + 30),
        KeptImage("assay/tree-doubling:older", before - 90_000),
        KeptImage("assay/tree-doubling:newer", before + 90_000),
    ]
    assert of_deleted(house.database, images) == []
    house.later(days=1)
    with house.write() as session:
        removal.delete(
            session, house.jobs, assessment_id, house.repositories, house.time, actor=SYSTEM
        )

    assert of_deleted(house.database, images) == images[:1]
    assert of_deleted(house.database, []) == []


def test_the_entry_that_stays_holds_times_and_nothing_of_the_person(house: House) -> None:
    assessment_id = ended(house)
    with house.write() as session:
        removal.delete(
            session, house.jobs, assessment_id, house.repositories, house.time, actor=SYSTEM
        )
    with house.read() as session:
        wanted = select(AuditEntry.details).where(AuditEntry.action == Tag.DELETED.value)
        details = json.loads(session.exec(wanted).one())

    assert set(details) == {
        "challenge", "challenge_version", "variant", "state", "score",
        "evaluated_from", "evaluated_until",
    }  # fmt: skip


# -------------------------------------------------------------------------------------- orphans


def test_what_was_stored_in_the_moment_of_a_deletion_goes_too(house: House) -> None:
    here = house.started()
    push = house.push(here)
    gone = f"asm_{'0' * 16}"
    with house.write() as session:
        for owner in ("sub_" + "0" * 16, "evl_" + "0" * 16, gone, here, house.cast.organisation_id):
            put_artifact(session, owner, "notes.json", b"{}", house.time)
        for mail_id in (f"{gone}:letter", f"{here}:letter", "pos_1:deletion:1:usr_1"):
            session.add(
                Mail(id=mail_id, recipient="x", subject="s", body="b", created_at=house.time)
            )
    told_of_nobody, told_of_one = sent_about(house, gone, DELETED), sent_about(house, here, JUDGED)
    sent_about(house, gone, JUDGED)
    with house.read() as session:
        found = orphans(session)
    with house.write() as session:
        assert drop(session, found) == 5

    with house.read() as session:
        assert not orphans(session)
        left = set(session.exec(select(Artifact.owner_id)))
        mails = set(session.exec(select(Mail.id)))
        sent = set(session.exec(select(Delivery.id)))
    assert sent == {told_of_nobody, told_of_one}
    assert left == {push.submission_id, here, house.cast.organisation_id}
    assert mails >= {f"{here}:letter", "pos_1:deletion:1:usr_1"}
    assert f"{gone}:letter" not in mails


def sent_about(house: House, assessment_id: str, kind: EventKind) -> str:
    """Id of a delivery about an assessment."""
    endpoint = an_endpoint(house, EndpointKind.SIGNED, HOOK).endpoint
    ours, now = house.cast.organisation_id, house.time
    with house.write() as session:
        event = OutgoingEvent(
            organisation_id=ours, assessment_id=assessment_id, kind=kind, at=now, handed_on_at=now
        )
        session.add(event)
        session.flush()
        made = Delivery(
            id=new_id("dlv"), endpoint_id=endpoint.id, event_id=event.id or 0, url=HOOK,
            assessment_id=assessment_id, body="{}", created_at=now,
        )  # fmt: skip
        session.add(made)
        return made.id


# --------------------------------------------------------------------------------------- wiping


def test_what_is_deleted_is_overwritten_in_file_and_log(tmp_path: Path, house: House) -> None:
    """The same with a marker that is there before."""
    marker = "unmistakable-marker-in-a-mail"
    with house.write() as session:
        session.add(
            Mail(id="m", recipient="x@example.org", subject=marker, body="b" * 9000 + marker,
                 created_at=house.time)
        )  # fmt: skip
    assert marker.encode() in everything(house.database)
    with house.write() as session:
        session.delete(session.get_one(Mail, "m"))
    assert wipe_log(house.database)

    assert marker.encode() not in everything(house.database)


def test_the_log_is_emptied_later_while_somebody_reads_an_older_state(house: House) -> None:
    with house.read() as session:
        session.exec(select(Mail)).all()
        with house.write() as other:
            other.add(Mail(id="m", recipient="x", subject="s", body="b", created_at=house.time))
        assert wipe_log(house.database) is False
    assert wipe_log(house.database) is True


def everything(database: Database) -> bytes:
    assert database.url.database
    file = Path(database.url.database)
    return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
