"""A repository begins clean, leaves as one bundle, and goes without a trace."""

import os
import subprocess
import time
from pathlib import Path

import pytest
from tests.fakes.git_site import Clone, make_starter

from assay.adapters.git_command import NICENESS, Git
from assay.adapters.push_ledger import Move
from assay.adapters.repositories import Repositories
from assay.domain.errors import PlatformFault
from assay.kit.deadline import Deadline

NAME = "asm_0123456789abcdef"


@pytest.fixture
def repositories(tmp_path: Path) -> Repositories:
    return Repositories(tmp_path / "repositories")


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    return make_starter(tmp_path / "starter")


def clone(repositories: Repositories, base: Path) -> Clone:
    return Clone.of(str(repositories.path(NAME)), base / "clones", "work", "--no-local")


def pushed(repositories: Repositories, base: Path, **files: str) -> tuple[Clone, Move]:
    """A commit that got into the repository past the server."""
    work = clone(repositories, base)
    move = Move(repositories.head(NAME), work.commit({**files, "new.txt": "new"}, "A subject"))
    assert work.push().returncode == 0
    return work, move


def test_the_history_begins_with_one_commit_that_names_nobody(
    repositories: Repositories, starter: Path, tmp_path: Path
) -> None:
    commit = repositories.create(NAME, starter)
    work = clone(repositories, tmp_path)

    assert work.said("log", "--all", "--format=%H %s %an") == f"{commit} Start Assay"
    assert work.said("branch", "--show-current") == "main"


def test_every_file_of_the_starter_is_there_even_one_it_ignores(
    repositories: Repositories, starter: Path, tmp_path: Path
) -> None:
    (starter / "run.sh").write_text("#!/bin/sh\n")
    (starter / "run.sh").chmod(0o755)
    repositories.create(NAME, starter)
    work = clone(repositories, tmp_path)
    files = work.said("ls-files").splitlines()

    assert files == [".gitignore", "Dockerfile", "app/main.py", "data/rows.csv", "run.sh"]
    assert os.access(work.path / "run.sh", os.X_OK)


def test_making_it_twice_changes_nothing(
    repositories: Repositories, starter: Path, tmp_path: Path
) -> None:
    first = repositories.create(NAME, starter)
    _, move = pushed(repositories, tmp_path)

    assert repositories.create(NAME, starter) == first
    assert repositories.head(NAME) == move.new


def test_a_client_does_not_see_the_names_we_use_ourselves(
    repositories: Repositories, starter: Path
) -> None:
    repositories.create(NAME, starter)
    listing = [p.name for p in repositories.root.iterdir()]

    assert repositories.names() == [NAME]
    assert listing == [f"{NAME}.git"]


def test_a_bundle_holds_the_commit_with_its_history_as_main(
    repositories: Repositories, starter: Path, tmp_path: Path
) -> None:
    start = repositories.create(NAME, starter)
    _, move = pushed(repositories, tmp_path)
    bundle = tmp_path / "repository.bundle"
    bundle.write_bytes(repositories.bundle(NAME, move.new))
    bare = tmp_path / "bare.git"
    done = subprocess.run(["git", "clone", "--quiet", "--bare", bundle, bare], check=False)
    log = subprocess.run(
        ["git", f"--git-dir={bare}", "log", "--format=%H", "main"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.returncode == 0
    assert log.stdout.split() == [move.new, start]


def test_an_older_commit_is_bundled_though_the_branch_went_on(
    repositories: Repositories, starter: Path, tmp_path: Path
) -> None:
    start = repositories.create(NAME, starter)
    pushed(repositories, tmp_path)
    bundle = tmp_path / "repository.bundle"
    bundle.write_bytes(repositories.bundle(NAME, start))
    heads = subprocess.run(
        ["git", "bundle", "list-heads", bundle], capture_output=True, text=True, check=True
    )

    assert f"{start} refs/heads/main" in heads.stdout


def test_a_commit_that_is_not_there_cannot_be_bundled(
    repositories: Repositories, starter: Path
) -> None:
    repositories.create(NAME, starter)

    with pytest.raises(PlatformFault, match="bundle"):
        repositories.bundle(NAME, "1" * 40)


def test_a_push_is_described_by_its_tree_its_subject_and_what_it_added(
    repositories: Repositories, starter: Path, tmp_path: Path
) -> None:
    repositories.create(NAME, starter)
    work, move = pushed(repositories, tmp_path)
    described = repositories.described(NAME, move)

    assert described.tree_sha == work.said("rev-parse", "HEAD^{tree}")
    assert described.subject == "A subject"
    assert 0 < described.pack_bytes < 2000


def test_a_deleted_repository_is_gone(repositories: Repositories, starter: Path) -> None:
    repositories.create(NAME, starter)
    repositories.delete(NAME)
    repositories.delete(NAME)

    assert list(repositories.root.iterdir()) == []


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "A", ".x", "x" * 65])
def test_a_name_never_leads_elsewhere(repositories: Repositories, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        repositories.path(name)


def test_a_lock_whose_owner_was_killed_is_taken_away_and_a_fresh_one_is_not(
    repositories: Repositories, starter: Path
) -> None:
    repositories.create(NAME, starter)
    locks = [repositories.path(NAME) / f"{name}.lock" for name in ("refs/heads/main", "HEAD")]
    for lock in locks:
        lock.touch()
    repositories.unlock(NAME)
    assert all(lock.exists() for lock in locks)

    long_ago = time.time() - 60
    for lock in locks:
        os.utime(lock, (long_ago, long_ago))
    repositories.unlock(NAME)
    assert not any(lock.exists() for lock in locks)


def test_what_a_killed_push_left_is_swept_when_it_is_old(
    repositories: Repositories, starter: Path
) -> None:
    repositories.create(NAME, starter)
    objects = repositories.path(NAME) / "objects"
    old, fresh = objects / "tmp_objdir-incoming-old", objects / "tmp_objdir-incoming-new"
    for left in (old, fresh):
        left.mkdir()
    long_ago = time.time() - 7200
    os.utime(old, (long_ago, long_ago))

    repositories.sweep(NAME)

    assert not old.exists()
    assert fresh.exists()


def test_git_works_below_the_priority_of_pages(repositories: Repositories, starter: Path) -> None:
    repositories.create(NAME, starter)
    git, level = Git(repositories.path(NAME)), "alias.level=!sleep 1; ps -o ni= -p $PPID"
    before = os.nice(0)

    told = git.text("-c", level, "level", deadline=Deadline.after(60))
    assert int(told) == min(19, max(before, NICENESS))
