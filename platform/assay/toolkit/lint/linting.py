"""Runs every rule over a challenge and says everything at once."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from assay.domain.errors import BadInput, Problem
from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import SPEC
from assay.toolkit.lint.registry import RULES
from assay.toolkit.lint.report import Finding, LintReport
from assay.toolkit.lint.rule import Rule
from assay.toolkit.lint.rules import format as format_rule
from assay.toolkit.lint.silences import silenced
from assay.toolkit.reading import read_draft


def lint(directory: Path, *, rules: Mapping[str, Rule] = RULES) -> LintReport:
    """Lint a challenge. Nothing is run and nothing is changed.

    Args:
        directory: The package, as the user named it.
        rules: By id.

    Raises:
        BadInput: there is no challenge.
        PlatformFault: git, which reads the patches, failed.
    """
    try:
        draft = read_draft(directory)
    except BadInput as refusal:
        if not (directory / SPEC).is_file():
            raise
        found = (_finding(format_rule.RULE, problem) for problem in refusal.problems)
        return LintReport(directory, tuple(found))
    return _report(draft, rules)


def _report(draft: Draft, rules: Mapping[str, Rule]) -> LintReport:
    findings, quiet = silenced(draft, list(_findings(draft, rules)), rules)
    ordered = sorted(findings, key=lambda one: (one.file, one.line, one.rule))
    return LintReport(draft.root, tuple(ordered), tuple(quiet))


def _findings(draft: Draft, rules: Mapping[str, Rule]) -> Iterator[Finding]:
    for rule in rules.values():
        yield from (_finding(rule, found) for found in rule.check(draft))


def _finding(rule: Rule, found: Problem) -> Finding:
    subject = found.subject if isinstance(found, Found) else ""
    return Finding(rule.id, rule.severity, found.message, found.file, found.line, subject)
