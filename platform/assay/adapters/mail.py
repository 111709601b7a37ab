"""Sends what features wrote into the `mail` table: by SMTP, or as files where there is none.

A mail is claimed in one transaction, sent outside of any, and marked in another. A process that
dies in between leaves a mail that is sent again later: twice is better than never.
"""

import logging
import re
import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from sqlmodel import col, select

from assay.db.session import Database
from assay.db.tables import Mail
from assay.kit.text import one_line

logger = logging.getLogger(__name__)

WAITS_S = (0, 60, 300, 1800, 7200, 43_200)
"""Before each try, since the one before. After the last the mail stays, with its error."""
AT_ONCE = 20
TIMEOUT_S = 20.0
ERROR_MAX = 500
LOCAL = ("localhost", "127.0.0.1", "::1")
SUBMISSION_PORT, SMTPS_PORT = 587, 465
_OF_ASSESSMENT = re.compile(r"(asm_[0-9a-z]+)_")


class MailFailed(Exception):
    """A mail could not be handed over. It is tried again."""


class Sender(Protocol):
    """Hands mails over."""

    def send(self, mail_id: str, message: EmailMessage) -> None:
        """Hand one over.

        Raises:
            MailFailed: it was not taken.
        """


@dataclass(frozen=True, slots=True)
class FileOutbox:
    """Writes each mail into a file of a directory: for trying things out, and for tests."""

    directory: Path

    def send(self, mail_id: str, message: EmailMessage) -> None:
        """See `Sender`."""
        name = "".join(c if c.isalnum() or c in "_-." else "_" for c in mail_id)
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            draft = self.directory / f".{name}"
            draft.write_bytes(message.as_bytes())
            draft.replace(self.directory / f"{name}.eml")
        except OSError as error:
            raise MailFailed(f"{self.directory} cannot be written: {error.strerror}") from error

    def assessments(self) -> set[str]:
        """Those about which there are mails: their ids begin with that of the assessment."""
        names = (match[1] for path in self._files() if (match := _OF_ASSESSMENT.match(_name(path))))
        return set(names)

    def forget(self, assessment_id: str) -> int:
        """Remove the mails about an assessment; how many there were."""
        gone = [path for path in self._files() if _name(path).startswith(f"{assessment_id}_")]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def _files(self) -> list[Path]:
        """Mails, and drafts of those who died while they wrote."""
        return sorted([*self.directory.glob("asm_*.eml"), *self.directory.glob(".asm_*")])


def _name(path: Path) -> str:
    return path.name.removeprefix(".")


@dataclass(frozen=True, slots=True)
class SmtpSender:
    """Speaks to one SMTP server, encrypted wherever it can be.

    Attributes:
        url: "smtp://user:password@host:port", or smtps for TLS from the start.
        trusted: Hosts that get a password in clear: this one.
    """

    url: str
    trusted: tuple[str, ...] = LOCAL

    def send(self, mail_id: str, message: EmailMessage) -> None:
        """See `Sender`."""
        try:
            with self._connected() as server:
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise MailFailed(f"{urlsplit(self.url).hostname}: {error}") from error

    def _connected(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host, tls = parts.hostname or "localhost", ssl.create_default_context()
        if parts.scheme == "smtps":
            port = parts.port or SMTPS_PORT
            return self._signed_in(smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_S, context=tls))
        server = smtplib.SMTP(host, parts.port or SUBMISSION_PORT, timeout=TIMEOUT_S)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=tls)
        elif parts.username and host not in self.trusted:
            server.close()
            raise MailFailed(f"{host} offers no encryption: the password is not sent to it")
        return self._signed_in(server)

    def _signed_in(self, server: smtplib.SMTP) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server


def deliver_due(
    database: Database, sender: Sender, from_address: str, now: Callable[[], datetime]
) -> int:
    """Send what waits, at most `AT_ONCE`; how many were handed over."""
    return sum(
        _deliver(database, sender, mail, from_address, now) for mail in _claimed(database, now())
    )


def _claimed(database: Database, now: datetime) -> Sequence[Mail]:
    """Mails that are ours to try: nobody else tries them before the next wait is over."""
    with database.write() as session:
        waiting = session.exec(
            select(Mail)
            .where(col(Mail.sent_at).is_(None), col(Mail.attempts) < len(WAITS_S))
            .order_by(col(Mail.created_at))
            .with_for_update(skip_locked=True)
        ).all()
        due = [mail for mail in waiting if _is_due(mail, now)][:AT_ONCE]
        for mail in due:
            mail.attempts += 1
            mail.tried_at = now
        return due


def _is_due(mail: Mail, now: datetime) -> bool:
    if mail.tried_at is None:
        return True
    return now >= mail.tried_at + timedelta(seconds=WAITS_S[mail.attempts])


def _deliver(
    database: Database,
    sender: Sender,
    mail: Mail,
    from_address: str,
    now: Callable[[], datetime],
) -> bool:
    error = ""
    try:
        sender.send(mail.id, message_of(mail, from_address))
    except MailFailed as failure:
        error = one_line(str(failure).replace(mail.recipient, "the recipient"), ERROR_MAX)
        logger.warning("mail %s was not sent (try %d): %s", mail.id, mail.attempts, error)
    with database.write() as session:
        row = session.get(Mail, mail.id, with_for_update=True)
        if row:
            row.error, row.sent_at = error, None if error else now()
    return not error


def message_of(mail: Mail, from_address: str) -> EmailMessage:
    """The mail as it is sent. Its id stays the same when it is sent twice."""
    message = EmailMessage()
    message["From"] = from_address
    message["To"] = mail.recipient
    message["Subject"] = one_line(mail.subject, 300)
    message["Date"] = format_datetime(mail.created_at)
    domain = from_address.rpartition("@")[2].rstrip(">") or "localhost"
    message["Message-ID"] = f"<{mail.id.replace(':', '.')}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body)
    return message
