"""Operability rules over a submission's tree: one rule a file, each a pure function."""

from collections.abc import Callable

from assay.domain.measurements import RuleResult
from assay.evaluation.rules.documentation import documentation
from assay.evaluation.rules.pinned import dependencies_pinned
from assay.evaluation.rules.secrets import no_secrets
from assay.evaluation.rules.tree import Tree

TREE_RULES: dict[str, Callable[[Tree], RuleResult]] = {
    "dependencies_pinned": dependencies_pinned,
    "documentation": documentation,
    "no_secrets": no_secrets,
}
"""Rules that need nothing but the tree. `non_root` and `own_tests` also need the image and a
build, so the operability stage answers those."""
