"""Everything a company has of a position, as one ZIP that is written while it is read.

    results.json                    everybody on one page
    candidates/<number>-<id>/       assessment.json, result.json, report.html, repository.bundle,
                                    reviews.json, overrides.json, decisions.json, letter.json
    manifest.json                   SHA-256 and size of every file, and which could not be read; the
                                    last one: without it the file was cut off

At no time is more than one candidate in memory, and no transaction lasts longer than that.
"""

import hashlib
import json
import logging
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import RawIOBase
from typing import Any

from sqlmodel import Session, col, select

from assay.db.artifacts import BUNDLE, get_artifact
from assay.db.base import Row
from assay.db.results import counting_evaluation
from assay.db.session import Database
from assay.db.standing import total_of, with_people
from assay.db.tables import Assessment, Decision, Evaluation, Override, Position, Review
from assay.domain.errors import NotFound, PlatformFault
from assay.domain.evidence import REPORT_FILE, RESULT_FILE
from assay.domain.lifecycle import EvaluationState
from assay.features.documents.letters import LETTER_FILE

logger = logging.getLogger(__name__)

Content = bytes | PlatformFault
"""Of a file, or why it cannot be read: one that is damaged keeps nothing else back."""

MANIFEST, RESULTS = "manifest.json", "results.json"
FORMAT = 1
READ_ME = "docs/data-protection.md describes the format; the file holds personal data."
LEVEL = 1
"""Bundles are compressed already."""

FACTS = (
    "id", "number", "candidate_name", "candidate_email", "state", "challenge", "challenge_version",
    "variant", "invited_at", "started_at", "deadline_at", "finished_at", "released_at",
)  # fmt: skip
"""Columns of an assessment that leave the platform: no tokens, no seeds."""
SAID: Mapping[str, tuple[type[Row], tuple[str, ...]]] = {
    "reviews.json": (Review, ("user_id", "lines", "summary", "created_at", "handed_in_at")),
    "overrides.json": (
        Override, ("evaluation_id", "criterion", "was", "now", "reason", "user_id", "at"),
    ),
    "decisions.json": (Decision, ("verdict", "reason", "user_id", "at")),
}  # fmt: skip
"""File -> table and columns of what people said about a candidate."""


@dataclass(slots=True)
class _Pipe(RawIOBase):
    """Takes what the archive writes; nobody can go back in it."""

    waiting: list[bytes] = field(default_factory=list)

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        self.waiting.append(bytes(data))
        return len(self.waiting[-1])

    def taken(self) -> Iterator[bytes]:
        waiting, self.waiting = self.waiting, []
        yield from waiting


@dataclass(slots=True)
class _Archive:
    """An archive on its way, and what its manifest will say.

    Attributes:
        unreadable: File that is not in it -> why, and what to do.
    """

    now: datetime
    pipe: _Pipe = field(default_factory=_Pipe)
    files: dict[str, dict[str, str | int]] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    zip: zipfile.ZipFile = field(init=False)

    def __post_init__(self) -> None:
        self.zip = zipfile.ZipFile(self.pipe, "w")

    def add(self, name: str, content: Content) -> Iterator[bytes]:
        """Write a file, or note why not; what can be sent on by now."""
        if isinstance(content, PlatformFault):
            logger.warning("%s is left out of an export: %s", name, content)
            self.unreadable[name] = f"{content}; {content.remedy}, then export the position again"
            return
        at = self.now
        entry = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
        entry.external_attr = 0o600 << 16
        self.zip.writestr(entry, content, zipfile.ZIP_DEFLATED, LEVEL)
        self.files[name] = {
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
        }
        yield from self.pipe.taken()

    def close(self) -> Iterator[bytes]:
        """Write the list of what is in it; the rest of what is to be sent."""
        self.zip.close()
        yield from self.pipe.taken()


