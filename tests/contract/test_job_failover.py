"""Who counts as dead, by files and by PostgreSQL; and what a worker does that was cut off."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url
from tests.fakes.job_rigs import (
    DbosRig,
    Forked,
    postgres_copy,
    postgres_template,
    sqlite_copy,
    sqlite_template,
)
from tests.fakes.job_worker import hold_lock
from tests.fakes.postgres import PostgresCluster

from assay.adapters.failover import EXIT_LOST, Failover, Liveness, claim, liveness_for
from assay.domain.errors import BadInput, PlatformFault


@pytest.fixture(params=["file", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return f"sqlite:///{tmp_path}/assay.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture(scope="module")
def prepared_postgres(postgres_cluster: PostgresCluster) -> str:
    return postgres_template(postgres_cluster.url("postgres"))


@pytest.fixture
def bert(url: str) -> Iterator[Liveness]:
    liveness = liveness_for(url)
    claim(liveness, "bert")
    yield liveness
    liveness.release()


@pytest.fixture
def anna(url: str) -> Iterator[Forked]:
    """Another process that has claimed its lock."""
    process = Forked(hold_lock, url, "anna")
    assert process.said is True
    yield process
    process.kill()


class Jobs:
    """The running jobs of some workers."""

    def __init__(self, *owners: str) -> None:
        self._owners = set(owners)
        self.taken_over: list[str] = []

    def owners(self) -> set[str]:
        return self._owners

    def take_over(self, worker_id: str) -> None:
        self.taken_over.append(worker_id)


def swept(liveness: Liveness, jobs: Jobs) -> list[str]:
    watch = Failover(liveness, jobs)
    watch._worker_id = "bert"
    return watch.sweep()


def test_a_living_worker_keeps_its_jobs(bert: Liveness, anna: Forked) -> None:
    assert swept(bert, Jobs("anna", "bert")) == []


def test_a_killed_worker_loses_its_jobs_at_once(bert: Liveness, anna: Forked) -> None:
    anna.kill()
    jobs = Jobs("anna", "bert", "never/seen:before")

    assert swept(bert, jobs) == ["anna", "never/seen:before"]
    assert jobs.taken_over == ["anna", "never/seen:before"]


def test_nobody_is_the_same_worker_twice(
    url: str, anna: Forked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assay.adapters.failover.CLAIM_WAIT_S", 0.2)

    with pytest.raises(BadInput, match="'anna' is running already"):
        claim(liveness_for(url), "anna")


def test_a_worker_cannot_come_back_while_its_jobs_are_taken_over(url: str, bert: Liveness) -> None:
    returning = liveness_for(url)
    with bert.dead("anna") as dead:
        assert dead
        assert not returning.claim("anna")

    assert returning.claim("anna")
    returning.release()


def test_what_is_released_may_be_claimed(url: str, bert: Liveness) -> None:
    bert.release()
    again = liveness_for(url)

    assert again.claim("bert")
    assert again.held()
    again.release()


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "workers").write_text("not a folder")

    with pytest.raises(PlatformFault, match="cannot lock a file"):
        liveness_for(f"sqlite:///{tmp_path}/assay.db").claim("anna")


def test_a_server_that_does_not_answer_is_said() -> None:
    with pytest.raises(PlatformFault, match="PostgreSQL does not answer"):
        liveness_for("postgresql://nobody@127.0.0.1:1/nowhere").claim("anna")


def test_a_session_that_was_lost_stays_lost(postgres_url: str) -> None:
    liveness = liveness_for(postgres_url)
    claim(liveness, "anna")
    assert liveness.held()
    cut_off_workers(postgres_url)

    assert not liveness.held()
    assert not liveness.held()
    liveness.release()


@pytest.mark.slow
def test_a_worker_that_lost_its_session_leaves_and_another_goes_on(
    prepared_postgres: str, tmp_path: Path
) -> None:
    with postgres_copy(prepared_postgres) as url, closing(DbosRig(tmp_path, url)) as rig:
        rig.submit("e1", "quick-a", "hold-b")
        anna = rig.worker("anna")
        rig.wait_said("e1", "hold-b begins")
        cut_off_workers(url)

        assert isinstance(anna, Forked)
        assert anna.gone(within_s=5)
        assert anna.exit_code == EXIT_LOST
        rig.script.let_go("hold-b")
        rig.worker("bert")
        rig.wait_until("e1", "done")


@pytest.mark.minutes
def test_a_worker_that_stood_still_while_another_took_over_writes_nothing(
    prepared_postgres: str, tmp_path: Path
) -> None:
    with postgres_copy(prepared_postgres) as url, closing(DbosRig(tmp_path, url)) as rig:
        rig.submit("e1", "hold-a", "quick-b")
        anna = rig.worker("anna")
        rig.wait_said("e1", "hold-a begins")
        assert isinstance(anna, Forked)
        anna.pause()
        cut_off_workers(url)
        rig.worker("bert")
        rig.wait_said("e1", "hold-a begins", times=2)
        rig.script.let_go("hold-a")
        anna.go_on()
        rig.wait_until("e1", "done")

        assert anna.gone(within_s=5)
        assert anna.exit_code == EXIT_LOST
        assert rig.script.said("e1").count("quick-b begins") == 1
        assert rig.script.said("e1").count("finish") == 1


@pytest.fixture(params=["sqlite", "postgres"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DbosRig]:
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = sqlite_copy(sqlite_template(tmp_path), tmp_path)
        else:
            url = stack.enter_context(postgres_copy(request.getfixturevalue("prepared_postgres")))
        yield stack.enter_context(closing(DbosRig(tmp_path, url)))


@pytest.mark.minutes
def test_a_worker_that_stood_still_for_a_while_keeps_its_jobs(rig: DbosRig) -> None:
    rig.submit("e1", "hold-a", "quick-b")
    anna = rig.worker("anna")
    rig.wait_said("e1", "hold-a begins")
    rig.worker("bert")
    assert isinstance(anna, Forked)
    anna.pause()
    rig.submit("e2", "nap-a", "nap-b", "nap-c", "nap-d", "nap-e")
    rig.wait_until("e2", "done")
    anna.go_on()
    rig.script.let_go("hold-a")
    rig.wait_until("e1", "done")

    assert rig.script.said("e1").count("hold-a begins") == 1


def cut_off_workers(url: str) -> None:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'assay worker' AND datname = current_database()"
        )
