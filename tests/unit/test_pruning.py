"""What is too old or too much goes, the oldest first; what anybody may still need stays."""

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import col, func, select, update
from tests.fakes.evaluators import Studio, a_worker, attempt, work_off
from tests.fakes.sittings import House, a_house

from assay.adapters.images import TREES
from assay.bootstrap.pruning import SHELVES, Shelf
from assay.bootstrap.settings import read_settings
from assay.db.artifacts import artifact_names, delete_artifact, put_artifact
from assay.db.tables import Evaluation, EvaluationEvent
from assay.domain.errors import BadInput
from assay.domain.lifecycle import EvaluationState
from assay.features.submissions import retention
from assay.features.submissions.tasks import CHECKPOINT
from assay_sandbox import local_images
from assay_sandbox.kept_images import SAFE_S, KeptImage, surplus, used_s
from assay_sandbox.local_engine import LocalEngine
from assay_sandbox.local_images import Config, LocalImage

NOW_S = 1_800_000_000.0


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    yield made
    made.database.dispose()


def shelf(name: str) -> Shelf:
    return next(one for one in SHELVES if name in one.name)


def installation(house: House, home: Path, **changes: object) -> Any:
    settings = replace(read_settings({"ASSAY_HOME": str(home)}), sandbox="local", **changes)
    return SimpleNamespace(database=house.database, queue=house.jobs, settings=settings)


# ---------------------------------------------------------------------------- lines of evaluations


def judged(house: House, lines: int = 5) -> str:
    """An evaluation that said something and ended."""
    evaluation_id = house.push(house.started()).evaluation_id
    assert evaluation_id
    studio = Studio()
    studio.said["build"] = lines
    work_off(house, studio)
    return evaluation_id


def lines_of(house: House, evaluation_id: str) -> int:
    with house.read() as session:
        wanted = select(func.count()).select_from(EvaluationEvent)
        return session.exec(wanted.where(EvaluationEvent.evaluation_id == evaluation_id)).one()


def test_lines_of_evaluations_go_when_they_are_too_old(house: House, tmp_path: Path) -> None:
    old = judged(house)
    house.later(days=100)
    new = judged(house)
    said = lines_of(house, old)
    place = installation(house, tmp_path)

    assert said > 5
    assert shelf("lines").count(place, house.time) == said
    assert shelf("lines").clear_all(place, house.time) == said
    assert lines_of(house, old) == 0
    assert lines_of(house, new) > 5
    assert shelf("lines").count(place, house.time) == 0


def test_how_long_lines_stay_is_a_setting(house: House, tmp_path: Path) -> None:
    judged(house)
    house.later(days=8)

    assert shelf("lines").count(installation(house, tmp_path, keep_days=9), house.time) == 0
    assert shelf("lines").count(installation(house, tmp_path, keep_days=7), house.time) > 0


def test_lines_of_what_has_not_ended_stay_however_old(house: House, tmp_path: Path) -> None:
    waiting = judged(house)
    with house.write() as session:
        reopened = update(Evaluation).where(col(Evaluation.id) == waiting)
        session.exec(reopened.values(state=EvaluationState.RUNNING))
    house.later(days=1000)

    assert shelf("lines").count(installation(house, tmp_path), house.time) == 0
    assert shelf("lines").clear_all(installation(house, tmp_path), house.time) == 0
    assert lines_of(house, waiting) > 5


def test_no_more_lines_go_at_once_than_are_asked_for(house: House) -> None:
    old = judged(house, lines=30)
    said = lines_of(house, old)
    house.later(days=100)
    with house.write() as session:
        gone = retention.drop_old_lines(session, house.time, 10)

    assert gone == 10
    assert lines_of(house, old) == said - 10


# ------------------------------------------------------------------------------------ checkpoints


def given_up(house: House) -> str:
    """An evaluation that ended by a fault of ours, after some stages."""
    evaluation_id = house.push(house.started()).evaluation_id
    assert evaluation_id
    with house.write() as session:
        put_artifact(session, evaluation_id, CHECKPOINT, b"how far it came", house.time)
        ended = update(Evaluation).where(col(Evaluation.id) == evaluation_id)
        values = {"state": EvaluationState.PLATFORM_FAULT, "ended_at": house.time, "attempt": 3}
        session.exec(ended.values(**values))
    return evaluation_id


def has_checkpoint(house: House, evaluation_id: str) -> bool:
    with house.read() as session:
        return CHECKPOINT in artifact_names(session, evaluation_id)


def test_checkpoints_nobody_came_back_for_go(house: House, tmp_path: Path) -> None:
    old = given_up(house)
    house.later(days=100)
    new = given_up(house)
    place = installation(house, tmp_path)

    assert shelf("checkpoints").count(place, house.time) == 1
    assert shelf("checkpoints").clear_all(place, house.time) == 1
    assert not has_checkpoint(house, old)
    assert has_checkpoint(house, new)


def test_checkpoints_of_what_a_newer_push_replaced_go(house: House, tmp_path: Path) -> None:
    sitting = house.started()
    replaced = house.push(sitting).evaluation_id
    assert replaced
    studio = Studio()
    studio.plan("load", "platform_fault")
    asyncio.run(attempt(a_worker(house, studio), replaced, 1))
    house.later(hours=1)
    newer = house.push(sitting, "b" * 40).evaluation_id
    house.later(days=100)

    assert newer != replaced
    assert has_checkpoint(house, replaced)
    assert shelf("checkpoints").clear_all(installation(house, tmp_path), house.time) == 1
    assert not has_checkpoint(house, replaced)


