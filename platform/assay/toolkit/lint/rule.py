"""What a rule is: a name, how bad it is when broken, and a pure look at a draft."""

from dataclasses import dataclass
from enum import StrEnum

from assay.toolkit import draft


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """The challenge cannot be used, or is unfair."""
    WARNING = "warning"
    """Probably a slip; if it is meant, a silence says why."""
    NOTE = "note"
    """Worth a thought."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that must hold.

    Attributes:
        id: Name of its file and its page, with dashes.
        title: What must hold, as a sentence.
        check: Finds everything that breaks it.
        silenceable: Whether an author may say that a finding is meant to be so.
    """

    id: str
    severity: Severity
    title: str
    check: draft.Rule
    silenceable: bool = True


def essential(rule_id: str, title: str, check: draft.Rule) -> Rule:
    """A rule without which nothing works: an error that nobody can silence."""
    return Rule(rule_id, Severity.ERROR, title, check, silenceable=False)
