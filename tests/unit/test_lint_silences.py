"""A finding can be meant to be so if somebody says why; a silence that is no use is told."""

from pathlib import Path

import pytest
from tests.broken_challenges.edits import SPEC, add, line_of, replace, spec
from tests.fakes.scaffolds import fresh_scaffold

from assay.domain.errors import BadInput
from assay.toolkit.lint.linting import lint
from assay.toolkit.lint.report import LintReport

REASON = "Points for not losing what works."
SILENCE = '\n[[silence]]\nrule = "{}"\nwhere = "{}"\nreason = "{}"\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """One warning: criterion `input_validation` is touched by no fault."""
    made = fresh_scaffold(tmp_path)
    old = 'costs = ["input_validation"]\nmeasured_by = "contract"'
    spec(made, old, 'costs = ["model_agreement"]\nmeasured_by = "quality"')
    return made


def silence(root: Path, rule: str, where: str, reason: str = REASON) -> LintReport:
    add(root, SPEC, SILENCE.format(rule, where, reason))
    return lint(root)


def rules(report: LintReport) -> list[str]:
    return [one.rule for one in report.findings]


def test_without_a_silence_the_finding_stands(root: Path) -> None:
    report = lint(root)
    assert rules(report) == ["untouched-criterion"]
    assert report.is_clean()
    assert not report.is_clean(strict=True)


@pytest.mark.parametrize(
    "where", ["criterion.input_validation", "criterion.*", "challenge.toml", "*.toml"]
)
def test_a_finding_is_silenced_by_its_table_or_its_file(root: Path, where: str) -> None:
    report = silence(root, "untouched-criterion", where)
    assert report.findings == ()
    assert [(one.finding.rule, one.reason) for one in report.silenced] == [
        ("untouched-criterion", REASON)
    ]


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        ("untouched-criterion", "criterion.model_agreement"),
        ("untouched-criterion", "reference/*"),
        ("no-cheat", "criterion.input_validation"),
    ],
)
def test_a_silence_of_something_else_silences_nothing_and_is_told(
    root: Path, rule: str, where: str
) -> None:
    report = silence(root, rule, where)
    assert rules(report) == ["untouched-criterion", "useless-silence"]
    last = report.findings[-1]
    assert last.line == line_of(root, SPEC, "[[silence]]")
    assert "any more; remove the silence" in last.message


def test_a_silence_of_a_rule_that_does_not_exist_is_told(root: Path) -> None:
    report = silence(root, "untouched-criteria", "criterion.*")
    assert "there is no rule 'untouched-criteria'" in report.findings[-1].message


def test_some_rules_cannot_be_silenced(root: Path) -> None:
    replace(root, SPEC, "points = 60", "points = 59")
    report = silence(root, "points-sum", "*")
    assert "points-sum" in rules(report)
    (told,) = [one.message for one in report.findings if one.rule == "useless-silence"]
    assert "rule 'points-sum' cannot be silenced; mend what it finds" in told


def test_a_complaint_about_a_silence_cannot_be_silenced(root: Path) -> None:
    report = silence(root, "useless-silence", "*")
    assert rules(report) == ["untouched-criterion", "useless-silence"]


def test_a_silence_says_why(root: Path) -> None:
    report = silence(root, "untouched-criterion", "criterion.*", reason="because")
    (told,) = report.findings
    assert told.rule == "format"
    assert told.line == line_of(root, SPEC, "reason =")


def test_of_a_file_that_cannot_be_read_everything_is_told_and_nothing_else(root: Path) -> None:
    replace(root, SPEC, "points = 60", 'points = "sixty"')
    replace(root, SPEC, "limit_hours = 24", "limit_hour = 24")
    report = lint(root)
    assert set(rules(report)) == {"format"}
    assert len(report.errors) == 3


def test_findings_come_in_the_order_of_files_and_lines(root: Path) -> None:
    add(root, "reference/a.orig", "x\n")
    replace(root, SPEC, "practice_runs = 10", "practice_runs = 9")
    replace(root, "harness/test_contract.py", '"""A parcel is answered', '"""A parcel')
    places = [(one.file, one.line) for one in lint(root).findings]
    assert places == sorted(places)
    assert len({file for file, _ in places}) >= 2


def test_a_challenge_that_was_mended_is_sound_at_once(root: Path) -> None:
    """Whoever asks twice in one process is told what is there now."""
    rows = root / "harness/holdout.jsonl"
    whole = rows.read_text()
    rows.write_text("{\n")
    add(root, "reference/local.orig", "x\n")
    assert {"rows", "history-left"} <= set(rules(lint(root)))
    rows.write_text(whole)
    (root / "reference/local.orig").unlink()
    assert rules(lint(root)) == ["untouched-criterion"]


def test_where_there_is_no_challenge_nothing_is_linted(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not a challenge"):
        lint(tmp_path / "nowhere")
