"""A directory for a moment is removed at its end, or, once its owner is dead, by the next start."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from assay_sandbox.ownership import this_process
from assay_sandbox.scratch import remove_orphans, scratch_directory


@pytest.fixture
def orphan(tmp_path: Path) -> Path:
    """What a process that was killed left behind."""
    return left_in(tmp_path, dead_pid())


def dead_pid() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


def left_in(parent: Path, pid: int, *, change: Callable[[str], str] = str) -> Path:
    """A scratch directory with something in it, of an owner with that number."""
    with scratch_directory("image", parent) as made:
        mine = this_process().label().replace(":", "_")
        owner = replace(this_process(), pid=pid).label().replace(":", "_")
        name = made.name.replace(mine, owner)
    assert mine in made.name
    path = parent / change(name)
    (path / "inner").mkdir(parents=True)
    (path / "inner/root.tar").write_bytes(b"x" * 1000)
    return path


def test_it_lives_for_the_block(tmp_path: Path) -> None:
    with scratch_directory("image", tmp_path) as made:
        assert made.parent == tmp_path
        assert made.stat().st_mode & 0o777 == 0o700
        (made / "file").write_text("x")

    assert list(tmp_path.iterdir()) == []


def test_a_block_that_fails_leaves_nothing_either(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), scratch_directory("image", tmp_path) as made:
        (made / "file").write_text(str(1 // 0))

    assert list(tmp_path.iterdir()) == []


def test_its_name_is_no_address_to_any_program(tmp_path: Path) -> None:
    with scratch_directory("image", tmp_path) as made:
        assert ":" not in made.name


def test_a_dead_owners_is_removed_and_told(tmp_path: Path, orphan: Path) -> None:
    assert remove_orphans(tmp_path) == (f"directory {orphan}",)
    assert not orphan.exists()
    assert remove_orphans(tmp_path) == ()


def test_a_living_owners_is_left_alone(tmp_path: Path) -> None:
    with scratch_directory("image", tmp_path) as made:
        assert remove_orphans(tmp_path) == ()
        assert made.is_dir()


@pytest.mark.parametrize(
    "change",
    [
        lambda name: name.replace("assay-", "other-", 1),
        lambda name: f"{name}.bak",
        lambda name: name.rpartition("-")[0],
        lambda _name: "assay-image-abcdefgh",
        lambda _name: "assay-test-local-1234",
    ],
    ids=["another's", "with an ending", "without its number", "without an owner", "a test's"],
)
def test_what_does_not_bear_our_name_is_left_alone(
    tmp_path: Path, change: Callable[[str], str]
) -> None:
    path = left_in(tmp_path, dead_pid(), change=change)

    assert remove_orphans(tmp_path) == ()
    assert (path / "inner/root.tar").exists()


def test_a_link_with_such_a_name_leads_nowhere(tmp_path: Path, orphan: Path) -> None:
    victim = tmp_path / "victim"
    orphan.rename(victim)
    orphan.symlink_to(victim)

    assert remove_orphans(tmp_path) == ()
    assert (victim / "inner/root.tar").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
def test_a_directory_of_another_user_is_left_alone(tmp_path: Path, orphan: Path) -> None:
    os.chown(orphan, 65_534, 65_534)

    assert remove_orphans(tmp_path) == ()
    assert orphan.exists()


def test_a_place_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert remove_orphans(tmp_path / "nowhere") == ()
