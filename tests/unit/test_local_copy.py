"""COPY puts files where a container engine would."""

from pathlib import Path

import pytest

from assay_sandbox.local_copy import copy


@pytest.fixture
def base(tmp_path: Path) -> Path:
    tree = tmp_path / "context"
    (tree / "app/inner").mkdir(parents=True)
    (tree / "app/main.py").write_text("main")
    (tree / "app/inner/deep.py").write_text("deep")
    (tree / "a.txt").write_text("a")
    (tree / "b.txt").write_text("b")
    return tree


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "image"


def test_a_directory_gives_its_content(base: Path, target: Path) -> None:
    copy(base, ["app"], str(target))

    assert (target / "main.py").read_text() == "main"
    assert (target / "inner/deep.py").read_text() == "deep"


def test_a_file_takes_the_name_of_the_destination(base: Path, target: Path) -> None:
    copy(base, ["a.txt"], str(target))

    assert target.read_text() == "a"


def test_a_file_goes_into_a_destination_that_ends_with_a_slash(base: Path, target: Path) -> None:
    copy(base, ["a.txt"], f"{target}/")

    assert (target / "a.txt").read_text() == "a"


def test_patterns_are_matched(base: Path, target: Path) -> None:
    copy(base, ["*.txt"], f"{target}/")

    assert sorted(path.name for path in target.iterdir()) == ["a.txt", "b.txt"]


def test_a_missing_source_is_named(base: Path, target: Path) -> None:
    with pytest.raises(SystemExit, match=r"no file 'c.txt'"):
        copy(base, ["c.txt"], str(target))


def test_nothing_above_the_context_is_reached(base: Path, target: Path) -> None:
    (base.parent / "secret.txt").write_text("secret")

    with pytest.raises(SystemExit, match="no file"):
        copy(base, ["../secret.txt"], str(target))


def test_a_link_in_the_way_is_replaced_and_not_followed(base: Path, target: Path) -> None:
    victim = base.parent / "victim"
    victim.write_text("untouched")
    target.mkdir()
    (target / "a.txt").symlink_to(victim)

    copy(base, ["a.txt"], f"{target}/")

    assert victim.read_text() == "untouched"
    assert (target / "a.txt").read_text() == "a"


def test_links_are_copied_as_links(base: Path, target: Path) -> None:
    (base / "app/link").symlink_to("/usr/bin/python3")

    copy(base, ["app"], str(target))

    assert (target / "link").readlink() == Path("/usr/bin/python3")
