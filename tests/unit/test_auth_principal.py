"""Everybody tries everything: Alice, Bob, Vera, Charlie, Dana, a program and nobody."""

import pytest

from assay.auth.principal import (
    Candidate,
    Key,
    Member,
    Nobody,
    Principal,
    require,
    require_in,
)
from assay.domain.errors import Forbidden, NotFound
from assay.domain.permissions import ALLOWED, Action, Role

OURS, THEIRS = "org_alice", "org_charlie"
STAFF: dict[str, Member | Key] = {
    "alice": Member("usr_alice", OURS, Role.OWNER),
    "bob": Member("usr_bob", OURS, Role.REVIEWER),
    "vera": Member("usr_vera", OURS, Role.VIEWER),
    "a program of alice": Key("key_1", OURS, Role.REVIEWER),
}
CHARLIE = Member("usr_charlie", THEIRS, Role.OWNER)
OUTSIDERS: dict[str, Principal] = {"dana": Candidate("asm_1"), "nobody": Nobody()}


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("who", STAFF)
def test_a_role_allows_what_it_says_and_nothing_else(who: str, action: Action) -> None:
    principal = STAFF[who]
    if action in ALLOWED[principal.role]:
        assert require_in(principal, action, OURS) is principal
    else:
        with pytest.raises(Forbidden, match="ask an owner"):
            require_in(principal, action, OURS)


@pytest.mark.parametrize("action", Action)
def test_charlie_learns_of_nothing_that_is_alices(action: Action) -> None:
    with pytest.raises(NotFound):
        require_in(CHARLIE, action, OURS)
    assert require_in(CHARLIE, action, THEIRS) is CHARLIE


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("who", OUTSIDERS)
def test_dana_and_nobody_may_do_nothing_of_the_hiring_team(who: str, action: Action) -> None:
    with pytest.raises(Forbidden):
        require(OUTSIDERS[who], action)
    with pytest.raises(Forbidden):
        require_in(OUTSIDERS[who], action, OURS)


def test_the_ledger_can_tell_them_apart() -> None:
    everybody: list[Principal] = [*STAFF.values(), CHARLIE, *OUTSIDERS.values()]

    assert [who.actor for who in everybody] == [
        "user:usr_alice", "user:usr_bob", "user:usr_vera", "key:key_1",
        "user:usr_charlie", "candidate:asm_1", "nobody",
    ]  # fmt: skip
