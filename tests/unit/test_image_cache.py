"""An image is made again when, and only when, something it is made of has changed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from assay_sandbox.errors import EngineFault
from assay_sandbox.image_cache import cache_directory, digest_of, kept_digest, only_one
from assay_sandbox.images import BASE_IMAGES, IMAGES


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "inner").mkdir(parents=True)
    (tree / "inner/a.py").write_text("a")
    return tree


def test_equal_inputs_have_equal_digests(tree: Path) -> None:
    assert digest_of(["x"], [tree]) == digest_of(["x"], [tree])


def test_compiled_python_is_no_input(tree: Path) -> None:
    before = digest_of([], [tree])
    (tree / "__pycache__").mkdir()
    (tree / "__pycache__/a.pyc").write_bytes(b"x")

    assert digest_of([], [tree]) == before


def test_content_name_and_executable_bit_all_count(tree: Path) -> None:
    seen = {digest_of([], [tree])}
    (tree / "inner/a.py").write_text("b")
    seen.add(digest_of([], [tree]))
    (tree / "inner/a.py").chmod(0o755)
    seen.add(digest_of([], [tree]))
    (tree / "inner/a.py").rename(tree / "inner/b.py")
    seen.add(digest_of([], [tree]))
    seen.add(digest_of(["word"], [tree]))

    assert len(seen) == 5


def test_words_are_told_apart_from_their_concatenation() -> None:
    assert digest_of(["ab", "c"], []) != digest_of(["a", "bc"], [])


AT_ONCE = -1.0
"""Remembered, however short ago something was touched."""


def remembered(words: list[str], tree: Path, cache: Path) -> str:
    return kept_digest(words, [tree], {"ASSAY_CACHE": str(cache)}, settled_s=AT_ONCE)


def test_a_remembered_digest_is_the_digest(tree: Path, tmp_path: Path) -> None:
    assert remembered(["x"], tree, tmp_path) == digest_of(["x"], [tree])
    assert remembered(["x"], tree, tmp_path) == digest_of(["x"], [tree])
    assert remembered(["y"], tree, tmp_path) == digest_of(["y"], [tree])


def test_an_untouched_tree_is_not_read_again(tree: Path, tmp_path: Path) -> None:
    remembered([], tree, tmp_path)
    for kept in (tmp_path / "digests").iterdir():
        kept.write_text("as it was")

    assert remembered([], tree, tmp_path) == "as it was"


def changed_content(tree: Path) -> None:
    path = tree / "inner/a.py"
    before = path.stat()
    path.write_text("b")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES: dict[str, Callable[[Path], object]] = {
    "content, though the time of the file is as before": changed_content,
    "rights": lambda tree: (tree / "inner/a.py").chmod(0o755),
    "name": lambda tree: (tree / "inner/a.py").rename(tree / "inner/b.py"),
    "one more": lambda tree: (tree / "inner/c.py").write_text("c"),
    "one less": lambda tree: (tree / "inner/a.py").unlink(),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_remembered_digest_is_forgotten_with_any_change(
    tree: Path, tmp_path: Path, what: str
) -> None:
    remembered([], tree, tmp_path)
    CHANGES[what](tree)

    assert remembered([], tree, tmp_path) == digest_of([], [tree])


def test_what_was_touched_just_now_is_not_remembered(tree: Path, tmp_path: Path) -> None:
    place = {"ASSAY_CACHE": str(tmp_path)}

    assert kept_digest([], [tree], place) == digest_of([], [tree])
    assert not (tmp_path / "digests").exists()


def test_the_cache_is_where_the_environment_says(tmp_path: Path) -> None:
    assert cache_directory({"ASSAY_CACHE": str(tmp_path / "here")}) == tmp_path / "here"
    assert (tmp_path / "here").is_dir()


@pytest.mark.parametrize("name", BASE_IMAGES)
def test_every_recipe_has_its_files(name: str) -> None:
    recipe = BASE_IMAGES[name]

    assert (recipe.directory / ("packages.txt" if name == "python" else "Dockerfile")).is_file()
    assert recipe.requirements is None or (recipe.directory / recipe.requirements).is_file()


def test_no_recipe_names_a_host_but_its_own_loopback() -> None:
    texts = [path.read_text() for path in IMAGES.rglob("*") if path.is_file()]
    addresses = [line for text in texts for line in text.splitlines() if "://" in line]

    assert addresses
    assert all("http://127.0.0.1:3141/" in line for line in addresses)


def test_two_makers_of_one_thing_wait_for_each_other_but_not_for_ever(tmp_path: Path) -> None:
    place = {"ASSAY_CACHE": str(tmp_path)}
    with (
        only_one("base", place),
        pytest.raises(EngineFault, match="another process has been making base"),
        only_one("base", place, patience_s=0.05),
    ):
        raise AssertionError("both were let in")
    with only_one("base", place, patience_s=0.05):
        assert (tmp_path / "locks/base").exists()
