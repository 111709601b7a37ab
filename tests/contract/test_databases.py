"""What holds on SQLite holds on PostgreSQL, and the other way round."""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlmodel import select
from tests.fakes.accounts import NOW, an_assessment, an_evaluation, cast

from assay.audit.ledger import SYSTEM, Actor, entries, record
from assay.audit.tags import Tag
from assay.auth.accounts import create_organisation
from assay.auth.links import follow_link, new_link_for
from assay.bootstrap.backup import back_up, restore
from assay.bootstrap.settings import read_settings
from assay.db.artifacts import artifact_names, delete_artifacts, get_artifact, put_artifact
from assay.db.base import Row
from assay.db.migrate import MIGRATIONS, differences, is_current, upgrade
from assay.db.session import Database
from assay.db.states import locked, move_evaluation
from assay.db.tables import AuditEntry, Evaluation, Membership, Organisation
from assay.domain.errors import BadInput, Conflict, NotFound, PlatformFault
from assay.domain.lifecycle import EvaluationState

QUEUED, RUNNING, JUDGED = EvaluationState.QUEUED, EvaluationState.RUNNING, EvaluationState.JUDGED


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/live/assay.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    upgrade(url)
    made = Database(url)
    yield made
    made.dispose()


def count(database: Database, table: str) -> int:
    with database.read() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def at_once(deed: Callable[[], object], times: int) -> list[object]:
    """What each of several threads got that began together: a value, or an exception."""
    gate = threading.Barrier(times)

    def one() -> object:
        gate.wait(timeout=30)
        try:
            return deed()
        except Exception as error:  # noqa: BLE001 - the exception is the result
            return error

    with ThreadPoolExecutor(times) as pool:
        return [f.result(timeout=60) for f in [pool.submit(one) for _ in range(times)]]


# Migrations


def test_the_migrations_make_the_tables_that_the_code_declares(database: Database) -> None:
    with database.engine.begin() as connection:
        assert differences(connection) == ""


