"""`assay challenge lint` tells people, programs and workflows the same, and ends as it found."""

import json
from pathlib import Path

import pytest
from tests.broken_challenges.edits import SPEC, line_of, replace, spec
from tests.fakes.scaffolds import fresh_scaffold

from assay.cli.main import main


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fresh_scaffold(tmp_path)


@pytest.fixture
def broken(root: Path) -> Path:
    spec(root, "tolerance = 0.002", "tolerance = 0.5")
    return root


@pytest.fixture
def warned(root: Path) -> Path:
    replace(root, "harness/test_contract.py", "answer 200.", "answer 200")
    return root


def run(root: Path, *options: str) -> int:
    return main(["challenge", "lint", str(root), *options])


def test_a_sound_challenge_ends_with_0(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(root) == 0
    assert capsys.readouterr().out == f"{root}: nothing found\n"


def test_an_error_ends_with_1_and_is_told_with_its_place(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(broken) == 1
    finding, summary = capsys.readouterr().out.splitlines()
    line = line_of(broken, SPEC, "tolerance")
    assert finding.startswith(f"{broken}/{SPEC}:{line}: error: the brief never says '0.5'")
    assert finding.endswith("[brief-promises]")
    assert "1 error (why: `assay challenge lint --explain brief-promises`)" in summary


def test_a_warning_refuses_where_it_is_strict(warned: Path) -> None:
    assert run(warned) == 0
    assert run(warned, "--strict") == 1


def test_programs_get_every_field(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(broken, "--format", "json") == 1
    (report,) = json.loads(capsys.readouterr().out)
    (finding,) = report["findings"]
    assert (finding["rule"], finding["severity"]) == ("brief-promises", "error")
    assert finding["subject"] == "contract.score.tolerance"
    assert report["silenced"] == []


def test_workflows_get_commands_that_no_message_can_break(
    broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = broken.rename(broken.parent / "100%, odd")
    assert run(odd, "--format", "github") == 1
    (line,) = capsys.readouterr().out.splitlines()
    place = str(odd).replace("%", "%25").replace(",", "%2C")
    assert line.startswith(f"::error file={place}/{SPEC},line=")
    assert ",title=brief-promises::the brief never says" in line


def test_all_challenges_are_linted_if_none_is_named(
    broken: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken.parent.joinpath("challenges").mkdir()
    broken.rename(broken.parent / "challenges" / broken.name)
    monkeypatch.chdir(broken.parent)
    assert main(["challenge", "lint"]) == 1
    assert "challenges/late-parcels: 1 error" in capsys.readouterr().out


def test_a_rule_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["challenge", "lint", "--explain", "swapped-band"]) == 0
    assert capsys.readouterr().out.startswith("# swapped-band\n")


def test_a_challenge_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert run(tmp_path / "nowhere") == 2


@pytest.mark.parametrize(("option", "field"), [([], "time_box"), (["--answer"], "score_min")])
def test_schemas_are_printed(
    option: list[str], field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["challenge", "schema", *option]) == 0
    assert field in json.loads(capsys.readouterr().out)["properties"]
