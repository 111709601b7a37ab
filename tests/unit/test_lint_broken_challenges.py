"""A broken challenge is refused by the rule meant for it, at the right line, and by no other."""

from pathlib import Path

import pytest
from tests.broken_challenges.catalogue import BROKEN, Broken
from tests.broken_challenges.edits import line_of
from tests.fakes.scaffolds import fresh_scaffold

from assay.toolkit.lint.linting import lint
from assay.toolkit.lint.rule import Severity


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fresh_scaffold(tmp_path)


def test_the_scaffold_itself_is_sound(root: Path) -> None:
    assert lint(root).findings == ()


def test_there_are_at_least_fourteen_and_each_is_for_another_rule() -> None:
    rules = [broken.rule for broken in BROKEN]

    assert len(rules) >= 14
    assert len(set(rules)) == len(rules)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one.name)
def test_a_broken_challenge_is_refused_by_its_rule_alone(broken: Broken, root: Path) -> None:
    file, text = broken.breaks(root)

    findings = [one for one in lint(root).findings if one.severity is Severity.ERROR]

    assert {one.rule for one in findings} == {broken.rule}, "\n".join(map(str, findings))
    line = line_of(root, file, text) if text else 0
    assert (str(root / file), line) in {(one.file, one.line) for one in findings}
    assert all(";" in one.message or ", so " in one.message for one in findings), "say what to do"
