"""On both databases: what two owners do to a team in the same moment leaves it with one of them."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlmodel import Session
from tests.fakes.accounts import NOW, cast

from assay.auth import members
from assay.auth.members import Newcomer
from assay.db.session import Database
from assay.domain.errors import Conflict
from assay.domain.permissions import Role


def refused(database: Database, deeds: Sequence[Callable[[Session], object]]) -> list[bool]:
    """Whether each was; all begin together, each in a transaction of its own."""
    gate = threading.Barrier(len(deeds))

    def one(deed: Callable[[Session], object]) -> bool:
        gate.wait(timeout=30)
        try:
            with database.write() as session:
                deed(session)
        except Conflict:
            return True
        return False

    with ThreadPoolExecutor(len(deeds)) as pool:
        return sorted(pool.map(one, deeds, timeout=60))


def removing(organisation_id: str, user_id: str) -> Callable[[Session], object]:
    return lambda session: members.leave(session, organisation_id, user_id)


def test_two_owners_who_remove_each_other_leave_one(each_database: Database) -> None:
    everybody = cast(each_database)
    ours, pair = everybody.organisation_id, (everybody.alice.user_id, everybody.bob.user_id)
    with each_database.write() as session:
        members.change_role(session, ours, everybody.bob.user_id, Role.OWNER)
    deeds = [removing(ours, one) for one in pair]

    assert refused(each_database, deeds) == [False, True]
    with each_database.read() as session:
        owners = [one for one in members.members_of(session, ours) if one.role is Role.OWNER]
    assert len(owners) == 1


def test_somebody_whom_two_owners_add_is_added_once(each_database: Database) -> None:
    ours, wish = cast(each_database).organisation_id, Newcomer("eve@example.com", "", Role.VIEWER)
    deeds = [lambda session: members.join(session, ours, wish, NOW)] * 2

    assert refused(each_database, deeds) == [False, True]
    with each_database.read() as session:
        team = [one.user.email for one in members.members_of(session, ours)]
    assert team.count("eve@example.com") == 1
