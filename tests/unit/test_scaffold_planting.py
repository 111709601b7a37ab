"""Faults and answers are planted by editing a copy; the patch is made from the difference."""

from pathlib import Path

import pytest

from assay.cli.main import main
from assay.domain.errors import BadInput
from assay.toolkit.files import digest
from assay.toolkit.package import load_challenge
from assay.toolkit.scaffold.planting import fault_path, open_copy, save_patch
from assay.toolkit.scaffold.writer import write_scaffold
from assay.toolkit.variants import write_tree


@pytest.fixture
def challenge(tmp_path: Path) -> Path:
    return write_scaffold("late-parcels", "", tmp_path / "challenges")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return tmp_path / "work"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_copy_is_the_reference(challenge: Path, work: Path) -> None:
    assert open_copy(challenge, fault_path(challenge, "features", "new"), work) == "reference"

    assert digest(work) == digest(challenge / "reference")


def test_what_is_edited_becomes_the_mutant(challenge: Path, work: Path, tmp_path: Path) -> None:
    patch = fault_path(challenge, "features", "wrong_unit")
    open_copy(challenge, fault_path(challenge, "features", "new"), work)
    edit(work / "app" / "features.py", "GRAMS = 1000", "GRAMS = 453.6")

    saved = save_patch(challenge, patch, work)

    write_tree(load_challenge(challenge), "fault:wrong_unit", tmp_path / "mutant")
    assert saved.files == ("app/features.py",)
    assert saved.conflicts == ()
    assert digest(tmp_path / "mutant") == digest(work)


def test_a_planted_fault_can_be_opened_edited_and_saved_again(challenge: Path, work: Path) -> None:
    patch = fault_path(challenge, "features", "wrong_unit")

    assert open_copy(challenge, patch, work) == "patched"
    assert "METRES = 1609.344" in (work / "app" / "features.py").read_text()
    edit(work / "app" / "features.py", "1609.344", "1852")
    save_patch(challenge, patch, work)

    assert "+METRES = 1852" in patch.read_text()


@pytest.mark.parametrize(
    "content",
    [b"\x00\x01\xff" * 50, "Grüße".encode("latin-1") + b"\n", b"written on\r\nWindows\r\n"],
)
def test_new_deleted_and_binary_files_travel_in_the_patch(
    challenge: Path, work: Path, tmp_path: Path, content: bytes
) -> None:
    patch = fault_path(challenge, "features", "wrong_unit")
    open_copy(challenge, fault_path(challenge, "features", "new"), work)
    (work / "weights.bin").write_bytes(content)
    (work / ".dockerignore").unlink()

    save_patch(challenge, patch, work)

    write_tree(load_challenge(challenge), "fault:wrong_unit", tmp_path / "mutant")
    assert digest(tmp_path / "mutant") == digest(work)


def test_what_tools_leave_behind_is_no_change(challenge: Path, work: Path) -> None:
    open_copy(challenge, fault_path(challenge, "features", "new"), work)
    (work / "app" / "__pycache__").mkdir()
    (work / "app" / "__pycache__" / "x.pyc").write_bytes(b"x")

    with pytest.raises(BadInput, match="changes nothing"):
        save_patch(challenge, fault_path(challenge, "features", "new"), work)


def test_a_fault_that_no_starter_can_have_is_saved_and_said_so(challenge: Path, work: Path) -> None:
    patch = fault_path(challenge, "other", "collides")
    open_copy(challenge, patch, work)
    edit(work / "app" / "features.py", "METRES = 1000", "METRES = 1")

    saved = save_patch(challenge, patch, work)

    assert patch.is_file()
    (problem,) = saved.conflicts
    assert "conflicts with" in problem.message
    assert "wrong_unit.patch" in problem.message


def test_alternatives_of_one_slot_may_touch_the_same_lines(challenge: Path, work: Path) -> None:
    patch = fault_path(challenge, "features", "collides")
    open_copy(challenge, patch, work)
    edit(work / "app" / "features.py", "METRES = 1000", "METRES = 1")

    assert save_patch(challenge, patch, work).conflicts == ()


