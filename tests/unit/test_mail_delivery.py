"""Mails leave once, are tried again when they do not, and never in clear with a password."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
from sqlmodel import select

from assay.adapters.mail import (
    WAITS_S,
    FileOutbox,
    MailFailed,
    SmtpSender,
    deliver_due,
    message_of,
)
from assay.db.session import Database
from assay.db.tables import Mail

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FROM = "Assay <assay@example.org>"


@dataclass
class Post:
    """A `Sender` that is out of order for some time."""

    refuses: int = 0
    sent: list[str] = field(default_factory=list)
    tries: int = 0

    def send(self, mail_id: str, message: EmailMessage) -> None:
        self.tries += 1
        if self.tries <= self.refuses:
            raise MailFailed("out of order\nuntil noon")
        self.sent.append(mail_id)


def write(database: Database, *ids: str) -> None:
    with database.write() as session:
        for number, mail_id in enumerate(ids):
            session.add(a_mail(mail_id, NOW + timedelta(seconds=number)))


def a_mail(mail_id: str = "asm_1:invitation", at: datetime = NOW, **changes: str) -> Mail:
    facts = {"recipient": "dana@example.com", "subject": "An invitation", "body": "Hello Dana,\n"}
    return Mail(id=mail_id, created_at=at, **{**facts, **changes})


def deliver(database: Database, post: Post, after_s: float = 10) -> int:
    return deliver_due(database, post, FROM, lambda: NOW + timedelta(seconds=after_s))


def stored(database: Database) -> Mail:
    with database.read() as session:
        return session.exec(select(Mail)).one()


def test_a_mail_is_sent_once(database: Database) -> None:
    write(database, "first", "second")
    post = Post()

    assert [deliver(database, post), deliver(database, post)] == [2, 0]
    assert post.sent == ["first", "second"]


def test_a_mail_that_did_not_leave_says_why_and_waits(database: Database) -> None:
    write(database, "first")
    post = Post(refuses=1)

    assert [deliver(database, post, at) for at in (10, 60, 69)] == [0, 0, 0]
    assert post.tries == 1
    assert stored(database).error == "out of order until noon"
    assert deliver(database, post, 70) == 1
    assert stored(database).error == ""


def test_a_mail_is_given_up_in_the_end(database: Database) -> None:
    write(database, "first")
    post = Post(refuses=99)
    for number in range(20):
        deliver(database, post, number * max(WAITS_S))

    assert post.tries == len(WAITS_S)
    assert stored(database).sent_at is None


def test_one_that_fails_does_not_hold_up_the_others(database: Database) -> None:
    write(database, "first", "second")
    post = Post(refuses=1)
    deliver(database, post)

    assert post.sent == ["second"]


def test_a_process_that_dies_while_sending_leaves_a_mail_that_is_sent_later(
    database: Database,
) -> None:
    class Dying(Post):
        def send(self, mail_id: str, message: EmailMessage) -> None:
            raise KeyboardInterrupt

    write(database, "first")
    with pytest.raises(KeyboardInterrupt):
        deliver(database, Dying())

    post = Post()
    assert deliver(database, post, 30) == 0
    assert deliver(database, post, 80) == 1


def test_the_outbox_holds_whole_mails(tmp_path: Path) -> None:
    outbox = FileOutbox(tmp_path / "outbox")
    outbox.send("asm_1:invitation", message_of(a_mail(body="Grüße, Dana\n"), FROM))

    (file,) = (tmp_path / "outbox").iterdir()
    read = BytesParser().parsebytes(file.read_bytes())
    assert file.name == "asm_1_invitation.eml"
    assert read["To"] == "dana@example.com"
    assert (read.get_payload(decode=True) or b"").decode() == "Grüße, Dana\n"


def test_a_subject_cannot_smuggle_in_headers() -> None:
    message = message_of(a_mail(subject="Hello\r\nBcc: everybody@example.com"), FROM)

    assert message["Bcc"] is None
    assert message["Subject"] == "Hello Bcc: everybody@example.com"


def test_a_mail_sent_twice_has_one_id() -> None:
    ids = {message_of(a_mail(), FROM)["Message-ID"] for _ in range(2)}

    assert ids == {"<asm_1.invitation@example.org>"}


# ---------------------------------------------------------------------------------------- SMTP


class Handler(socketserver.StreamRequestHandler):
    """Enough of RFC 5321 to take a mail."""

    def handle(self) -> None:
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            self.server.heard.append(line)  # type: ignore[attr-defined]
            verb = line.split()[0].upper()
            if verb == "DATA":
                self.say("354 go on")
                while (body := self.rfile.readline()) != b".\r\n":
                    self.server.body.append(body)  # type: ignore[attr-defined]
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say(self.server.answers.get(verb, "250 fine"))  # type: ignore[attr-defined]

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True

    def __init__(self, **answers: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.heard: list[str] = []
        self.body: list[bytes] = []
        self.answers = answers

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


@contextmanager
def a_server(**answers: str) -> Iterator[Server]:
    with Server(**answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_mail_reaches_an_smtp_server() -> None:
    with a_server() as server:
        SmtpSender(f"smtp://{server.address}").send("a", message_of(a_mail(), FROM))

    assert "rcpt TO:<dana@example.com>" in server.heard
    assert b"Subject: An invitation\r\n" in server.body


def test_a_refusal_by_the_server_is_told() -> None:
    with a_server(RCPT="550 nobody here") as server, pytest.raises(MailFailed, match="nobody here"):
        SmtpSender(f"smtp://{server.address}").send("a", message_of(a_mail(), FROM))


def test_a_server_that_is_gone_is_told() -> None:
    with a_server() as server:
        address = server.address
    with pytest.raises(MailFailed, match=r"127\.0\.0\.1"):
        SmtpSender(f"smtp://{address}").send("a", message_of(a_mail(), FROM))


def test_a_password_is_never_sent_in_clear_to_another_host() -> None:
    with a_server() as server:
        sender = SmtpSender(f"smtp://me:secret@{server.address}", trusted=())
        with pytest.raises(MailFailed, match="no encryption"):
            sender.send("a", message_of(a_mail(), FROM))

    assert not any("AUTH" in line for line in server.heard)
