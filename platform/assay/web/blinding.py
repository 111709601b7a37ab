"""How a candidate is called to who asks: by name, or by number to whom must not know yet.

Every page, file and answer of the API that shows something of an assessment asks here first, and
shows nothing of a person but what a `Face` says.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session

from assay.auth.principal import Member, Principal
from assay.db.tables import Assessment
from assay.domain.errors import Forbidden
from assay.domain.hiring import nameless
from assay.domain.veil import OPEN, Veil
from assay.features.reviews.blind import blinded, hidden_rows

UNTIL_REVIEWED = (
    "This is shown once you have handed in your review: it could tell who the candidate is."
)


@dataclass(frozen=True, slots=True)
class Face:
    """A candidate as somebody sees them.

    Attributes:
        title: For headings and lists: a name, an address, or "Candidate 7".
        name, email: "" to whom must not know.
        hidden: Whether that is so.
        veil: Takes the person out of text that came from elsewhere.
    """

    title: str
    name: str
    email: str
    hidden: bool
    veil: Veil

    def shown(self, text: str) -> str:
        """Text that may name the candidate, such as the subject of a commit."""
        return self.veil(text)


def faces_of(
    session: Session, principal: Principal, assessments: Iterable[Assessment]
) -> dict[str, Face]:
    """Assessment -> how its candidate is called to who asks."""
    rows = list(assessments)
    hidden = hidden_from(session, principal, [row.id for row in rows])
    return {row.id: face(row, hidden=row.id in hidden) for row in rows}


def face_of(session: Session, principal: Principal, assessment: Assessment) -> Face:
    """The same of one."""
    return faces_of(session, principal, [assessment])[assessment.id]


def hidden_from(session: Session, principal: Principal, ids: Iterable[str]) -> set[str]:
    """Of these assessments, those whose candidate must stay unknown. A key is nobody's eyes."""
    if not isinstance(principal, Member):
        return set()
    return blinded(session, principal.user_id, list(ids))


def hidden_rows_from(principal: Principal) -> ColumnElement[bool] | None:
    """The same as a condition on the assessments of a list; None: nobody is hidden."""
    return hidden_rows(principal.user_id, principal.role) if isinstance(principal, Member) else None


def face(row: Assessment, *, hidden: bool) -> Face:
    """How one candidate is called."""
    if hidden:
        veil = Veil(row.candidate_name, row.candidate_email)
        return Face(nameless(row.number, row.id), "", "", True, veil)
    title = row.candidate_name or row.candidate_email
    return Face(title, row.candidate_name, row.candidate_email, False, OPEN)


def require_face(shown: Face) -> None:
    """Refuse what cannot be shown without telling who it is.

    Raises:
        Forbidden: whoever asks must not know yet.
    """
    if shown.hidden:
        raise Forbidden(UNTIL_REVIEWED)
