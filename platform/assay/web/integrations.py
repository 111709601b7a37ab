"""What pages and the API share about integrations: a deed of an owner, and who must not be read.

What was sent to an endpoint may name a candidate, and so may an answer that it gave. An owner who
reviews that candidate blindly reads neither, like everywhere else (`web.blinding`).
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from fastapi import Request
from sqlmodel import Session, col, select

from assay.auth.principal import Principal, Staff, require
from assay.db.tables import Assessment, Delivery
from assay.domain.permissions import Action
from assay.domain.veil import OPEN, Veil
from assay.web.blinding import faces_of
from assay.web.dependencies import actor_of
from assay.web.platform import Platform

Done = TypeVar("Done")
Veils = Callable[[Delivery], Veil]


def owner(caller: Principal) -> Staff:
    """Who looks after integrations.

    Raises:
        Forbidden: whoever asks does not.
    """
    return require(caller, Action.MANAGE_INTEGRATIONS)


def done(
    request: Request,
    platform: Platform,
    caller: Principal,
    deed: Callable[..., Done],
    *what: object,
) -> Done:
    """Do something to an endpoint or a delivery of the caller's organisation, on record.

    `deed(session, organisation_id, *what, now, actor=...)` is a function of the slice; what it
    raises is raised.

    Raises:
        Forbidden: see `owner`.
    """
    staff, by, now = owner(caller), actor_of(request, caller), platform.now()
    with platform.database.write() as session:
        return deed(session, staff.organisation_id, *what, now, actor=by)


def veils_of(session: Session, caller: Principal, rows: Sequence[Delivery]) -> Veils:
    """For each of these deliveries what takes its candidate out of a text, if that is needed."""
    ids = {row.assessment_id for row in rows if row.assessment_id}
    there = session.exec(select(Assessment).where(col(Assessment.id).in_(ids))).all() if ids else []
    faces = faces_of(session, caller, there)

    def veil_of(row: Delivery) -> Veil:
        face = faces.get(row.assessment_id)
        return face.veil if face else OPEN

    return veil_of
