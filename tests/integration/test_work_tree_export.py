"""A rehearsal takes the work tree as it lies there, and says what a push would lack."""

import os
import subprocess
from pathlib import Path

import pytest

from assay.adapters.work_tree import WorkTreeExporter
from assay.domain.challenge import ServiceLimits
from assay.domain.errors import CandidateFault, PlatformFault
from assay.kit.deadline import Deadline


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """With a committed file, and one that git ignores."""
    work = tmp_path / "work"
    work.mkdir()
    git(work, "init", "--quiet", "-b", "main")
    (work / "app.py").write_text("print('committed')\n")
    (work / "gone.py").write_text("")
    (work / ".gitignore").write_text("*.log\n")
    (work / "noise.log").write_text("x" * 100)
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "-m", "one")
    return work


def git(work: Path, *words: str) -> None:
    who = {
        f"GIT_{r}_{k}": "dana@example.org"
        for r in ("AUTHOR", "COMMITTER")
        for k in ("NAME", "EMAIL")
    }
    subprocess.run(["git", "-C", str(work), *words], env={**os.environ, **who}, check=True)


def exported(work: Path, tmp_path: Path) -> tuple[dict[str, str], WorkTreeExporter]:
    exporter = WorkTreeExporter(work, ServiceLimits(), tmp_path / "scratch")
    exporter.export(tmp_path / "out", deadline=Deadline.after(30))
    out = tmp_path / "out"
    files = {p.relative_to(out).as_posix(): p.read_text() for p in out.rglob("*") if p.is_file()}
    return files, exporter


def test_a_committed_tree_is_taken_whole_and_nothing_is_said(
    repository: Path, tmp_path: Path
) -> None:
    files, exporter = exported(repository, tmp_path)

    assert files == {"app.py": "print('committed')\n", "gone.py": "", ".gitignore": "*.log\n"}
    assert exporter.uncommitted == ()


def test_what_is_not_committed_is_taken_and_named(repository: Path, tmp_path: Path) -> None:
    (repository / "app.py").write_text("print('edited')\n")
    (repository / "new file.py").write_text("print('new')\n")
    (repository / "gone.py").unlink()
    files, exporter = exported(repository, tmp_path)

    assert files["app.py"] == "print('edited')\n"
    assert files["new file.py"] == "print('new')\n"
    assert "gone.py" not in files
    assert sorted(exporter.uncommitted) == ["app.py", "gone.py", "new file.py"]


def test_ignored_files_stay_away_as_from_a_push(repository: Path, tmp_path: Path) -> None:
    files, exporter = exported(repository, tmp_path)

    assert "noise.log" not in files
    assert exporter.uncommitted == ()


def test_a_link_is_refused_as_in_a_push(repository: Path, tmp_path: Path) -> None:
    (repository / "passwd").symlink_to("/etc/passwd")

    with pytest.raises(CandidateFault, match="symbolic link"):
        exported(repository, tmp_path)


def test_a_repository_inside_is_refused_as_in_a_push(repository: Path, tmp_path: Path) -> None:
    inner = repository / "inner"
    inner.mkdir()
    git(inner, "init", "--quiet")
    (inner / "x").write_text("x")
    git(inner, "add", "x")
    git(inner, "commit", "--quiet", "-m", "inner")
    git(repository, "add", "inner")

    with pytest.raises(CandidateFault, match="inner is a repository of its own"):
        exported(repository, tmp_path)


def test_a_folder_without_git_gives_its_files(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/app.py").write_text("x")
    files, exporter = exported(tmp_path / "plain", tmp_path)

    assert files == {"app.py": "x"}
    assert exporter.uncommitted == ()


def test_a_repository_git_cannot_read_is_not_the_candidates_fault(tmp_path: Path) -> None:
    (tmp_path / "broken/.git").mkdir(parents=True)

    with pytest.raises(PlatformFault, match="git cannot read"):
        exported(tmp_path / "broken", tmp_path)
