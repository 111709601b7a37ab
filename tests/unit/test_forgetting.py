"""Each host removes what lies on it of assessments that are no more, and nothing else."""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import select
from tests.fakes.git_site import make_starter
from tests.fakes.positions_full import Somebody, a_position, peopled
from tests.fakes.sittings import House, a_house

from assay.adapters.images import TREES
from assay.adapters.mail import FileOutbox, message_of
from assay.adapters.repositories import Repositories
from assay.adapters.submitted_work import SCRATCH
from assay.audit.ledger import SYSTEM
from assay.bootstrap import forgetting
from assay.bootstrap.installation import StarterRepositories
from assay.bootstrap.pruning import SHELVES
from assay.bootstrap.settings import read_settings
from assay.db.tables import Assessment, Mail
from assay.features.assessments import removal
from assay.features.retention import due
from assay.kit.clock import utc_now
from assay_sandbox import local_images
from assay_sandbox.local_engine import LocalEngine
from assay_sandbox.local_images import Config, LocalImage


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = a_house(tmp_path)
    made.time = utc_now()
    yield made
    made.database.dispose()


@pytest.fixture
def place(house: House, tmp_path: Path) -> Any:
    """The house as an installation, with a disk."""
    settings = replace(read_settings({"ASSAY_HOME": str(tmp_path / "home")}), sandbox="local")
    return SimpleNamespace(
        database=house.database,
        queue=house.jobs,
        settings=settings,
        challenges=house.challenges,
        repositories=Repositories(settings.repositories),
    )


def settled(house: House, place: Any, tmp_path: Path) -> str:
    """An assessment with a repository an hour old and a mail that was written as a file."""
    assessment_id = house.started()
    repository = place.repositories
    repository.create(assessment_id, make_starter(tmp_path / f"starter of {assessment_id}"))
    os.utime(repository.path(assessment_id), (0, 0))
    with house.read() as session:
        mails = session.exec(select(Mail)).all()
    for mail in mails:
        FileOutbox(place.settings.outbox).send(mail.id, message_of(mail, "assay@localhost"))
    return assessment_id


def delete(house: House, assessment_id: str, repositories: Any = None) -> None:
    with house.write() as session:
        removal.delete(
            session, house.jobs, assessment_id, repositories or house.repositories, house.time,
            actor=SYSTEM,
        )  # fmt: skip


def on_disk(place: Any) -> list[str]:
    home = place.settings.home
    return sorted(p.name for f in ("repositories", "outbox") for p in (home / f).glob("*"))


def test_whoever_deletes_removes_what_lies_there_at_once(
    house: House, place: Any, tmp_path: Path
) -> None:
    assessment_id = settled(house, place, tmp_path)
    outbox = FileOutbox(place.settings.outbox)
    delete(house, assessment_id, StarterRepositories(place.repositories, {}, outbox))

    assert on_disk(place) == []


def test_another_hosts_disk_is_cleared_by_that_host(
    house: House, place: Any, tmp_path: Path
) -> None:
    """A worker deletes what is due; repositories and mails lie where pages are served."""
    gone, here = settled(house, place, tmp_path), settled(house, place, tmp_path)
    delete(house, gone)
    assert gone in str(on_disk(place))

    assert forgetting.clear_disk(place) == 2
    assert on_disk(place) == [f"{here}.git", f"{here}_invitation.eml"]
    assert forgetting.clear_disk(place) == 0


def test_a_repository_that_was_just_made_is_nobodys_orphan(
    house: House, place: Any, tmp_path: Path
) -> None:
    """Its assessment may be on its way into the database."""
    place.repositories.create("asm_" + "0" * 16, make_starter(tmp_path / "starter"))

    assert forgetting.clear_disk(place) == 0
    assert on_disk(place) == [f"asm_{'0' * 16}.git"]


def test_mails_that_are_about_no_assessment_stay(house: House, place: Any) -> None:
    place.settings.outbox.mkdir(parents=True)
    (place.settings.outbox / "link-1.eml").write_text("a sign-in link")

    assert forgetting.clear_disk(place) == 0
    assert on_disk(place) == ["link-1.eml"]


