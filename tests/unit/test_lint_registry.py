"""Every rule is one file, is asked, has its page, and its page says what the rule is."""

import ast
import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest
from tests.broken_challenges.catalogue import BROKEN

from assay.domain.checks import CHECKS
from assay.domain.errors import BadInput
from assay.evaluation.rules import TREE_RULES
from assay.toolkit.lint import rules
from assay.toolkit.lint.essential import ESSENTIAL
from assay.toolkit.lint.modes import MODES
from assay.toolkit.lint.pages import page_of
from assay.toolkit.lint.registry import RULES, THOROUGH
from assay.toolkit.lint.rule import Rule, Severity
from assay.toolkit.lint.traits import OPERABILITY, TRAITS

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "lint"
FILES = sorted(module.name for module in pkgutil.iter_modules(rules.__path__))


@pytest.mark.parametrize("name", FILES)
def test_a_file_has_one_rule_of_its_name_and_it_is_asked(name: str) -> None:
    rule = import_module(f"assay.toolkit.lint.rules.{name}").RULE

    assert rule.id == name.replace("_", "-")
    assert RULES[rule.id] is rule


def test_no_rule_is_asked_twice_or_from_elsewhere() -> None:
    assert len(ESSENTIAL) + len(THOROUGH) == len(RULES) == len(FILES)


@pytest.mark.parametrize("rule", ESSENTIAL, ids=lambda one: one.id)
def test_what_a_challenge_cannot_be_loaded_without_is_an_error_for_everybody(rule: Rule) -> None:
    assert rule.severity is Severity.ERROR
    assert not rule.silenceable


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_rule_has_a_page_with_all_its_parts(rule: Rule) -> None:
    page = (PAGES / f"{rule.id}.md").read_text()
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)

    assert page.startswith(f"# {rule.id}\n")
    expected = ["Why", "Example", "Mending it", *(["Silencing it"] if rule.silenceable else [])]
    assert headings == expected


@pytest.mark.parametrize(
    "rule", [one for one in RULES.values() if one.silenceable], ids=lambda one: one.id
)
def test_a_page_shows_the_silence_of_its_own_rule(rule: Rule) -> None:
    assert f'rule = "{rule.id}"' in (PAGES / f"{rule.id}.md").read_text()


def test_a_page_has_a_rule() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == {*RULES, "README"}


def test_the_title_of_a_rule_is_a_sentence() -> None:
    assert [
        one.title for one in RULES.values() if not re.fullmatch(r"[A-Z\[c].+\.", one.title)
    ] == []


def test_the_broken_challenges_break_rules_that_exist() -> None:
    assert {broken.rule for broken in BROKEN} <= set(RULES)


def test_a_page_can_be_read_in_the_terminal_without_its_marks() -> None:
    page = page_of("points-sum")

    assert page.startswith("# points-sum\n")
    assert "**Error.**" in page
    assert "<!--" not in page


def test_all_rules_can_be_listed() -> None:
    assert all(f"[{rule}]({rule}.md)" in page_of("all") for rule in RULES)


def test_a_rule_that_does_not_exist_is_told_with_those_that_do() -> None:
    with pytest.raises(BadInput, match=r"no rule 'point-sum'; the rules are: .*points-sum"):
        page_of("point-sum")


def test_every_check_of_the_rubric_is_known_to_the_rules() -> None:
    assert set(TRAITS) == set(CHECKS)


def test_what_operability_answers_for_is_known_to_the_rules() -> None:
    assert set(OPERABILITY) == {*TREE_RULES, "non_root", "own_tests"}


def test_what_a_stand_in_can_do_is_what_the_probe_can() -> None:
    """The probe's own list is not imported: it brings gevent along."""
    registry = ROOT / "sandbox/assay_probe/gateways/registry.py"
    (table,) = (n for n in ast.walk(ast.parse(registry.read_text())) if isinstance(n, ast.Dict))

    assert [ast.literal_eval(key) for key in table.keys if key] == list(MODES)
