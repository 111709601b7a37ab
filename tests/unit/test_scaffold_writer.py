"""`assay challenge new`: what it writes is complete, consistent and always the same."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from assay.cli.main import main
from assay.domain.errors import BadInput
from assay.toolkit.brief import refreshed
from assay.toolkit.files import digest
from assay.toolkit.package import ChallengePackage, load_challenge
from assay.toolkit.scaffold.writer import write_scaffold
from assay.toolkit.variants import all_faults, known_answers, variants, write_tree

TITLE = 'Ein "schöner" Titel \\ mit allem'


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> ChallengePackage:
    root = tmp_path_factory.mktemp("challenges")
    return load_challenge(write_scaffold("late-parcels", "", root))


def test_it_loads_under_its_own_name(package: ChallengePackage) -> None:
    assert package.challenge.id == package.root.name == "late-parcels"
    assert package.challenge.title == "Late parcels"


def test_it_has_two_slots_one_with_an_alternative(package: ChallengePackage) -> None:
    assert [len(slot.fault) for slot in package.challenge.slot] == [2, 1]
    assert variants(package.challenge) == 2


def test_it_has_a_partial_and_a_rejected_answer(package: ChallengePackage) -> None:
    assert {name.partition("/")[0] for name in known_answers(package)} == {"partial", "rejected"}


def test_every_criterion_with_points_is_cost_by_a_fault(package: ChallengePackage) -> None:
    costs = {name for one in all_faults(package.challenge) for name in one.fault.costs}

    assert costs == {one.id for one in package.challenge.criterion if one.points}


def test_the_alternatives_of_a_slot_cost_the_same(package: ChallengePackage) -> None:
    """Otherwise one candidate would have less to gain than another."""
    for slot in package.challenge.slot:
        assert len({fault.costs for fault in slot.fault}) == 1


def test_every_tree_can_be_written(package: ChallengePackage, tmp_path: Path) -> None:
    faults = [f"fault:{one.fault.id}" for one in all_faults(package.challenge)]
    written = {}
    for name in ["reference", "starter", *faults, *known_answers(package)]:
        tree = tmp_path / name.replace("/", "-")
        write_tree(package, name, tree)
        written[name] = digest(tree)

    assert len(set(written.values())) == len(written)


def test_its_two_starters_differ(package: ChallengePackage, tmp_path: Path) -> None:
    for number in (0, 1):
        write_tree(package, "starter", tmp_path / str(number), variant=number)

    assert digest(tmp_path / "0") != digest(tmp_path / "1")


def test_the_tables_of_the_brief_are_those_of_the_rubric(package: ChallengePackage) -> None:
    text = (package.root / "BRIEF.md").read_text()

    assert refreshed(text, package.challenge) == text
    assert "| 256 MiB, no swap |" in text


def test_its_own_tests_pass_on_the_reference_and_on_every_mutant(
    package: ChallengePackage, tmp_path: Path
) -> None:
    """A planted fault that broke them would cost a criterion it does not name."""
    for name in ["reference", *(f"fault:{one.fault.id}" for one in all_faults(package.challenge))]:
        tree = tmp_path / name
        write_tree(package, name, tree)
        done = subprocess.run(
            [sys.executable, "-m", "unittest", "discover", "-s", "tests"],
            cwd=tree, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr


def test_its_data_is_made_by_its_own_generator(package: ChallengePackage, tmp_path: Path) -> None:
    copy = write_scaffold("copy", "", tmp_path)
    before = {
        name: (copy / "harness" / name).read_bytes() for name in ("rows.jsonl", "holdout.jsonl")
    }
    for name in before:
        (copy / "harness" / name).unlink()

    subprocess.run([sys.executable, copy / "tools" / "make_data.py"], check=True, timeout=60)

    assert {name: (copy / "harness" / name).read_bytes() for name in before} == before


def test_its_data_has_a_licence_and_sums(package: ChallengePackage) -> None:
    text = (package.root / "DATA.md").read_text()
    sums = dict(re.findall(r"\| `(harness/\w+\.jsonl)` .* `([0-9a-f]{64})` \|", text))

    assert "CC0-1.0" in text
    assert set(sums) == {"harness/rows.jsonl", "harness/holdout.jsonl"}
    for name, expected in sums.items():
        assert hashlib.sha256((package.root / name).read_bytes()).hexdigest() == expected


def test_a_title_with_quotes_and_backslashes_stays_what_it_is(tmp_path: Path) -> None:
    made = load_challenge(write_scaffold("some-name", TITLE, tmp_path))

    assert made.challenge.title == TITLE
    assert (made.root / "BRIEF.md").read_text().startswith(f"# {TITLE}\n")


@pytest.mark.parametrize("name", ["", "Late", "late_parcels", "late--parcels", "../x", "a" * 61])
def test_a_name_that_is_no_slug_is_refused_and_nothing_is_written(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(BadInput, match="lower-case words with hyphens"):
        write_scaffold(name, "", tmp_path / "challenges")
    assert not (tmp_path / "challenges").exists()


@pytest.mark.parametrize("title", ["two\nlines", "a\x1b[31mred", "x" * 121, "<script>"])
def test_a_title_that_is_no_line_is_refused(tmp_path: Path, title: str) -> None:
    with pytest.raises(BadInput, match="title must be one line"):
        write_scaffold("late-parcels", title, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_taken_name_is_refused_and_what_is_there_stays(tmp_path: Path) -> None:
    made = write_scaffold("late-parcels", "", tmp_path)
    (made / "BRIEF.md").write_text("mine")

    with pytest.raises(BadInput, match="there already"):
        write_scaffold("late-parcels", "", tmp_path)
    assert (made / "BRIEF.md").read_text() == "mine"


def test_an_id_that_another_directory_has_is_refused(tmp_path: Path) -> None:
    write_scaffold("late-parcels", "", tmp_path).rename(tmp_path / "renamed")

    with pytest.raises(BadInput, match="has the id 'late-parcels' already"):
        write_scaffold("late-parcels", "", tmp_path)


def test_a_neighbour_that_cannot_be_read_is_no_reason_to_refuse(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "challenge.toml").write_bytes(b'id = "\xff')

    assert write_scaffold("late-parcels", "", tmp_path).is_dir()


def test_writing_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("assay.toolkit.scaffold.writer.write_tables", full)

    with pytest.raises(OSError, match="no space left"):
        write_scaffold("late-parcels", "", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_command_tells_the_next_three(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["challenge", "new", "late-parcels", "--into", str(tmp_path)])

    lines = capsys.readouterr().out.splitlines()
    called = tmp_path / "late-parcels"
    assert code == 0
    assert [line.strip() for line in lines[1:]] == [
        f"assay challenge lint {called}",
        f"assay grade {called} --answer reference",
        f"assay challenge prove {called} --quick",
    ]


def test_without_a_place_it_is_written_here_and_named_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["challenge", "new", "late-parcels"]) == 0
    assert (tmp_path / "challenges" / "late-parcels" / "challenge.toml").is_file()
    assert "  assay challenge lint late-parcels\n" in capsys.readouterr().out


def test_the_templates_travel_in_the_wheel() -> None:
    """Nothing of the packaging leaves out files of this ending."""
    root = Path(__file__).parents[2]
    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", "--verbose", "--stdin"],
        input="\n".join(
            str(path) for path in (root / "platform/assay/toolkit/scaffold").rglob("*.tmpl")
        ),
        cwd=root, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert ignored.stdout == ""