def exported(database: Database, position_id: str, now: datetime) -> Iterator[bytes]:
    """The archive of a position, piece by piece.

    Who is deleted meanwhile is left out.
    """
    archive, results = _Archive(now), list[dict[str, Any]]()
    for assessment_id in _ids(database, position_id):
        with database.read() as session:
            files = _files(session, assessment_id)
            results += [_summary(session, assessment_id)] if files else []
        for name, content in files:
            yield from archive.add(name, content)
    yield from archive.add(RESULTS, _json(results))
    manifest = _manifest(database, position_id, archive, now)
    yield from archive.add(MANIFEST, _json(manifest))
    yield from archive.close()


def file_name(position: Position, now: datetime) -> str:
    """What a browser calls the file."""
    words = "".join(c if c.isascii() and c.isalnum() else "-" for c in position.title.lower())
    return f"{words.strip('-')[:60] or 'position'}-{now:%Y-%m-%d}.zip"


def _ids(database: Database, position_id: str) -> Sequence[str]:
    with database.read() as session:
        wanted = select(Assessment.id).where(Assessment.position_id == position_id)
        return session.exec(wanted.order_by(col(Assessment.number), Assessment.id)).all()


def _files(session: Session, assessment_id: str) -> list[tuple[str, Content]]:
    """Name and content of everything about a candidate; nothing if there is none any more."""
    row = session.get(Assessment, assessment_id)
    if row is None:
        return []
    folder = f"candidates/{row.number:04d}-{row.id}"
    found: dict[str, Content] = {"assessment.json": _json(_facts(row, FACTS))}
    found |= _said(session, row.id)
    found |= _stored(session, row.id, LETTER_FILE)
    counts = counting_evaluation(session, row.id)
    if counts:
        for name in (RESULT_FILE, REPORT_FILE):
            found |= _stored(session, counts.id, name)
        found |= _stored(session, counts.submission_id, BUNDLE)
    return [(f"{folder}/{name}", content) for name, content in found.items()]


def _said(session: Session, assessment_id: str) -> dict[str, bytes]:
    found = {}
    for name, (table, columns) in SAID.items():
        wanted = select(table).where(table.assessment_id == assessment_id)  # type: ignore[attr-defined]
        rows = session.exec(wanted).all()
        if rows:
            found[name] = _json([_facts(row, columns) for row in rows])
    return found


def _stored(session: Session, owner_id: str, name: str) -> dict[str, Content]:
    try:
        return {name: get_artifact(session, owner_id, name)}
    except NotFound:
        return {}
    except PlatformFault as fault:
        return {name: fault}


def _summary(session: Session, assessment_id: str) -> dict[str, Any]:
    row = session.get_one(Assessment, assessment_id)
    counts = counting_evaluation(session, assessment_id)
    return _facts(row, FACTS) | _run(session, row, counts)


def _run(session: Session, row: Assessment, counts: Evaluation | None) -> dict[str, Any]:
    """What came of it, by the names that the exported list of candidates has."""
    judged = counts if counts and counts.state is EvaluationState.JUDGED else None
    total = total_of(session, row, judged) if judged else None
    low, high = (total.interval if total else None) or (None, None)
    people = with_people(session, [row]).get(row.id)
    return {
        "score": judged.score if judged else None,
        "weighted_score": total.total if total else None,
        "weighted_low": low,
        "weighted_high": high,
        "weighted_with_overrides": people.total if people else None,
        "evaluation_id": counts.id if counts else None,
        "complete": judged.complete if judged else None,
    }


def _facts(row: Row, columns: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in columns}


def _manifest(
    database: Database, position_id: str, archive: _Archive, now: datetime
) -> dict[str, Any]:
    with database.read() as session:
        position = session.get(Position, position_id)
    title = position.title if position else ""
    return {
        "format": FORMAT,
        "about": READ_ME,
        "position": {"id": position_id, "title": title},
        "made_at": now,
        "files": archive.files,
        "unreadable": archive.unreadable,
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, default=_plain) + "\n").encode()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
