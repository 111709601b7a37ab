"""A worker's job, from taking it to judging it, with everything that can go wrong on our side."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes.evaluators import Studio, a_worker, attempt, work_off
from tests.fakes.sittings import House, a_house

from assay.db.artifacts import artifact_names
from assay.db.tables import AuditEntry, Evaluation, EvaluationEvent, EvaluationStage, Mail
from assay.domain.lifecycle import EvaluationState
from assay.features.submissions import service as submissions
from assay.features.submissions.events import KEPT_MAX
from assay.features.submissions.reading import practice_runs_left
from assay.features.submissions.work import DatabaseWork

STAGES = [
    "checkout", "build", "boot", "contract", "quality", "load", "capacity", "shutdown",
    "operability",
]  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


@pytest.fixture
def evaluation(house: House) -> str:
    """Id of one that waits."""
    return house.push(house.started()).evaluation_id or ""


def run(house: House, studio: Studio, evaluation: str, number: int = 1) -> None:
    asyncio.run(attempt(a_worker(house, studio), evaluation, number))


def stages(house: House, evaluation: str, number: int) -> list[tuple[str, str]]:
    with house.read() as session:
        found = session.exec(
            select(EvaluationStage)
            .where(EvaluationStage.evaluation_id == evaluation, EvaluationStage.attempt == number)
            .order_by(EvaluationStage.id)
        )
        return [(one.stage, one.status) for one in found]


def events(house: House, evaluation: str) -> list[EvaluationEvent]:
    with house.read() as session:
        found = session.exec(
            select(EvaluationEvent).where(EvaluationEvent.evaluation_id == evaluation)
        )
        return list(found)


def files(house: House, evaluation: str) -> list[str]:
    with house.read() as session:
        return artifact_names(session, evaluation)


def deeds(house: House, evaluation: str) -> list[str]:
    with house.read() as session:
        wanted = select(AuditEntry.action).where(AuditEntry.subject == evaluation)
        return list(session.exec(wanted))


# ------------------------------------------------------------------------------- going well


def test_all_stages_are_run_in_order_by_one_process_and_judged(
    house: House, evaluation: str
) -> None:
    studio = Studio()
    run(house, studio, evaluation)

    row = house.evaluation(evaluation)
    assert studio.ran == STAGES
    assert len(studio.made) == 1
    assert (row.state, row.complete, row.attempt) == (EvaluationState.JUDGED, True, 1)
    assert row.score is not None
    assert row.score > 90
    assert deeds(house, evaluation) == ["evaluation:judged"]


def test_the_process_gets_the_bundle_the_seed_and_the_version_of_the_start(
    house: House, evaluation: str
) -> None:
    studio = Studio()
    run(house, studio, evaluation)

    job = studio.made[0].job
    assert job
    assert job.bundle.startswith(b"a bundle of ")
    assert job.seed == house.assessment(house.evaluation(evaluation).assessment_id).practice_seed
    assert (job.challenge_sha256, job.checkpoint) == ("c" * 64, None)


def test_what_it_leaves_is_stored_and_what_only_helped_is_not(
    house: House, evaluation: str
) -> None:
    run(house, Studio(), evaluation)

    kept = ["evidence.json", "report.html", "result.json", "rules_test.yml"]
    assert files(house, evaluation) == kept


def test_no_process_outlives_its_evaluation(house: House, evaluation: str) -> None:
    studio = Studio()
    run(house, studio, evaluation)

    assert studio.alive == 0


def test_who_watches_sees_every_stage_begin_and_end(house: House, evaluation: str) -> None:
    studio = Studio()
    studio.said["build"] = 3
    run(house, studio, evaluation)

    seen = [(e.stage, e.state) for e in events(house, evaluation)]
    assert [stage for stage, state in seen if state == "start"] == STAGES
    assert [stage for stage, state in seen if state == "end"] == STAGES
    assert seen.count(("build", "log")) == 3


def test_a_flood_of_lines_does_not_fill_the_database(house: House, evaluation: str) -> None:
    studio = Studio()
    studio.said["build"] = KEPT_MAX + 500
    run(house, studio, evaluation)

    of_build = [e.state for e in events(house, evaluation) if e.stage == "build"]
    assert of_build.count("log") == KEPT_MAX
    assert of_build[-1] == "end"


def test_a_submission_that_fails_is_judged_and_told_where(house: House, evaluation: str) -> None:
    studio = Studio()
    studio.plan("contract", "candidate_fault")
    run(house, studio, evaluation)

    row = house.evaluation(evaluation)
    assert row.state is EvaluationState.JUDGED
    assert row.message == "contract: what made contract end so"


# --------------------------------------------------------------------------- wanted or not


def test_what_was_superseded_is_not_begun(house: House, evaluation: str) -> None:
    house.push(house.evaluation(evaluation).assessment_id)

    assert a_worker(house, Studio()).begin(evaluation, 1) == []


def test_what_was_deleted_is_not_begun(house: House) -> None:
    assert a_worker(house, Studio()).begin("evl_none", 1) == []


@pytest.mark.parametrize("number", [0, 2, 7])
def test_only_the_attempt_that_is_due_begins(house: House, evaluation: str, number: int) -> None:
    assert a_worker(house, Studio()).begin(evaluation, number) == []


def test_beginning_again_after_a_crash_is_the_same(house: House, evaluation: str) -> None:
    first = a_worker(house, Studio()).begin(evaluation, 1)
    again = a_worker(house, Studio(), "worker-2").begin(evaluation, 1)

    assert first == again == STAGES


async def cancelled_while_it_hangs(house: House, studio: Studio, evaluation: str) -> str:
    """What the stage said at its end, when the row was cancelled and nobody told the worker."""
    work = a_worker(house, studio)
    work.begin(evaluation, 1)
    stage = asyncio.create_task(work.stage(evaluation, 1, "checkout"))
    while not studio.made:
        await asyncio.sleep(0.01)
    await studio.made[0].hanging.wait()
    with house.write() as session:
        submissions.cancel(session, house.jobs, evaluation, house.time)
    return await asyncio.wait_for(stage, timeout=5)


def test_a_stage_that_is_no_longer_wanted_stops_although_nobody_told_its_worker(
    house: House, evaluation: str
) -> None:
    studio = Studio()
    studio.plan("checkout", "hangs")

    assert asyncio.run(cancelled_while_it_hangs(house, studio, evaluation)) == "stop"
    assert studio.alive == 0
    assert house.evaluation(evaluation).state is EvaluationState.CANCELLED
    assert stages(house, evaluation, 1) == []


async def cancelled_by_the_engine(house: House, studio: Studio, evaluation: str) -> None:
    work = a_worker(house, studio)
    work.begin(evaluation, 1)
    stage = asyncio.create_task(work.stage(evaluation, 1, "checkout"))
    while not studio.made:
        await asyncio.sleep(0.01)
    await studio.made[0].hanging.wait()
    stage.cancel()
    with pytest.raises(asyncio.CancelledError):
        await stage


def test_a_cancelled_step_leaves_no_process(house: House, evaluation: str) -> None:
    studio = Studio()
    studio.plan("checkout", "hangs")
    asyncio.run(cancelled_by_the_engine(house, studio, evaluation))

    assert studio.alive == 0
    assert stages(house, evaluation, 1) == []


def test_judging_comes_too_late_for_what_was_cancelled(house: House, evaluation: str) -> None:
    work = a_worker(house, Studio())

    async def all_stages() -> None:
        for stage in work.begin(evaluation, 1):
            await work.stage(evaluation, 1, stage)

    asyncio.run(all_stages())
    with house.write() as session:
        submissions.cancel(session, house.jobs, evaluation, house.time)
    work.finish(evaluation, 1)

    assert house.evaluation(evaluation).state is EvaluationState.CANCELLED
    assert "result.json" not in files(house, evaluation)


# --------------------------------------------------------------------------- workers that die


async def up_to(work: DatabaseWork, evaluation: str, last: str) -> None:
    for stage in work.begin(evaluation, 1):
        await work.stage(evaluation, 1, stage)
        if stage == last:
            return


async def go_on_after(work: DatabaseWork, evaluation: str, last: str) -> None:
    for stage in STAGES[STAGES.index(last) + 1 :]:
        await work.stage(evaluation, 1, stage)
    work.finish(evaluation, 1)


@pytest.mark.parametrize("last", STAGES[:-1])
def test_another_worker_goes_on_after_the_last_stage_that_ended(
    house: House, evaluation: str, last: str
) -> None:
    dead, heir = Studio(), Studio()
    asyncio.run(up_to(a_worker(house, dead), evaluation, last))
    asyncio.run(go_on_after(a_worker(house, heir, "worker-2"), evaluation, last))

    assert dead.ran + heir.ran == STAGES
    assert heir.made[0].job
    assert heir.made[0].job.checkpoint
    row = house.evaluation(evaluation)
    assert (row.state, row.worker_id) == (EvaluationState.JUDGED, "worker-2")


def test_a_step_repeated_after_its_end_was_stored_changes_nothing(
    house: House, evaluation: str
) -> None:
    studio = Studio()

    async def twice() -> None:
        work = a_worker(house, studio)
        for stage in work.begin(evaluation, 1):
            assert await work.stage(evaluation, 1, stage) == "go_on"
            assert await a_worker(house, studio).stage(evaluation, 1, stage) == "go_on"
        work.finish(evaluation, 1)
        work.finish(evaluation, 1)

    asyncio.run(twice())
    assert studio.ran == STAGES
    assert deeds(house, evaluation) == ["evaluation:judged"]


def test_a_stage_that_kills_every_worker_ends_as_a_fault_of_ours(
    house: House, evaluation: str
) -> None:
    work = a_worker(house, Studio())
    asyncio.run(up_to(work, evaluation, "boot"))
    with house.write() as session:
        row = session.get(Evaluation, evaluation)
        assert row
        row.stage = "contract"
    work.finish(evaluation, 1)

    after = house.evaluation(evaluation)
    assert after.state is EvaluationState.QUEUED
    assert "contract: its worker died" in after.message


# ------------------------------------------------------------------------------ faults of ours


@pytest.mark.parametrize("outcome", ["platform_fault", "dies", "breaks"])
def test_a_fault_of_ours_is_tried_again_from_the_stage_it_happened_in(
    house: House, evaluation: str, outcome: str
) -> None:
    studio = Studio()
    studio.plan("load", outcome)
    run(house, studio, evaluation, 1)
    waiting = house.evaluation(evaluation)
    entry = house.jobs.entries[f"{evaluation}-2"]
    run(house, studio, evaluation, 2)

    assert waiting.state is EvaluationState.QUEUED
    assert entry.job.delay_s == 5
    assert studio.ran == [*STAGES[:6], *STAGES[5:]]
    assert house.evaluation(evaluation).state is EvaluationState.JUDGED
    assert [stage for stage, _ in stages(house, evaluation, 2)] == STAGES


def test_the_last_attempt_starts_from_nothing(house: House, evaluation: str) -> None:
    studio = Studio()
    studio.plan("load", "dies", "dies")
    for number in (1, 2, 3):
        run(house, studio, evaluation, number)

    assert house.jobs.entries[f"{evaluation}-3"].job.delay_s == 60
    assert studio.made[-1].ran == STAGES
    assert house.evaluation(evaluation).state is EvaluationState.JUDGED


def test_after_three_attempts_the_owners_are_told_and_nobody_pays(
    house: House, evaluation: str
) -> None:
    studio = Studio()
    studio.plan("build", "dies", "dies", "dies")
    work_off(house, studio)

    row = house.evaluation(evaluation)
    assert (row.state, row.attempt) == (EvaluationState.PLATFORM_FAULT, 3)
    assert row.message == "build: the process died"
    assert deeds(house, evaluation) == ["evaluation:platform_fault"]
    with house.read() as session:
        letters = session.exec(select(Mail).where(Mail.subject.contains("could not"))).all()
        left = practice_runs_left(session, row.assessment_id, 3)
    assert [letter.recipient for letter in letters] == ["alice@example.com"]
    assert "the process died" in letters[0].body
    assert left == 3


def test_evidence_that_cannot_be_judged_is_a_fault_of_ours(house: House, evaluation: str) -> None:
    studio = Studio(evidence=b"{}")
    run(house, studio, evaluation)
    studio.evidence = Studio().evidence
    run(house, studio, evaluation, 2)

    assert studio.ran == STAGES
    assert house.evaluation(evaluation).state is EvaluationState.JUDGED


def test_who_waits_is_told_why_it_is_tried_again(house: House, evaluation: str) -> None:
    studio = Studio()
    studio.plan("build", "dies")
    run(house, studio, evaluation)

    told = [e.detail for e in events(house, evaluation) if e.stage == "queue"]
    assert told == ["a fault of ours, tried again in 5 s at no cost: build: the process died"]


def test_a_worker_without_the_challenge_says_what_it_lacks(house: House, evaluation: str) -> None:
    studio = Studio()
    asyncio.run(attempt(a_worker(house, studio, challenges={}), evaluation, 1))

    assert house.evaluation(evaluation).message == (
        "checkout: this worker does not have the challenge credit-scoring"
    )
    assert studio.made == []