def test_a_table_that_misses_a_column_is_noticed(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE worker DROP COLUMN engine"))
        assert "worker" in differences(connection)


def test_migrating_again_changes_nothing(database: Database, url: str) -> None:
    with database.write() as session:
        create_organisation(session, "Alice's company", NOW)

    upgrade(url)

    assert count(database, "organisation") == 1


def test_a_database_is_current_only_once_it_is_migrated(url: str, tmp_path: Path) -> None:
    (tmp_path / "live").mkdir(exist_ok=True)
    made = Database(url)
    with made.engine.begin() as connection:
        before = is_current(connection)
    upgrade(url)
    with made.engine.begin() as connection:
        after = is_current(connection)
    made.dispose()

    assert (before, after) == (False, True)


def test_processes_that_migrate_at_once_wait_for_each_other(url: str) -> None:
    code = f"from assay.db.migrate import upgrade; upgrade({url!r})"
    started = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    errors = [process.communicate(timeout=60)[1] for process in started]

    assert [process.returncode for process in started] == [0, 0, 0], errors


def test_a_database_of_a_newer_version_is_refused(database: Database, url: str) -> None:
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(PlatformFault, match="not of this version"):
        upgrade(url)


def test_going_back_leaves_nothing_of_ours(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    left = set(inspect(database.engine).get_table_names())
    assert left & set(Row.metadata.tables) == set()


def test_tables_of_the_job_engine_are_none_of_our_business(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("CREATE TABLE workflow_status (id INTEGER)"))
        assert differences(connection) == ""


# Transactions


def test_what_is_written_is_there_when_the_block_has_ended(database: Database) -> None:
    with database.write() as session:
        create_organisation(session, "Alice's company", NOW)

    assert count(database, "organisation") == 1


def test_an_exception_takes_everything_back(database: Database) -> None:
    def fail() -> None:
        with database.write() as session:
            create_organisation(session, "Alice's company", NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert count(database, "organisation") == 0


def test_rows_can_still_be_read_after_their_transaction(database: Database) -> None:
    with database.write() as session:
        made = create_organisation(session, "Alice's company", NOW)

    assert made.name == "Alice's company"


def test_a_row_added_while_reading_is_an_error_and_not_forgotten(database: Database) -> None:
    def add() -> None:
        with database.read() as session:
            session.add(Organisation(id="org_1", name="nobody's", created_at=NOW))

    with pytest.raises(RuntimeError, match=r"Database\.write"):
        add()

    assert count(database, "organisation") == 0


def test_the_database_itself_refuses_statements_that_write_while_reading(
    database: Database,
) -> None:
    def delete() -> None:
        with database.read() as session:
            session.execute(text("DELETE FROM organisation"))

    with pytest.raises(DBAPIError):
        delete()


def test_whoever_writes_after_a_reader_on_its_connection_may(database: Database) -> None:
    for _ in range(3):
        count(database, "organisation")
        with database.write() as session:
            create_organisation(session, "another", NOW)

    assert count(database, "organisation") == 3


def test_a_reader_sees_one_moment(database: Database) -> None:
    with database.read() as session:
        before = len(session.exec(select(Organisation)).all())
        with database.write() as writer:
            create_organisation(writer, "Alice's company", NOW)
        after = len(session.exec(select(Organisation)).all())

    assert (before, after) == (0, 0)


def test_a_reader_waits_for_no_writer(database: Database) -> None:
    with database.write() as writer:
        create_organisation(writer, "Alice's company", NOW)

        assert count(database, "organisation") == 0


def test_no_update_is_lost_among_threads(database: Database) -> None:
    with database.write() as session:
        assessment = an_assessment(session, create_organisation(session, "A", NOW).id)
        evaluation_id = an_evaluation(session, assessment).id

    def add_one() -> None:
        for _ in range(20):
            with database.write() as session:
                row = locked(session, Evaluation, evaluation_id)
                row.turn += 1
                session.add(row)

    results = at_once(add_one, 8)

    with database.read() as session:
        row = session.get(Evaluation, evaluation_id)
        assert results == [None] * 8
        assert row is not None
        assert row.turn == 1 + 8 * 20


# Columns


def test_an_instant_comes_back_as_the_same_instant_in_utc(database: Database) -> None:
    elsewhere = datetime(2026, 11, 21, 14, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    with database.write() as session:
        made = create_organisation(session, "Alice's company", elsewhere)
    with database.read() as session:
        found = session.exec(select(Organisation)).one()

    assert found.created_at == elsewhere == made.created_at
    assert found.created_at.utcoffset() == timedelta(0)


def test_an_instant_without_a_zone_is_refused(database: Database) -> None:
    def store() -> None:
        with database.write() as session:
            create_organisation(session, "Alice's company", datetime(2026, 11, 21))  # noqa: DTZ001

    with pytest.raises(StatementError, match="no time zone"):
        store()


def test_a_word_is_stored_as_itself(database: Database) -> None:
    everybody = cast(database)
    with database.read() as session:
        wanted = select(Membership.role).where(Membership.user_id == everybody.bob.user_id)
        stored = text("SELECT role FROM membership WHERE user_id = :id")
        raw = session.execute(stored, {"id": everybody.bob.user_id}).scalar_one()

        assert raw == "reviewer"
        assert session.exec(wanted).one() is everybody.bob.role


def test_seeds_and_turns_may_have_sixty_three_bits(database: Database) -> None:
    with database.write() as session:
        assessment = an_assessment(session, create_organisation(session, "A", NOW).id)
        evaluation = an_evaluation(session, assessment)
        evaluation.turn = evaluation.seed = 2**63 - 1
    with database.read() as session:
        found = session.exec(select(Evaluation)).one()

    assert (found.turn, found.seed) == (2**63 - 1, 2**63 - 1)


def test_a_row_cannot_name_one_that_is_not_there(database: Database) -> None:
    def store() -> None:
        with database.write() as session:
            an_assessment(session, "org_nobody")

    with pytest.raises(DBAPIError):
        store()


# States


def queued(database: Database) -> str:
    with database.write() as session:
        assessment = an_assessment(session, create_organisation(session, "A", NOW).id)
        return an_evaluation(session, assessment).id


def test_of_many_who_take_an_evaluation_at_once_one_has_it(database: Database) -> None:
    evaluation_id = queued(database)

    def take() -> str:
        with database.write() as session:
            return move_evaluation(session, evaluation_id, was=QUEUED, then=RUNNING).id

    results = at_once(take, 8)

    assert results.count(evaluation_id) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 7


def test_an_attempt_that_no_longer_counts_moves_nothing(database: Database) -> None:
    evaluation_id = queued(database)
    with database.write() as session:
        row = move_evaluation(session, evaluation_id, was=QUEUED, then=RUNNING, attempt=1)
        row.attempt = 2

    def finish() -> None:
        with database.write() as session:
            move_evaluation(session, evaluation_id, was=RUNNING, then=JUDGED, attempt=1)

    with pytest.raises(Conflict, match="attempt 2"):
        finish()


def test_what_is_not_there_has_no_state(database: Database) -> None:
    def move() -> None:
        with database.write() as session:
            move_evaluation(session, "evl_nobody", was=QUEUED, then=RUNNING)

    with pytest.raises(NotFound):
        move()


# Files


def test_a_file_comes_back_as_it_went_in_and_its_newest_content_counts(
    database: Database,
) -> None:
    content = bytes(range(256)) * 40
    for part in (b"older", content):
        with database.write() as session:
            put_artifact(session, "sub_1", "repository.bundle", part, NOW)
            put_artifact(session, "sub_1", "empty", b"", NOW)

    with database.read() as session:
        assert get_artifact(session, "sub_1", "repository.bundle") == content
        assert get_artifact(session, "sub_1", "empty") == b""
        assert artifact_names(session, "sub_1") == ["empty", "repository.bundle"]


def test_only_the_files_of_one_owner_are_deleted(database: Database) -> None:
    with database.write() as session:
        put_artifact(session, "sub_1", "a", b"1", NOW)
        put_artifact(session, "sub_2", "a", b"2", NOW)
        delete_artifacts(session, "sub_1")

    with database.read() as session:
        assert get_artifact(session, "sub_2", "a") == b"2"
        with pytest.raises(NotFound, match="'a' of sub_1"):
            get_artifact(session, "sub_1", "a")


def test_a_damaged_file_is_never_handed_out(database: Database) -> None:
    with database.write() as session:
        put_artifact(session, "sub_1", "a", b"content", NOW)
    with database.write() as session:
        session.execute(text("UPDATE artifact SET sha256 = 'other'"))

    with database.read() as session, pytest.raises(PlatformFault, match="damaged"):
        get_artifact(session, "sub_1", "a")


# The ledger


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entry SET actor = 'nobody'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"],
)
def test_the_database_lets_nobody_change_the_ledger(database: Database, statement: str) -> None:
    with database.write() as session:
        record(session, Tag.STARTED, by=SYSTEM, subject="asm_1", now=NOW)

    def change() -> None:
        with database.write() as session:
            session.execute(text(statement))

    with pytest.raises(DBAPIError):
        change()

    with database.read() as session:
        assert session.exec(select(AuditEntry.actor)).all() == ["system"]


def test_the_ledger_shows_an_organisation_its_own_entries_the_latest_first(
    database: Database,
) -> None:
    with database.write() as session:
        for number in range(5):
            ours = Actor("user:usr_1", "org_1")
            record(session, Tag.INVITED, by=ours, subject=f"asm_{number}", now=NOW)
            theirs = Actor("user:usr_2", "org_2")
            record(session, Tag.INVITED, by=theirs, subject="asm_theirs", now=NOW)

    with database.read() as session:
        first = entries(session, "org_1", limit=3)
        rest = entries(session, "org_1", before=first[-1].id, limit=3)

    assert [e.subject for e in first + rest] == ["asm_4", "asm_3", "asm_2", "asm_1", "asm_0"]


# Ways in


def test_of_many_who_follow_a_link_at_once_one_is_let_in(database: Database) -> None:
    alice = cast(database).alice
    with database.write() as session:
        token = new_link_for(session, alice.user_id, NOW)

    def follow() -> str:
        with database.write() as session:
            return follow_link(session, token, NOW).id

    results = at_once(follow, 6)

    assert results.count(alice.user_id) == 1
    assert sum(isinstance(result, NotFound) for result in results) == 5


# Backup


def test_a_backup_brings_everything_back_and_overwrites_nothing(
    database: Database, url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    everybody = cast(database)
    with database.write() as session:
        record(session, Tag.STARTED, by=SYSTEM, subject="asm_1", now=NOW)
        put_artifact(session, "sub_1", "a", b"content", NOW)
    settings = read_settings({"ASSAY_HOME": str(tmp_path / "live"), "ASSAY_DATABASE_URL": url})
    back_up(settings, tmp_path / "backup.tar.gz", NOW)
    with pytest.raises(BadInput, match="nothing was overwritten"):
        restore(settings, tmp_path / "backup.tar.gz", NOW)

    there = elsewhere(database, tmp_path, request)
    environment = {"ASSAY_HOME": str(tmp_path / "new"), "ASSAY_DATABASE_URL": there}
    restore(read_settings(environment), tmp_path / "backup.tar.gz", NOW)
    restored = Database(there)

    with restored.read() as session:
        assert get_artifact(session, "sub_1", "a") == b"content"
        assert session.get(Organisation, everybody.organisation_id) is not None
        tags = session.exec(select(AuditEntry.action).order_by(AuditEntry.id)).all()  # type: ignore[arg-type]
        assert tags == [Tag.STARTED, Tag.RESTORED]
    with restored.engine.begin() as connection:
        assert differences(connection) == ""
    with pytest.raises(DBAPIError), restored.write() as session:
        session.execute(text("DELETE FROM audit_entry"))
    restored.dispose()


def elsewhere(database: Database, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of another empty database of the same kind."""
    if database.is_sqlite:
        return f"sqlite:///{tmp_path}/new/assay.db"
    cluster = request.getfixturevalue("postgres_cluster")
    name = cluster.create_database()
    request.addfinalizer(lambda: cluster.drop_database(name))
    return str(cluster.url(name))
