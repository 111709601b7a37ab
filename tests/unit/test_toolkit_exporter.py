"""What is graded is what was committed, and a refused tree is the candidate's, in words."""

import subprocess
from pathlib import Path

import pytest

from assay.adapters.git import TreeExporter
from assay.domain.challenge import ServiceLimits
from assay.domain.errors import CandidateFault
from assay.kit.deadline import Deadline

LIMITS = ServiceLimits(repository_mib=1, repository_files=10)


@pytest.fixture
def deadline() -> Deadline:
    return Deadline.after(20)


@pytest.fixture
def work_tree(tmp_path: Path) -> Path:
    tree = tmp_path / "work"
    tree.mkdir()
    (tree / "app.py").write_text("committed\n")
    git = ["git", "-C", str(tree), "-c", "user.name=Dana", "-c", "user.email=dana@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "work"]):
        subprocess.run([*git, *words], check=True)
    return tree


def test_a_work_tree_gives_its_last_commit(
    work_tree: Path, tmp_path: Path, deadline: Deadline
) -> None:
    (work_tree / "app.py").write_text("not committed\n")
    report = TreeExporter(work_tree, LIMITS).export(tmp_path / "out", deadline=deadline)
    assert (tmp_path / "out/app.py").read_text() == "committed\n"
    assert report.files == 1
    assert report.commit is not None
    assert len(report.commit) == 40


def test_uncommitted_work_is_warned_about_by_name(
    work_tree: Path, tmp_path: Path, deadline: Deadline
) -> None:
    (work_tree / "new.py").write_text("")
    said: list[str] = []
    TreeExporter(work_tree, LIMITS, warn=said.append).export(tmp_path / "out", deadline=deadline)
    (sentence,) = said
    assert "new.py" in sentence
    assert "commit to have them graded" in sentence


def test_a_clean_work_tree_warns_of_nothing(
    work_tree: Path, tmp_path: Path, deadline: Deadline
) -> None:
    said: list[str] = []
    TreeExporter(work_tree, LIMITS, warn=said.append).export(tmp_path / "out", deadline=deadline)
    assert said == []


def test_a_commit_can_be_named(work_tree: Path, tmp_path: Path, deadline: Deadline) -> None:
    exporter = TreeExporter(work_tree / ".git", LIMITS, commit="HEAD")
    assert exporter.export(tmp_path / "out", deadline=deadline).files == 1


def test_a_plain_directory_gives_its_files(tmp_path: Path, deadline: Deadline) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/app.py").write_text("plain\n")
    report = TreeExporter(tmp_path / "plain", LIMITS).export(tmp_path / "out", deadline=deadline)
    assert report.commit is None
    assert (tmp_path / "out/app.py").read_text() == "plain\n"


def test_a_tree_that_breaks_the_rules_is_the_candidates_with_every_reason(
    tmp_path: Path, deadline: Deadline
) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/one").symlink_to("/etc/passwd")
    (tmp_path / "plain/two").symlink_to("one")
    with pytest.raises(CandidateFault, match=r"one.* is a symbolic link.*two.* is a symbolic link"):
        TreeExporter(tmp_path / "plain", LIMITS).export(tmp_path / "out", deadline=deadline)


def test_a_source_that_is_not_there_is_told_as_such(tmp_path: Path, deadline: Deadline) -> None:
    with pytest.raises(CandidateFault, match="is not a directory"):
        TreeExporter(tmp_path / "nowhere", LIMITS).export(tmp_path / "out", deadline=deadline)
