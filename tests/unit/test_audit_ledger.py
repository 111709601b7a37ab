"""The ledger."""

import json
import re

import pytest
from tests.fakes.accounts import NOW

from assay.audit.ledger import Actor, Detail, entries, record
from assay.audit.tags import Tag
from assay.db.session import Database
from assay.db.tables import AuditEntry

ALICE = Actor("user:usr_1", "org_1", "198.51.100.1")


def recorded(database: Database, by: Actor, details: dict[str, Detail]) -> AuditEntry:
    with database.write() as session:
        record(session, Tag.EXTENDED, by=by, subject="asm_1", now=NOW, details=details)
    with database.read() as session:
        (entry,) = entries(session, "org_1")
        return entry


def test_an_entry_says_who_did_what_to_what_and_when(database: Database) -> None:
    entry = recorded(database, ALICE, {"hours": 24, "reason": "ill"})

    assert (entry.actor, entry.action) == (ALICE.name, "assessment:extended")
    assert entry.subject == "asm_1"
    assert (entry.at, entry.address) == (NOW, "198.51.100.1")
    assert json.loads(entry.details) == {"hours": 24, "reason": "ill"}


def test_where_a_candidate_was_is_not_kept(database: Database) -> None:
    """An entry stays for ever, and a candidate may ask for everything to be removed."""
    entry = recorded(database, Actor("candidate:asm_1", "org_1", "198.51.100.7"), {})

    assert entry.address == ""


def test_a_deed_that_was_taken_back_is_in_no_ledger(database: Database) -> None:
    def fail() -> None:
        with database.write() as session:
            record(session, Tag.STARTED, by=ALICE, subject="asm_1", now=NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.read() as session:
        assert entries(session, "org_1") == []


@pytest.mark.parametrize("name", ["password", "git_token", "clientSecret"])
def test_a_secret_does_not_get_in(database: Database, name: str) -> None:
    with database.write() as session, pytest.raises(ValueError, match="no secrets"):
        record(session, Tag.STARTED, by=ALICE, subject="a", now=NOW, details={name: "x"})


def test_every_tag_is_a_subject_and_a_deed_that_fit_the_table() -> None:
    column = AuditEntry.model_fields["action"]
    limits = [getattr(rule, "max_length", 0) for rule in column.metadata]

    assert all(re.fullmatch(r"[a-z]+:[a-z_]+", tag) for tag in Tag)
    assert max(map(len, Tag)) <= max(limits)
