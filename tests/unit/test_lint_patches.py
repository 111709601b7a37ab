"""A patch is read as git writes it, and as a person may."""

from pathlib import Path

import pytest

from assay.toolkit.lint.patches import PatchedFile, read_patch
from assay.toolkit.lint.roles import is_document, is_test, runs

PATCH = """\
diff --git a/app/a.py b/app/a.py
index 1..2 100644
--- a/app/a.py
+++ b/app/a.py
@@ -1,3 +1,3 @@
 one
-two
+--- two
 three
@@ -9 +9,2 @@
-nine
+nine
+ten
diff --git a/gone.py b/gone.py
deleted file mode 100644
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-x
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
"""


def files(text: str, tmp_path: Path) -> tuple[PatchedFile, ...]:
    path = tmp_path / "a.patch"
    path.write_bytes(text.encode())
    return read_patch(path)


def test_every_file_is_found_with_what_is_done_to_it(tmp_path: Path) -> None:
    changed, deleted, mode = files(PATCH, tmp_path)
    assert (changed.name, changed.line, changed.removed) == ("app/a.py", 1, 2)
    assert changed.added == [(8, "--- two"), (12, "nine"), (13, "ten")]
    assert (deleted.name, deleted.deletes, deleted.creates) == ("gone.py", True, False)
    assert mode.modes == ["100644", "100755"]


def test_a_patch_without_gits_headers_is_read_too(tmp_path: Path) -> None:
    text = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n"
    text += "--- /dev/null\n+++ b/y.py\n@@ -0,0 +1 @@\n+c\n"
    changed, created = files(text, tmp_path)
    assert (changed.name, changed.added) == ("x.py", [(5, "b")])
    assert (created.name, created.creates, created.added) == ("y.py", True, [(9, "c")])


@pytest.mark.parametrize("within", ["\f", "\v", "\r", "\x85", "\u2028"])
def test_a_line_ends_where_git_ends_it(within: str, tmp_path: Path) -> None:
    text = f"--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n-a{within}b\n+c{within}d\n e\n"
    text += "--- a/y.py\n+++ b/y.py\n@@ -1 +1 @@\n-a\n+b\n"
    first, second = files(text, tmp_path)

    assert (first.added, first.removed) == ([(5, f"c{within}d")], 1)
    assert (second.name, second.line, second.added) == ("y.py", 7, [(11, "b")])


def test_ends_of_lines_of_windows_are_no_part_of_a_line(tmp_path: Path) -> None:
    (file,) = files("--- a/x.py\r\n+++ b/x.py\r\n@@ -1 +1 @@\r\n-a\r\n+b\r\n", tmp_path)

    assert (file.name, file.added) == ("x.py", [(5, "b")])


@pytest.mark.parametrize("text", ["", "no patch at all\n", "@@ -1 +1 @@\n-a\n+b\n"])
def test_what_is_no_patch_has_no_files(text: str, tmp_path: Path) -> None:
    assert files(text, tmp_path) == ()


@pytest.mark.parametrize(
    "name", ["tests/conftest.py", "app/test_a.py", "pkg/a_test.go", "a.spec.ts"]
)
def test_tests_do_not_run(name: str) -> None:
    assert is_test(name)
    assert not runs(name)


@pytest.mark.parametrize("name", ["RUNBOOK.md", "docs/figure.svg"])
def test_documents_do_not_run(name: str) -> None:
    assert is_document(name)
    assert not runs(name)


@pytest.mark.parametrize(
    "name", ["app/contest.py", "requirements.txt", "monitoring.yml", "latest.py"]
)
def test_everything_else_does(name: str) -> None:
    assert runs(name)
