"""Files in the database: web and workers on several hosts share nothing else."""

import hashlib
import zlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select as columns
from sqlmodel import Session, col, delete, insert, literal, select

from assay.db.tables import Artifact
from assay.db.types import UtcDateTime
from assay.domain.errors import NotFound, PlatformFault

COMPRESSION = 6
BUNDLE = "repository.bundle"
"""What a submission is evaluated from, stored under this name."""


def put_artifact(session: Session, owner_id: str, name: str, content: bytes, now: datetime) -> None:
    """Store a file of a submission or an evaluation; one of that name is replaced."""
    delete_artifact(session, owner_id, name)
    session.exec(
        insert(Artifact).values(
            owner_id=owner_id,
            name=name,
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
            content=zlib.compress(content, COMPRESSION),
            created_at=now,
        )
    )


def get_artifact(session: Session, owner_id: str, name: str) -> bytes:
    """The file as it was.

    Raises:
        NotFound: there is none.
        PlatformFault: it is not what was stored.
    """
    row = session.exec(
        select(Artifact.content, Artifact.sha256).where(
            Artifact.owner_id == owner_id, Artifact.name == name
        )
    ).first()
    if row is None:
        raise NotFound(f"there is no file {name!r} of {owner_id}")
    content, sha256 = row
    return _checked(content, sha256, f"{name!r} of {owner_id}")


def artifact_names(session: Session, owner_id: str) -> list[str]:
    """What files there are, by name."""
    wanted = select(Artifact.name).where(Artifact.owner_id == owner_id)
    return sorted(session.exec(wanted).all())


def artifact_names_of(session: Session, owner_ids: Sequence[str]) -> dict[str, list[str]]:
    """Owner -> its files by name, asked for at once; only owners that have some."""
    wanted = select(Artifact.owner_id, Artifact.name).where(col(Artifact.owner_id).in_(owner_ids))
    found: dict[str, list[str]] = {}
    for owner_id, name in session.exec(wanted.order_by(Artifact.owner_id, Artifact.name)):
        found.setdefault(owner_id, []).append(name)
    return found


def copy_artifacts(
    session: Session, owner_id: str, to: str, names: Sequence[str], now: datetime
) -> None:
    """Give another owner the same files, as they are stored: what is damaged is found later."""
    kept = ("name", "sha256", "size_bytes", "content")
    found = columns(
        literal(to), *(getattr(Artifact, name) for name in kept), literal(now, UtcDateTime)
    ).where(col(Artifact.owner_id) == owner_id, col(Artifact.name).in_(names))
    session.exec(insert(Artifact).from_select(["owner_id", *kept, "created_at"], found))


def delete_artifact(session: Session, owner_id: str, name: str) -> None:
    """Remove a file of a submission or an evaluation. No error if there is none."""
    session.exec(
        delete(Artifact).where(col(Artifact.owner_id) == owner_id, col(Artifact.name) == name)
    )


def delete_artifacts(session: Session, owner_id: str) -> None:
    """Remove every file of a submission or an evaluation."""
    session.exec(delete(Artifact).where(col(Artifact.owner_id) == owner_id))


def _checked(content: bytes, sha256: str, what: str) -> bytes:
    try:
        whole = zlib.decompress(content)
    except zlib.error:
        whole = b""
    if hashlib.sha256(whole).hexdigest() != sha256:
        raise PlatformFault(
            f"the stored file {what} is damaged", remedy="restore the database from a backup"
        )
    return whole
