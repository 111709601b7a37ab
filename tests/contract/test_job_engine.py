"""What every job engine does: the fake in memory and DBOS, on SQLite and on PostgreSQL."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session
from tests.fakes.job_rigs import (
    DbosRig,
    FakeRig,
    Rig,
    postgres_copy,
    postgres_template,
    sqlite_copy,
    sqlite_template,
)
from tests.fakes.postgres import PostgresCluster

from assay.jobs.engine import CALL_TRIES_MAX, STAGE_STARTS_MAX, Job
from assay.kit.clock import utc_now

CANCELLED_WITHIN_S = 1.0
TAKEN_OVER_WITHIN_S = 10.0


@pytest.fixture(scope="module")
def prepared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sqlite_template(tmp_path_factory.mktemp("jobs"))


@pytest.fixture(scope="module")
def prepared_postgres(postgres_cluster: PostgresCluster) -> str:
    return postgres_template(postgres_cluster.url("postgres"))


@pytest.fixture(params=["fake", "sqlite", "postgres"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    with ExitStack() as stack:
        match request.param:
            case "fake":
                made: Rig = FakeRig(tmp_path)
            case "sqlite":
                template = request.getfixturevalue("prepared_sqlite")
                made = DbosRig(tmp_path, sqlite_copy(template, tmp_path))
            case _:
                database = postgres_copy(request.getfixturevalue("prepared_postgres"))
                made = DbosRig(tmp_path, stack.enter_context(database))
        yield stack.enter_context(closing(made))


def rolled_back(rig: Rig, deed: Callable[[Session], None]) -> None:
    with rig.session() as session:
        deed(session)
        raise ZeroDivisionError


def test_a_job_goes_through_its_stages_in_order(rig: Rig) -> None:
    rig.submit("e1", "quick-a", "quick-b")
    rig.worker()
    rig.wait_until("e1", "done")

    assert rig.script.said("e1") == [
        "begin", "quick-a begins", "quick-a ends", "quick-b begins", "quick-b ends", "finish",
    ]  # fmt: skip


def test_a_job_of_a_transaction_that_was_rolled_back_never_was(rig: Rig) -> None:
    rig.script.plan("e1", "quick-a")
    with pytest.raises(ZeroDivisionError):
        rolled_back(rig, lambda session: rig.queue.submit(session, Job("e1", 1, turn=1)))

    assert rig.state("e1") is None


def test_a_job_waits_for_the_end_of_its_transaction(rig: Rig) -> None:
    rig.script.plan("e1", "quick-a")
    rig.worker()
    with rig.session() as session:
        rig.queue.submit(session, Job("e1", 1, turn=1))
        time.sleep(0.6)  # longer than a worker takes to look
        assert rig.script.said("e1") == []
        assert rig.state("e1") is None
    rig.wait_until("e1", "done")


def test_a_job_that_is_submitted_again_is_not_run_again(rig: Rig) -> None:
    rig.submit("e1", "quick-a")
    rig.submit("e1", "quick-a")
    rig.worker()
    rig.wait_until("e1", "done")
    rig.submit("e1", "quick-a")
    rig.submit("e2", "quick-a")
    rig.wait_until("e2", "done")

    assert rig.script.said("e1").count("begin") == 1


def test_another_attempt_is_another_job(rig: Rig) -> None:
    rig.submit("e1", "quick-a")
    rig.submit("e1", "quick-a", attempt=2)
    rig.worker()
    rig.wait_until("e1", "done")
    rig.wait_said("e1", "finish", times=2)

    assert rig.queue.state("e1", 3) is None


def test_the_smallest_turn_runs_first_and_of_equals_the_eldest(rig: Rig) -> None:
    for name, turn in [("fifth", 5), ("first", 1), ("third", 3), ("second", 1), ("fourth", 3)]:
        rig.submit(name, "quick-a", turn=turn)
    rig.worker()
    rig.wait_until("fifth", "done")

    begun = [call.evaluation for call in rig.script.calls() if call.what == "begin"]
    assert begun == ["first", "second", "third", "fourth", "fifth"]


def test_a_delayed_job_waits(rig: Rig) -> None:
    rig.worker()
    rig.submit("late", "quick-a", delay_s=2.0)
    rig.submit("soon", "quick-a")
    rig.wait_until("soon", "done")
    soon = rig.script.calls("soon")[0].at_s

    assert rig.state("late") == "queued"
    rig.wait_until("late", "done")
    assert rig.script.calls("late")[0].at_s - soon > 1.0


def test_every_worker_fills_its_own_slots_and_no_more(rig: Rig) -> None:
    for number in range(5):
        rig.submit(f"e{number}", "hold-all")
    rig.worker("anna", slots=1)
    rig.worker("bert", slots=2)
    rig.wait_for("three begun", lambda: rig.script.said().count("hold-all begins") >= 3, 60)
    time.sleep(0.6)  # longer than a worker takes to look

    begun = [call.worker for call in rig.script.calls() if call.what == "hold-all begins"]
    assert sorted(begun) == ["anna", "bert", "bert"]
    rig.script.let_go("hold-all")
    for number in range(5):
        rig.wait_until(f"e{number}", "done")


def test_a_job_that_is_no_longer_wanted_ends_at_once(rig: Rig) -> None:
    rig.submit("e1")
    rig.worker()
    rig.wait_until("e1", "done")

    assert rig.script.said("e1") == ["begin"]


def test_a_stage_may_end_the_stages(rig: Rig) -> None:
    rig.submit("e1", "stop-a", "quick-b")
    rig.worker()
    rig.wait_until("e1", "done")

    assert rig.script.said("e1") == ["begin", "stop-a begins", "stop-a ends", "finish"]


def test_a_stage_that_raises_is_given_up_and_the_job_finished(rig: Rig) -> None:
    rig.submit("e1", "raise-a", "quick-b")
    rig.worker()
    rig.wait_until("e1", "done")

    assert rig.script.said("e1") == ["begin", "raise-a begins", "finish"]


def test_finishing_is_tried_again(rig: Rig) -> None:
    rig.submit("e1", "quick-a")
    rig.script.fail_to_finish("e1", times=1)
    rig.worker()
    rig.wait_until("e1", "done")

    assert rig.script.said("e1")[-2:] == ["finish fails", "finish"]


@pytest.mark.minutes
def test_a_job_that_cannot_be_finished_has_failed(rig: Rig) -> None:
    rig.submit("e1", "quick-a")
    rig.script.fail_to_finish("e1", times=CALL_TRIES_MAX)
    rig.worker()
    rig.wait_until("e1", "failed")

    assert rig.script.said("e1").count("finish fails") == CALL_TRIES_MAX


def test_a_queued_job_that_is_cancelled_never_runs(rig: Rig) -> None:
    rig.submit("e1", "quick-a")
    rig.cancel("e1")
    assert rig.state("e1") == "cancelled"
    rig.submit("e2", "quick-a", turn=9)
    rig.worker()
    rig.wait_until("e2", "done")

    assert rig.script.said("e1") == []


def test_a_running_stage_is_cancelled_within_a_second(rig: Rig) -> None:
    rig.submit("e1", "hold-a", "quick-b")
    rig.submit("e2", "quick-a", turn=9)
    rig.worker()
    rig.wait_said("e1", "hold-a begins")
    rig.cancel("e1")
    took_s = rig.wait_for("cancelled", lambda: "hold-a cancelled" in rig.script.said("e1"), 60)
    rig.wait_until("e2", "done")

    assert took_s < CANCELLED_WITHIN_S
    assert rig.state("e1") == "cancelled"
    assert rig.script.said("e1") == ["begin", "hold-a begins", "hold-a cancelled"]


def test_a_job_that_is_cancelled_while_it_begins_runs_no_stage(rig: Rig) -> None:
    rig.script.hold_begin("e1")
    rig.submit("e1", "quick-a")
    rig.submit("e2", "quick-a", turn=9)
    rig.worker()
    rig.wait_said("e1", "begin")
    rig.cancel("e1")
    rig.script.let_begin("e1")
    rig.wait_until("e2", "done")

    assert rig.script.said("e1") == ["begin"]
    assert rig.state("e1") == "cancelled"


def test_a_job_that_is_cancelled_while_its_worker_is_dead_is_taken_over_by_nobody(
    rig: Rig,
) -> None:
    rig.submit("e1", "hold-a")
    first = rig.worker("anna")
    rig.wait_said("e1", "hold-a begins")
    first.kill()
    rig.cancel("e1")
    rig.submit("e2", "quick-a", turn=9)
    rig.worker("bert")
    rig.worker("anna")
    rig.wait_until("e2", "done")

    assert rig.script.said("e1").count("hold-a begins") == 1
    assert rig.state("e1") == "cancelled"


def test_a_cancel_of_a_transaction_that_was_rolled_back_cancels_nothing(rig: Rig) -> None:
    rig.submit("e1", "quick-a")
    with pytest.raises(ZeroDivisionError):
        rolled_back(rig, lambda session: rig.queue.cancel(session, "e1", 1))
    rig.worker()

    rig.wait_until("e1", "done")


def test_to_cancel_what_is_cancelled_ended_or_unknown_changes_nothing(rig: Rig) -> None:
    rig.submit("ended", "quick-a")
    rig.worker()
    rig.wait_until("ended", "done")
    rig.submit("cancelled", "quick-a", delay_s=60)
    for name in ("ended", "cancelled", "cancelled", "unknown"):
        rig.cancel(name)

    assert rig.state("ended") == "done"
    assert rig.state("cancelled") == "cancelled"
    assert rig.state("unknown") is None


def test_jobs_that_ended_are_listed_from_the_eldest_and_can_be_forgotten(rig: Rig) -> None:
    for name in ("first", "second"):
        rig.submit(name, "quick-a")
    rig.submit("cancelled", "quick-a", delay_s=60)
    rig.submit("waiting", "quick-a", delay_s=60)
    rig.worker()
    rig.wait_until("first", "done")
    rig.wait_until("second", "done")
    rig.cancel("cancelled")
    soon, long_ago = utc_now() + timedelta(minutes=1), utc_now() - timedelta(minutes=1)

    assert rig.queue.ended(long_ago, 10) == []
    assert set(rig.queue.ended(soon, 10)) == {"first-1", "second-1", "cancelled-1"}
    assert rig.queue.ended(soon, 1) == ["first-1"]
    rig.queue.forget(["first-1", "cancelled-1", "unknown-1"])
    rig.queue.forget([])
    assert rig.queue.ended(soon, 10) == ["second-1"]
    assert rig.state("first") is None
    assert rig.state("waiting") == "queued"


def test_a_job_may_be_cancelled_and_another_submitted_in_one_transaction(rig: Rig) -> None:
    rig.submit("old", "quick-a")
    rig.script.plan("new", "quick-a")
    with rig.session() as session:
        rig.queue.cancel(session, "old", 1)
        rig.queue.submit(session, Job("new", 1, turn=2))
    rig.worker()
    rig.wait_until("new", "done")

    assert rig.state("old") == "cancelled"


def test_after_a_kill_the_interrupted_stage_is_run_again_and_none_before_it(rig: Rig) -> None:
    rig.submit("e1", "quick-a", "hold-b", "quick-c")
    first = rig.worker()
    rig.wait_said("e1", "hold-b begins")
    first.kill()
    rig.script.let_go("hold-b")
    rig.worker()
    rig.wait_until("e1", "done")

    said = rig.script.said("e1")
    assert said.count("begin") == said.count("quick-a begins") == 1
    assert said.count("hold-b begins") == 2
    assert said[-3:] == ["quick-c begins", "quick-c ends", "finish"]


def test_another_worker_goes_on_with_the_jobs_of_a_dead_one_within_ten_seconds(rig: Rig) -> None:
    rig.submit("e1", "quick-a", "hold-b")
    rig.submit("e2", "quick-a", "hold-b")
    first = rig.worker("anna", slots=2)
    rig.wait_said("e1", "hold-b begins")
    rig.wait_said("e2", "hold-b begins")
    rig.worker("bert", slots=2)
    first.kill()
    took_s = rig.wait_for(
        "takeover", lambda: rig.script.said().count("hold-b begins") == 4, TAKEN_OVER_WITHIN_S
    )
    rig.script.let_go("hold-b")

    for name in ("e1", "e2"):
        rig.wait_until(name, "done")
        assert rig.script.said(name).count("quick-a begins") == 1
        assert rig.script.said(name).count("finish") == 1
    assert took_s < TAKEN_OVER_WITHIN_S


@pytest.mark.slow
def test_a_stage_that_kills_every_worker_is_given_up(rig: Rig) -> None:
    rig.submit("e1", "die-a", "quick-b")
    for _ in range(STAGE_STARTS_MAX):
        assert rig.worker().gone(within_s=60)
    rig.worker()
    rig.wait_until("e1", "done")

    said = rig.script.said("e1")
    assert said.count("die-a begins") == STAGE_STARTS_MAX
    assert said[-1] == "finish"
    assert "quick-b begins" not in said


def test_a_worker_that_stops_lets_its_stage_end_and_another_goes_on_after_it(rig: Rig) -> None:
    rig.submit("e1", "nap-a", "quick-b")
    first = rig.worker("anna")
    rig.wait_said("e1", "nap-a begins")
    first.stop(grace_s=20)
    assert rig.script.said("e1") == ["begin", "nap-a begins", "nap-a ends"]
    rig.worker("bert")
    rig.wait_until("e1", "done")

    assert rig.script.said("e1")[3:] == ["quick-b begins", "quick-b ends", "finish"]


def test_a_worker_that_stops_cancels_what_outlasts_its_grace(rig: Rig) -> None:
    rig.submit("e1", "hold-a")
    first = rig.worker("anna")
    rig.wait_said("e1", "hold-a begins")
    first.stop(grace_s=0.3)
    assert rig.script.said("e1")[-1] == "hold-a cancelled"
    rig.script.let_go("hold-a")
    rig.worker("bert")
    rig.wait_until("e1", "done")

    assert rig.script.said("e1")[3:] == ["hold-a begins", "hold-a ends", "finish"]


@pytest.mark.minutes
@pytest.mark.parametrize("seed", [5, 11])
def test_whoever_is_killed_whenever_every_job_ends_and_none_goes_backwards(
    rig: Rig, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311
    steps = ["begin", "quick-a begins", "nap-b begins", "quick-c begins", "finish"]
    names = [f"e{number}" for number in range(8)]
    for turn, name in enumerate(names, 1):
        rig.submit(name, "quick-a", "nap-b", "quick-c", turn=turn)
    living = {name: rig.worker(name, slots=2) for name in ("anna", "bert")}
    for _ in range(3):
        time.sleep(rng.uniform(0.2, 1.5))
        victim = rng.choice(sorted(living))
        living[victim].kill()
        living[victim] = rig.worker(victim, slots=2)
    for name in names:
        rig.wait_until(name, "done")

    for name in names:
        taken = [steps.index(what) for what in rig.script.said(name) if what in steps]
        assert taken == sorted(taken)
        assert set(taken) == set(range(len(steps)))
