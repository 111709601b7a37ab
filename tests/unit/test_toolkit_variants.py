"""Starters are made, never kept: same number, same tree; nothing in it tells what was planted."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.tiny_challenge import LINES, patch, write_tiny_challenge

from assay.domain.challenge import Challenge, Fault, Slot
from assay.domain.errors import BadInput
from assay.toolkit.package import load_challenge
from assay.toolkit.variants import choose_variant, variants, write_tree


def challenge_with(alternatives: list[int], root: Path) -> Challenge:
    fault = Fault(id="x", title="x", why="x", costs=("x",), measured_by="contract")
    slots = [
        Slot(
            id=f"s{s}",
            title="",
            fault=tuple(fault.model_copy(update={"id": f"s{s}_{f}"}) for f in range(count)),
        )
        for s, count in enumerate(alternatives)
    ]
    tiny = load_challenge(write_tiny_challenge(root)).challenge
    return tiny.model_copy(update={"slot": tuple(slots)})


@pytest.fixture(scope="module")
def module_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("variants")


@given(st.lists(st.integers(1, 4), min_size=1, max_size=6))
def test_every_combination_has_exactly_one_number(
    module_root: Path, alternatives: list[int]
) -> None:
    challenge = challenge_with(alternatives, module_root)
    chosen = {
        tuple(one.fault.id for one in choose_variant(challenge, n))
        for n in range(variants(challenge))
    }
    assert len(chosen) == variants(challenge)


@given(st.integers(0, 10**9))
def test_a_variant_has_one_fault_per_slot_in_order(module_root: Path, number: int) -> None:
    challenge = challenge_with([3, 1, 2], module_root)
    assert [one.slot for one in choose_variant(challenge, number)] == ["s0", "s1", "s2"]


def test_the_reference_is_written_as_it_is(tmp_path: Path) -> None:
    package = load_challenge(write_tiny_challenge(tmp_path))
    write_tree(package, "reference", tmp_path / "out")
    assert (tmp_path / "out/app.txt").read_text() == "\n".join(LINES) + "\n"
    assert {p.name for p in (tmp_path / "out").iterdir()} == {
        "app.txt",
        "Dockerfile",
        ".gitignore",
    }


def test_a_mutant_has_its_fault_and_no_other(tmp_path: Path) -> None:
    package = load_challenge(write_tiny_challenge(tmp_path))
    write_tree(package, "fault:top_b", tmp_path / "out")
    assert (tmp_path / "out/app.txt").read_text().splitlines() == [LINES[0], "top b", *LINES[2:]]


def test_a_starter_merges_one_fault_of_every_slot(tmp_path: Path) -> None:
    package = load_challenge(write_tiny_challenge(tmp_path))
    for number in (0, 1):
        write_tree(package, "starter", tmp_path / str(number), variant=number)
    texts = {(tmp_path / str(number) / "app.txt").read_text() for number in (0, 1)}
    assert len(texts) == 2
    assert all("bottom a" in text for text in texts)


def test_patches_made_apart_merge_where_they_do_not_touch(tmp_path: Path) -> None:
    root = write_tiny_challenge(tmp_path)
    (root / "faults/bottom/bottom_a.patch").write_text(patch(4, "far enough"))
    write_tree(load_challenge(root), "starter", tmp_path / "out", variant=0)
    assert (tmp_path / "out/app.txt").read_text().splitlines()[4] == "far enough"


def test_conflicting_patches_are_both_named(tmp_path: Path) -> None:
    root = write_tiny_challenge(tmp_path)
    (root / "faults/bottom/bottom_a.patch").write_text(patch(1, "in the way"))
    with pytest.raises(BadInput) as caught:
        write_tree(load_challenge(root), "starter", tmp_path / "out", variant=0)
    message = str(caught.value)
    assert "faults/bottom/bottom_a.patch: conflicts with" in message
    assert "faults/top/top_" in message
    assert "in app.txt" in message


def test_a_patch_that_does_not_apply_says_how_to_make_it_again(tmp_path: Path) -> None:
    root = write_tiny_challenge(tmp_path)
    (root / "reference/app.txt").write_text("rewritten\n")
    again = rf"assay challenge fault {root} top/top_a --edit DIR, then --save DIR"
    with pytest.raises(BadInput, match=rf"does not apply to the reference.*{again}"):
        write_tree(load_challenge(root), "fault:top_a", tmp_path / "out")


def test_no_history_and_no_leftovers_reach_the_tree(tmp_path: Path) -> None:
    root = write_tiny_challenge(tmp_path)
    (root / "reference/__pycache__").mkdir()
    (root / "reference/__pycache__/app.pyc").write_text("left by a tool")
    (root / "reference/model.bin").write_text("left by a run")
    write_tree(load_challenge(root), "starter", tmp_path / "out")
    names = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*")}
    assert names == {"app.txt", "Dockerfile", ".gitignore"}


def test_a_known_answer_is_a_tree_or_patches_without_its_expectation(tmp_path: Path) -> None:
    root = write_tiny_challenge(tmp_path)
    (root / "answers/rejected/cheat").mkdir(parents=True)
    (root / "answers/rejected/cheat/expect.toml").write_text("")
    (root / "answers/rejected/cheat/app.txt").write_text("cheating\n")
    (root / "answers/partial/half").mkdir(parents=True)
    (root / "answers/partial/half/expect.toml").write_text("")
    (root / "answers/partial/half/half.patch").write_text(patch(3, "half"))
    package = load_challenge(root)
    write_tree(package, "cheat", tmp_path / "cheat")
    write_tree(package, "partial/half", tmp_path / "half")
    assert [p.name for p in (tmp_path / "cheat").iterdir()] == ["app.txt"]
    assert (tmp_path / "half/app.txt").read_text().splitlines()[3] == "half"
    assert (tmp_path / "half/Dockerfile").is_file()


@pytest.mark.parametrize(("what", "there"), [("fault:tpo_a", "top_a"), ("cheta", "starter")])
def test_an_unknown_tree_lists_those_there_are(tmp_path: Path, what: str, there: str) -> None:
    package = load_challenge(write_tiny_challenge(tmp_path))
    with pytest.raises(BadInput, match=there):
        write_tree(package, what, tmp_path / "out")


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    package = load_challenge(write_tiny_challenge(tmp_path))
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("precious")
    with pytest.raises(BadInput, match="not an empty directory"):
        write_tree(package, "reference", tmp_path / "out")


def test_a_place_where_nothing_can_be_made_is_refused(tmp_path: Path) -> None:
    package = load_challenge(write_tiny_challenge(tmp_path))
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be made: Not a directory; choose another"):
        write_tree(package, "reference", tmp_path / "file" / "out")
