"""A commit comes out of its bundle as it was pushed; a bundle that lacks something is our fault."""

from pathlib import Path

import pytest
from tests.fakes.bundles import bundle_of, commit_of

from assay.adapters.bundle import BundleExporter
from assay.domain.challenge import ServiceLimits
from assay.domain.errors import CandidateFault, PlatformFault
from assay.kit.deadline import Deadline


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A candidate's work tree."""
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


def exporter(work: Path, bundle: bytes, commit: str) -> BundleExporter:
    stored = work.parent / "submission.bundle"
    stored.write_bytes(bundle)
    return BundleExporter(stored, commit, work.parent / "repository.git", ServiceLimits())


def test_the_files_of_the_commit_are_exported_and_no_others(work: Path, tmp_path: Path) -> None:
    first = commit_of(work, {"app.py": "first\n"})
    commit_of(work, {"app.py": "second\n", "more.py": "more\n"})

    measured = exporter(work, bundle_of(work), first).export(
        tmp_path / "tree", deadline=Deadline.after(30)
    )

    assert [p.name for p in (tmp_path / "tree").iterdir()] == ["app.py"]
    assert (tmp_path / "tree/app.py").read_text() == "first\n"
    assert (measured.commit, measured.files) == (first, 1)


def test_a_commit_can_be_exported_again(work: Path, tmp_path: Path) -> None:
    commit = commit_of(work, {"app.py": "first\n"})
    export = exporter(work, bundle_of(work), commit).export

    first = export(tmp_path / "tree", deadline=Deadline.after(30))

    assert export(tmp_path / "again", deadline=Deadline.after(30)) == first


def test_what_the_tree_holds_is_the_candidates(work: Path, tmp_path: Path) -> None:
    (work / "link").symlink_to("/etc/passwd")
    commit = commit_of(work)

    with pytest.raises(CandidateFault, match="symbolic link"):
        exporter(work, bundle_of(work), commit).export(
            tmp_path / "tree", deadline=Deadline.after(30)
        )


def test_a_bundle_without_the_commit_is_our_fault(work: Path, tmp_path: Path) -> None:
    commit_of(work, {"app.py": "first\n"})

    with pytest.raises(PlatformFault, match="cannot be used"):
        exporter(work, bundle_of(work), "1" * 40).export(
            tmp_path / "tree", deadline=Deadline.after(30)
        )


def test_a_bundle_without_the_history_is_our_fault(work: Path, tmp_path: Path) -> None:
    commit_of(work, {"app.py": "first\n"})
    commit = commit_of(work, {"app.py": "second\n"})

    with pytest.raises(PlatformFault, match="cannot be used"):
        exporter(work, bundle_of(work, "HEAD~1..main"), commit).export(
            tmp_path / "tree", deadline=Deadline.after(30)
        )


@pytest.mark.parametrize("damage", [b"", b"no bundle at all", None])
def test_a_damaged_bundle_is_our_fault(work: Path, tmp_path: Path, damage: bytes | None) -> None:
    commit = commit_of(work, {"app.py": "first\n"})
    bundle = bundle_of(work)[:-30] if damage is None else damage

    with pytest.raises(PlatformFault, match="cannot be used"):
        exporter(work, bundle, commit).export(tmp_path / "tree", deadline=Deadline.after(30))


def test_unpacking_has_an_end(work: Path, tmp_path: Path) -> None:
    commit = commit_of(work, {"app.py": "first\n"})

    with pytest.raises(PlatformFault, match="in time"):
        exporter(work, bundle_of(work), commit).export(
            tmp_path / "tree", deadline=Deadline.after(0)
        )
