"""The reference keeps the rules of operability that it is the measure of."""

from collections.abc import Iterator

from assay.evaluation.rules import TREE_RULES
from assay.evaluation.rules.tree import Tree
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import Rule, Severity

SHOWN = 3


def _check(draft: Draft) -> Iterator[Found]:
    if not draft.reference.is_dir():
        return
    tree = Tree.read(draft.reference)
    for index, criterion in enumerate(draft.challenge.criterion):
        rule = TREE_RULES.get(str(criterion.settings.get("rule", criterion.id)))
        if criterion.check != "operability" or rule is None:
            continue
        result = rule(tree)
        if result.share < 1:
            yield draft.at(
                ("criterion", index),
                f"the reference does not earn all of {criterion.id!r}: {result.message} "
                f"({'; '.join(result.findings[:SHOWN])}); mend reference/",
            )


RULE = Rule(
    "reference-rules", Severity.ERROR, "The reference keeps the rules it is scored by.", _check
)
