"""A runbook and the decisions are there. Whether they are good is for a human to read."""

from assay.domain.measurements import RuleResult
from assay.evaluation.rules.tree import Tree

DOCUMENTS = ("RUNBOOK.md", "DECISIONS.md")
WORDS_MIN = 80
"""Shorter than this, whoever is on call learns nothing from it."""


def documentation(tree: Tree) -> RuleResult:
    """Share of the documents that exist with more than a stub of text."""
    words = {name: len(tree.texts.get(name, "").split()) for name in DOCUMENTS}
    short = [name for name, count in words.items() if count < WORDS_MIN]
    message = ", ".join(f"{name}: {count} words" for name, count in words.items())
    return RuleResult(
        rule="documentation",
        title="A runbook and the decisions are there",
        share=1 - len(short) / len(DOCUMENTS),
        message=message,
        findings=tuple(f"{name}: missing or under {WORDS_MIN} words" for name in short),
    )