def test_checkpoints_of_what_runs_stay(house: House, tmp_path: Path) -> None:
    evaluation_id = given_up(house)
    with house.write() as session:
        again = update(Evaluation).where(col(Evaluation.id) == evaluation_id)
        session.exec(again.values(state=EvaluationState.RUNNING))
    house.later(days=100)

    assert shelf("checkpoints").clear_all(installation(house, tmp_path), house.time) == 0
    assert has_checkpoint(house, evaluation_id)


def test_what_is_tried_again_without_its_checkpoint_begins_anew(house: House) -> None:
    studio = Studio()
    studio.plan("load", "platform_fault")
    evaluation_id = house.push(house.started()).evaluation_id
    assert evaluation_id
    worker = a_worker(house, studio)
    asyncio.run(attempt(worker, evaluation_id, 1))
    with house.write() as session:
        delete_artifact(session, evaluation_id, CHECKPOINT)

    assert worker.begin(evaluation_id, 2)[0] == "checkout"


def test_what_is_tried_again_with_its_checkpoint_goes_on(house: House) -> None:
    studio = Studio()
    studio.plan("load", "platform_fault")
    evaluation_id = house.push(house.started()).evaluation_id
    assert evaluation_id
    worker = a_worker(house, studio)
    asyncio.run(attempt(worker, evaluation_id, 1))

    assert worker.begin(evaluation_id, 2)[0] == "load"


# ------------------------------------------------------------------------------------------- jobs


def test_jobs_that_ended_long_ago_are_forgotten(house: House, tmp_path: Path) -> None:
    judged(house)
    entry = next(iter(house.jobs.entries.values()))
    entry.ended_at = house.time
    place = installation(house, tmp_path)

    assert shelf("jobs").count(place, house.time + timedelta(days=89)) == 0
    assert shelf("jobs").count(place, house.time + timedelta(days=91)) == 1
    assert shelf("jobs").clear_all(place, house.time + timedelta(days=91)) == 1
    assert house.jobs.entries == {}


# ----------------------------------------------------------------------------------------- images


def image(number: int, used_s: float) -> KeptImage:
    return KeptImage(f"{TREES}x:{number}", used_s)


def test_images_beyond_the_limit_go_the_longest_unused_first() -> None:
    days = [image(number, NOW_S - 86_400 * number) for number in range(1, 6)]

    assert surplus(days, 3, NOW_S) == [days[4], days[3]]
    assert surplus(days, 5, NOW_S) == []
    assert surplus(days, 9, NOW_S) == []


def test_an_image_that_may_be_about_to_start_stays() -> None:
    soon, before = image(1, NOW_S - SAFE_S + 60), image(2, NOW_S - SAFE_S - 60)

    assert surplus([soon, before], 1, NOW_S) == [before]
    assert surplus([soon], 0, NOW_S) == []


@pytest.mark.parametrize(
    ("created", "tagged", "used"),
    [
        ("2026-11-21T12:00:00Z", "0001-01-01T00:00:00Z", 1_795_262_400.0),
        ("2026-11-21T12:00:00.123456789Z", "2026-11-21T12:01:00.5+00:00", 1_795_262_460.0),
        ("2026-11-21T14:00:00+02:00", "", 1_795_262_400.0),
    ],
)
def test_an_image_was_used_when_it_was_last_named(created: str, tagged: str, used: float) -> None:
    assert used_s({"Created": created, "Metadata": {"LastTagTime": tagged}}) == used


def keep_local(engine: LocalEngine, name: str, used_days_ago: float) -> Path:
    """An image on the local engine, without anything in it."""
    directory = engine._state.image_directory(name, engine._jail.name)
    (directory / "root").mkdir(parents=True)
    made = LocalImage(name, "sha256:0", directory / "root", Config(), 1.0, "")
    local_images.save(made, directory)
    at_s = time.time() - 86_400 * used_days_ago
    os.utime(directory / local_images.RECORD, (at_s, at_s))
    return directory


def test_old_images_of_submissions_leave_the_engine_and_others_stay(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    engine = LocalEngine()
    kept = [keep_local(engine, f"{TREES}x:{number}", number) for number in (1, 2)]
    gone = [keep_local(engine, f"{TREES}x:{number}", number) for number in range(3, 12)]
    other = keep_local(engine, "assay/python:3", 30)
    place, now = installation(house, tmp_path, keep_images=2), house.time
    now = now.fromtimestamp(time.time(), tz=now.tzinfo)

    assert shelf("images").count(place, now) == 9
    assert shelf("images").clear(place, now) == 5
    assert shelf("images").clear_all(place, now) == 4
    assert [path.exists() for path in (*kept, *gone, other)] == [True] * 2 + [False] * 9 + [True]


def test_an_image_that_is_used_again_is_not_the_oldest_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    engine = LocalEngine()
    directory = keep_local(engine, f"{TREES}x:1", 5)
    local_images.note_use(directory)

    (found,) = engine.kept_images(TREES)
    assert time.time() - found.used_s < 60


# --------------------------------------------------------------------------------------- settings


def test_limits_are_read_and_all_that_are_wrong_are_told() -> None:
    settings = read_settings({"ASSAY_KEEP_DAYS": "7", "ASSAY_KEEP_IMAGES": "12"})

    assert (settings.keep_days, settings.keep_images) == (7, 12)
    with pytest.raises(BadInput) as refused:
        read_settings({"ASSAY_KEEP_DAYS": "0", "ASSAY_KEEP_IMAGES": "few"})
    assert "ASSAY_KEEP_DAYS: '0' is no number from 1 to 3650" in str(refused.value)
    assert "ASSAY_KEEP_IMAGES: 'few' is no number from 1 to 10000" in str(refused.value)