def test_a_directory_named_by_mistake_deletes_nothing(challenge: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    patch = fault_path(challenge, "features", "wrong_unit")
    before = patch.read_text()

    with pytest.raises(BadInput, match="no copy of reference/"):
        save_patch(challenge, patch, tmp_path / "elsewhere")
    assert patch.read_text() == before


def test_a_directory_that_holds_something_is_not_written_into(
    challenge: Path, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="not an empty directory"):
        open_copy(challenge, fault_path(challenge, "features", "x"), tmp_path)


def test_a_patch_that_no_longer_applies_is_made_again_on_the_reference(
    challenge: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (challenge / "reference" / "app" / "features.py").write_text("UNIT = 'km'\n")
    patch = fault_path(challenge, "features", "wrong_unit")
    before = patch.read_text()
    fault = ["challenge", "fault", str(challenge), "features/wrong_unit"]

    assert main([*fault, "--edit", str(work)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert f"{patch} does not apply to it any more: read there what it did" in told
    assert patch.read_text() == before, "nothing is lost before it is made again"
    assert digest(work) == digest(challenge / "reference")

    edit(work / "app" / "features.py", "km", "miles")
    assert main([*fault, "--save", str(work)]) == 0
    assert "+UNIT = 'miles'" in patch.read_text()


@pytest.mark.parametrize("backup", ["app/features.py.orig", "app/features.py.rej", "Dockerfile~"])
def test_a_backup_in_the_copy_is_refused_and_the_patch_stays(
    challenge: Path, work: Path, backup: str
) -> None:
    patch = fault_path(challenge, "features", "wrong_unit")
    before = patch.read_text()
    open_copy(challenge, patch, work)
    edit(work / "app" / "features.py", "1609.344", "1852")
    (work / backup).write_text("METRES = 1000\n")

    with pytest.raises(BadInput, match=rf"{backup}: is a backup.*delete it, then save again"):
        save_patch(challenge, patch, work)
    assert patch.read_text() == before


# ------------------------------------------------------------------------------ the commands


def test_the_command_plants_a_fault_and_says_how_to_declare_it(
    challenge: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = ["challenge", "fault", str(challenge), "loading/slow_start"]

    assert main([*fault, "--edit", str(work)]) == 0
    edit(work / "app" / "__main__.py", "import os\n", "import os\nimport time\n")
    assert main([*fault, "--save", str(work)]) == 0

    told = capsys.readouterr().out
    assert (challenge / "faults" / "loading" / "slow_start.patch").is_file()
    assert "does not declare it" in told
    assert 'id = "loading"' in told
    assert 'id = "slow_start"' in told


def test_of_a_declared_fault_nothing_more_is_said(
    challenge: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = ["challenge", "fault", str(challenge), "features/wrong_unit"]
    main([*fault, "--edit", str(work)])
    edit(work / "app" / "features.py", "1609.344", "1852")
    main([*fault, "--save", str(work)])

    assert "does not declare it" not in capsys.readouterr().out


def test_a_conflict_ends_the_command_with_two(
    challenge: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = ["challenge", "fault", str(challenge), "other/collides"]
    main([*fault, "--edit", str(work)])
    edit(work / "app" / "features.py", "METRES = 1000", "METRES = 1")

    assert main([*fault, "--save", str(work)]) == 2
    assert "no starter can have it together" in capsys.readouterr().err


def test_an_answer_is_planted_alike_and_needs_an_expectation(
    challenge: Path, work: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ["challenge", "answer", str(challenge), "rejected/lazy"]
    main([*answer, "--edit", str(work)])
    edit(work / "app" / "features.py", "METRES = 1000", "METRES = 1")

    assert main([*answer, "--save", str(work)]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert (challenge / "answers" / "rejected" / "lazy" / "lazy.patch").is_file()
    assert "answers/rejected/lazy/expect.toml" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fault", "wrong_unit", "--edit", "x"), "SLOT/FAULT"),
        (("fault", "../x/y", "--edit", "x"), "SLOT/FAULT"),
        (("fault", "slot/Bad-Name", "--edit", "x"), "lower-case letters, digits and underscores"),
        (("fault", "features/wrong_unit"), "either --edit DIR"),
        (("fault", "features/wrong_unit", "--edit", "x", "--save", "x"), "either --edit DIR"),
        (("answer", "splendid/one", "--edit", "x"), "accepted, partial or rejected"),
    ],
)
def test_what_is_not_understood_is_refused(
    challenge: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    kind, *rest = words

    assert main(["challenge", kind, str(challenge), *rest]) == 2
    assert said in " ".join(capsys.readouterr().err.split())


def test_the_brief_follows_the_rubric(challenge: Path) -> None:
    spec = challenge / "challenge.toml"
    edit(spec, "points = 60", "points = 70")
    edit(spec, "points = 40", "points = 30")

    assert main(["challenge", "brief", str(challenge)]) == 0
    text = (challenge / "BRIEF.md").read_text()
    assert "Answers agree with the approved model | 70 |" in text
