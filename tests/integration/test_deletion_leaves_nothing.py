"""Deleting a candidate leaves no trace of them: in the database, on disk, in logs.

The same search finds them everywhere before. Images bear no name: `test_forgetting`.
"""

import json
import logging
import os
import subprocess
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import structlog
from sqlmodel import select
from starlette.testclient import TestClient
from tests.fakes.leaving import NEEDLES, Leaver, a_leaver, traces
from tests.fakes.postgres import PROGRAMS
from tests.fakes.quick_challenge import write_quick_challenge

from assay.adapters.mail import FileOutbox, MailFailed, deliver_due
from assay.auth.sessions import sign_in
from assay.db.base import Row
from assay.db.tables import AuditEntry, OutcomeCount, OutgoingEvent
from assay.db.wiping import wipe_log
from assay.domain.hiring import EventKind
from assay.kit.clock import utc_now
from assay.web.app import create_app
from assay.web.logs import configure_logs
from assay.web.serving import platform_of


@pytest.fixture(params=["sqlite", "postgresql"])
def leaver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Leaver]:
    """A candidate who has done everything one can do, and about whom everything was said."""
    home, challenges = tmp_path / "home", tmp_path / "challenges"
    home.mkdir()
    write_quick_challenge(challenges)
    url = f"sqlite:///{home}/assay.db"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres_url"))
    with LoggedInto(home / "said.log"), a_leaver(home, challenges, url) as made:
        made.push(1)
        made.evaluate()
        made.push(2)
        made.finish()
        made.evaluate()
        made.be_talked_about()
        post(made)
        made.take_fingerprints()
        assert wipe_log(made.installation.database), "what is in the log so far is in the file now"
        yield made


class LoggedInto:
    """Everything that is logged goes into a file of the installation."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("w")
        self.handler = logging.StreamHandler(self.file)

    def __enter__(self) -> None:
        configure_logs(self.file)
        logging.getLogger().addHandler(self.handler)
        self.level = logging.getLogger().level
        logging.getLogger().setLevel(logging.INFO)

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self.handler)
        logging.getLogger().setLevel(self.level)
        structlog.reset_defaults()
        self.file.close()


class FussySender:
    """An SMTP server that refuses, and says whom."""

    def send(self, mail_id: str, message: EmailMessage) -> None:
        raise MailFailed(f"refused: {{'{message['To']}': (550, b'no such user')}}")


def post(leaver: Leaver) -> None:
    """One mail is refused by the server; then all are written as files."""
    place = leaver.installation
    deliver_due(place.database, FussySender(), "assay@localhost", utc_now)
    outbox = FileOutbox(place.settings.outbox)
    assert deliver_due(place.database, outbox, "assay@localhost", in_an_hour) > 3


def in_an_hour() -> datetime:
    return utc_now() + timedelta(hours=1)


def needles(leaver: Leaver) -> dict[str, bytes]:
    plain = {needle: needle.encode() for needle in NEEDLES}
    return plain | leaver.fingerprints


def left(leaver: Leaver) -> list[str]:
    """Whatever is found of them: on disk, and in a dump of the database."""
    place = leaver.installation
    found = traces(place.settings.home, needles(leaver))
    if place.database.is_sqlite:
        return found
    dump = dumped(place.settings.database_url)
    in_dump = {name: needle.hex().encode() for name, needle in leaver.fingerprints.items()}
    plain = {needle: needle.encode() for needle in NEEDLES}
    found += [f"dump: {n}" for n, needle in {**plain, **in_dump}.items() if needle in dump]
    return found


def dumped(url: str) -> bytes:
    """The database as `pg_dump` writes it."""
    plain = url.replace("postgresql+psycopg://", "postgresql://")
    done = subprocess.run(
        [PROGRAMS / "pg_dump", plain], capture_output=True, check=True, timeout=60, env=os.environ
    )
    return done.stdout


def delete_by_page(leaver: Leaver) -> None:
    """As an owner does."""
    app = create_app(platform_of(leaver.installation))
    browser = TestClient(app, base_url="http://127.0.0.1:8000", follow_redirects=False)
    with leaver.installation.database.write() as session:
        token = sign_in(session, leaver.user_id, utc_now())
    browser.cookies.set("assay_team", token)
    path = f"/hiring/assessments/{leaver.assessment_id}/delete"
    assert browser.post(path, data={"sure": "on"}).status_code == 303


def test_a_deletion_leaves_no_trace(leaver: Leaver) -> None:
    expect_to_find_them_everywhere(leaver)
    delete_by_page(leaver)

    assert left(leaver) == []
    assert [*leaver.installation.settings.repositories.iterdir()] == []
    expect_what_stays_to_name_nobody(leaver)
    expect_no_row_in_any_table(leaver)


def expect_to_find_them_everywhere(leaver: Leaver) -> None:
    """Else a search that finds nothing proves nothing."""
    found = "\n".join(left(leaver))
    place = leaver.installation
    log = (place.settings.home / "said.log").read_text()

    assert "outbox" in found
    assert place.repositories.names() == [leaver.assessment_id]
    assert all(name in found for name in leaver.fingerprints)
    assert {name.rpartition("/")[2] for name in leaver.fingerprints} >= {
        "repository.bundle", "evidence.json", "result.json", "letter.json",
    }  # fmt: skip
    assert f"{'assay.db' if place.database.is_sqlite else 'dump'}: Zephyrine" in found
    assert "the recipient" in log, "a mail was refused, and it was logged"
    assert not [needle for needle in NEEDLES if needle in log], "what is logged names nobody"


def expect_what_stays_to_name_nobody(leaver: Leaver) -> None:
    with leaver.installation.database.read() as session:
        count = session.exec(select(OutcomeCount)).one()
        deleted = session.exec(
            select(AuditEntry).where(AuditEntry.action == "assessment:deleted")
        ).one()
        told = session.exec(select(OutgoingEvent.kind)).all()
    assert (count.challenge, count.state, count.verdict) == ("doubling", "finished", "advance")
    assert count.score is not None
    assert count.position_id == leaver.position_id
    assert len(count.ended_month) == len("2026-11")
    assert json.loads(deleted.details)["evaluated_from"]
    assert EventKind.DELETED in told


def expect_no_row_in_any_table(leaver: Leaver) -> None:
    """A table that is added later fails this until its rows go, too."""
    kept = {"outgoing_event"}
    with leaver.installation.database.read() as session:
        for name, table in Row.metadata.tables.items():
            if "assessment_id" in table.columns and name not in kept:
                rows = session.execute(select(table.c.assessment_id)).scalars().all()
                assert leaver.assessment_id not in rows, name