def test_a_mail_whose_writer_was_killed_goes_too(house: House, place: Any, tmp_path: Path) -> None:
    """What is written is a draft first, under another name."""
    gone, here = settled(house, place, tmp_path), settled(house, place, tmp_path)
    outbox = place.settings.outbox
    for one in (gone, here):
        (outbox / f"{one}_invitation.eml").rename(outbox / f".{one}_invitation")
    delete(house, gone)

    assert forgetting.clear_disk(place) == 2
    assert [path.name for path in outbox.iterdir()] == [f".{here}_invitation"]


def test_what_a_reader_unpacked_who_was_killed_goes_after_an_hour(
    house: House, place: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    old, young, other = (
        tmp_path / name for name in (f"{SCRATCH}old", f"{SCRATCH}young", "somebody-elses")
    )
    for one in (old, young, other):
        (one / "repository.git").mkdir(parents=True)
    for one in (old, other):
        os.utime(one, (0, 0))
    (tmp_path / f"{SCRATCH}link").symlink_to(other)
    forgetting.clear_disk(place)

    assert not old.exists()
    assert (young / "repository.git").exists()
    assert (other / "repository.git").exists()


def test_a_removal_that_was_cut_off_is_finished(house: House, place: Any) -> None:
    half = place.settings.repositories / ".deleted-0123456789abcdef"
    half.mkdir(parents=True)
    (half / "packed-refs").write_text("Dana")

    assert forgetting.clear_disk(place) == 1
    assert not half.exists()


def test_what_is_due_is_deleted_without_anybody_doing_anything(house: House, place: Any) -> None:
    """The end was 31 days ago, and the owners were told a week ago."""
    position_id = a_position(house, keep_days=30)
    (assessment_id,) = peopled(house, position_id, [Somebody("dana@example.org", 70.0)])
    with house.write() as session:
        session.get_one(Assessment, assessment_id).finished_at = utc_now() - timedelta(days=31)
    assert forgetting.delete_due(place) == 0, "nobody was told"
    assert forgetting.warn_of_deletion(place) == 1
    assert forgetting.delete_due(place) == 0, "they were told a moment ago"
    with house.write() as session:
        row = session.get_one(Assessment, assessment_id)
        row.deletion_warned_at = utc_now() - due.NOTICE

    assert forgetting.delete_due(place) == 1
    with house.read() as session:
        assert session.get(Assessment, assessment_id) is None


def test_files_that_outlived_a_deletion_are_found(house: House, place: Any) -> None:
    assert forgetting.clear_database(place) == 0
    with house.write() as session:
        session.add(
            Mail(
                id=f"asm_{'0' * 16}:letter", recipient="x", subject="s", body="b",
                created_at=house.time,
            )
        )  # fmt: skip

    assert forgetting.clear_database(place) == 1
    assert forgetting.clear_database(place) == 0


def keep_image(engine: LocalEngine, name: str, days_ago: float) -> Path:
    """An image on the local engine, without anything in it, last used so long ago."""
    directory = engine._state.image_directory(name, engine._jail.name)
    (directory / "root").mkdir(parents=True)
    made = LocalImage(name, "sha256:0", directory / "root", Config(), 1.0, "")
    local_images.save(made, directory)
    at_s = utc_now().timestamp() - 86_400 * days_ago
    os.utime(directory / local_images.RECORD, (at_s, at_s))
    return directory


def test_images_of_who_was_deleted_leave_the_engine_of_the_worker(
    house: House, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(place.settings.home))
    shelf = next(one for one in SHELVES if "deleted" in one.name)
    engine, position_id = LocalEngine(), a_position(house)
    theirs = keep_image(engine, f"{TREES}doubling:theirs", days_ago=0)
    older = keep_image(engine, f"{TREES}doubling:older", days_ago=5)
    (assessment_id,) = peopled(house, position_id, [Somebody("dana@example.org", 70.0)])
    assert shelf.count(place, house.time) == 0

    delete(house, assessment_id)
    assert shelf.count(place, house.time) == 1
    assert shelf.clear_all(place, house.time) == 1
    assert not theirs.exists()
    assert older.exists()
