"""What a candidate changed comes out of the bundle whole, bounded, and as text."""

import os
from pathlib import Path

import pytest
from tests.fakes.bundles import bundle_of, commit_of, git

from assay.adapters.submitted_work import BundledWork
from assay.domain.errors import PlatformFault
from assay.features.scorecards.changes import (
    FILE_BYTES_MAX,
    ChangedFile,
    Work,
    changes_json,
    lines_of,
    read_changes,
)

STARTER = {"app.py": "import os\n\n\ndef score(row):\n    return 1\n", "old.py": "x = 1\n"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    commit_of(tmp_path / "work", STARTER)
    return tmp_path / "work"


def read(tree: Path) -> Work:
    commit = git(tree, "rev-parse", "HEAD")
    return BundledWork().read(bundle_of(tree), commit)


def files(work: Work) -> dict[str, ChangedFile]:
    return {one.path: one for one in work.changes.files}


def test_each_file_is_told_with_its_lines(tree: Path) -> None:
    (tree / "old.py").unlink()
    changed = STARTER["app.py"].replace("return 1", "return 2  # <b>bold</b>")
    commit_of(tree, {"app.py": changed, "new/model.py": "y = 2\n"})
    found = files(read(tree))

    assert {path: (one.status, one.added, one.removed) for path, one in found.items()} == {
        "app.py": ("changed", 1, 1),
        "new/model.py": ("added", 1, 0),
        "old.py": ("deleted", 0, 1),
    }
    shown = [(line.kind, line.old, line.new) for line in lines_of(found["app.py"].patch)]
    assert ("removed", 5, None) in shown
    assert ("added", None, 5) in shown


def test_own_files_and_the_starters_are_read_for_comparing(tree: Path) -> None:
    commit_of(tree, {"new.py": "y = 2\n"})
    work = read(tree)

    assert work.own == {"new.py": "y = 2\n"}
    assert work.starter == STARTER


def test_commits_are_told_in_order_and_without_their_authors(tree: Path) -> None:
    for number in range(3):
        commit_of(tree, {"a.py": f"a = {number}\n"})
    git(tree, "commit", "--allow-empty", "--quiet", "--message=Odd \x1f <i>subject</i>")
    changes = read(tree).changes

    assert [one.subject for one in changes.commits] == [*["Work"] * 3, "Odd \x1f <i>subject</i>"]
    assert (changes.commits[0].files, changes.commits[0].added) == (1, 1)
    assert changes.commits[-1].files == 0
    assert b"dana" not in changes_json(changes).lower()


def test_binary_large_and_linked_files_are_named_and_not_shown(tree: Path) -> None:
    (tree / "model.bin").write_bytes(b"\x00\x01" * 50)
    (tree / "link").symlink_to("app.py")
    commit_of(tree, {"large.txt": "x\n" * FILE_BYTES_MAX, "small.txt": "x\n"})
    found = files(read(tree))

    assert "it is binary, 100 bytes" in found["model.bin"].left_out
    assert "a link or a submodule" in found["link"].left_out
    assert f"it has {2 * FILE_BYTES_MAX:,} bytes" in found["large.txt"].left_out
    assert found["large.txt"].patch == ""
    assert found["small.txt"].left_out == ""


def test_a_long_patch_is_cut_at_a_line_and_says_so(tree: Path) -> None:
    commit_of(tree, {"long.py": "".join(f"value_{n} = {n}\n" for n in range(9_000))})
    (found,) = files(read(tree)).values()

    assert "only its beginning" in found.left_out
    assert len(found.patch) <= 60_000
    assert found.patch.splitlines()[-1].startswith("+value_")


def test_patches_stay_with_their_files_whatever_these_are_called(tree: Path) -> None:
    strange = {
        "-n": "dash = 1\n",
        "a\nb.py": "newline = 1\n",
        'q"uote.py': "quote = 1\n",
        ":(glob)x.py": "glob = 1\n",
        "ü.py": "umlaut = 1\n",
        "diff --git a b": "diff = 1\n",
    }
    commit_of(tree, {**strange, "z.py": "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n"})
    found = files(read(tree))

    for path, text in strange.items():
        assert found[path].patch.endswith("+" + text.strip()), path
    assert [line.kind for line in lines_of(found["z.py"].patch)][1:] == ["added"] * 4


def test_a_name_that_is_no_utf8_breaks_nothing(tree: Path) -> None:
    Path(os.fsdecode(os.fsencode(tree) + b"/bad\xff.py")).write_text("bad = 1\n")
    commit_of(tree, {"z.py": "z = 1\n"})
    work = read(tree)

    assert read_changes(changes_json(work.changes)) == work.changes
    assert [one.patch[-5:] for one in work.changes.files if one.path == "z.py"] == ["z = 1"]


def test_merging_another_history_does_not_move_the_start(tree: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    commit_of(other, {"foreign.py": "f = 1\n"})
    git(tree, "fetch", "--quiet", str(other), "main")
    git(tree, "merge", "--quiet", "--allow-unrelated-histories", "--no-edit", "FETCH_HEAD")

    assert set(files(read(tree))) == {"foreign.py"}


def test_nothing_changed_is_no_error(tree: Path) -> None:
    assert read(tree).changes.files == []


def test_a_bundle_without_the_commit_is_our_fault(tree: Path) -> None:
    with pytest.raises(PlatformFault):
        BundledWork().read(bundle_of(tree), "0" * 40)
