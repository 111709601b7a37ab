"""No credential lies in the tree: whoever can clone it could use it."""

import re

from assay.domain.measurements import RuleResult
from assay.evaluation.rules.tree import Tree

PATTERNS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "cloud access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "forge token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|glpat-[A-Za-z0-9_-]{20,})\b"),
    "API key": re.compile(r"\bsk-[A-Za-z0-9_-]{32,}\b"),
    "chat token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}\b"),
    "password in a URL": re.compile(r"\b[a-z][a-z0-9+]*://[^\s:/@$<{]+:[^\s@/$<{]{4,}@"),
    "hard-coded password": re.compile(
        r"""(?i)\b(?:password|passwd|secret|api_key|token)\s*[:=]\s*["'][^"'\s$<{]{12,}["']"""
    ),
}


def no_secrets(tree: Tree) -> RuleResult:
    """Whether no file holds something that looks like a credential."""
    findings = tuple(
        f"{name}:{number}: {kind}"
        for name, text in tree.texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        for kind, pattern in PATTERNS.items()
        if pattern.search(line[:2000])
    )
    message = (
        f"{len(findings)} lines look like credentials; take them out and revoke them"
        if findings
        else "nothing that looks like a credential was found"
    )
    return RuleResult(
        rule="no_secrets",
        title="No credential lies in the tree",
        share=0.0 if findings else 1.0,
        message=message,
        findings=findings[:20],
    )
