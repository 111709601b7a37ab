"""Filters and order of a pipeline under a name, for one user and one position."""

from datetime import datetime

from sqlmodel import Session, col, select

from assay.db.states import locked
from assay.db.tables import SavedView, User
from assay.domain.errors import BadInput, Conflict, NotFound
from assay.features.positions.wanted import Wanted, query_of
from assay.kit.ids import new_id
from assay.kit.text import one_line

VIEWS_MAX = 20
NAME_MAX = 80
QUERY_MAX = 1000


def views_of(session: Session, user_id: str, position_id: str) -> list[SavedView]:
    """The views of a user, by name."""
    wanted = select(SavedView).where(
        SavedView.user_id == user_id, SavedView.position_id == position_id
    )
    return list(session.exec(wanted.order_by(col(SavedView.name))))


def save_view(
    session: Session, user_id: str, position_id: str, name: str, wanted: Wanted, now: datetime
) -> SavedView:
    """Keep it. One of that name is replaced. Of two at once (a form sent twice) one waits.

    Raises:
        BadInput: it has no name, or is too long.
        Conflict: the user has as many as can be.
    """
    name = one_line(name, NAME_MAX).strip()
    if not name:
        raise BadInput("give the view a name, to find it by")
    query = query_of(wanted)
    if len(query) > QUERY_MAX:
        raise BadInput("the search is too long to be kept; shorten it")
    locked(session, User, user_id)
    there = views_of(session, user_id, position_id)
    same = next((view for view in there if view.name == name), None)
    if same is None and len(there) >= VIEWS_MAX:
        raise Conflict(f"there are {VIEWS_MAX} views already: delete one first")
    view = same or SavedView(
        id=new_id("viw"),
        user_id=user_id,
        position_id=position_id,
        name=name,
        query="",
        created_at=now,
    )
    view.query = query
    session.add(view)
    session.flush()
    return view


def delete_view(session: Session, user_id: str, position_id: str, view_id: str) -> None:
    """Forget it.

    Raises:
        NotFound: the user has no such view of this position.
    """
    view = session.get(SavedView, view_id)
    if view is None or (view.user_id, view.position_id) != (user_id, position_id):
        raise NotFound("There is no such view of yours.")
    session.delete(view)
    session.flush()
