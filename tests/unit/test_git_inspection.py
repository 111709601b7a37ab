"""The size of a repository is that of what was taken, and of this push."""

from pathlib import Path

from assay.web.git.inspection import stored_bytes


def test_pushes_that_were_never_taken_do_not_count(tmp_path: Path) -> None:
    for folder, size in (("pack", 100), ("tmp_objdir-incoming-own/pack", 10)):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "a.pack").write_bytes(bytes(size))
    (tmp_path / "tmp_objdir-incoming-cut-off").mkdir()
    (tmp_path / "tmp_objdir-incoming-cut-off/b.pack").write_bytes(bytes(5000))

    assert stored_bytes(tmp_path, str(tmp_path / "tmp_objdir-incoming-own")) == 110
