"""What a linter says about a challenge. Facts only; whoever asked decides what follows."""

from dataclasses import dataclass
from pathlib import Path

from assay.toolkit.lint.rule import Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One place at which a rule is broken.

    Attributes:
        message: What is wrong and what to do.
        file: Path as the user knows it.
        line: 1-based, 0 for the file as a whole.
        subject: The table it is about, as silences name it: `criterion.recovery`; or "".
    """

    rule: str
    severity: Severity
    message: str
    file: str
    line: int = 0
    subject: str = ""

    def __str__(self) -> str:
        """As compilers say it: `file:line: error: message [rule]`."""
        line = f":{self.line}" if self.line else ""
        return f"{self.file}{line}: {self.severity}: {self.message} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding that its author says is meant to be so."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class LintReport:
    """Everything the rules found, in the order of files and lines.

    Attributes:
        root: The package.
        findings: What is left to do.
        silenced: What was found and is meant to be so.
    """

    root: Path
    findings: tuple[Finding, ...]
    silenced: tuple[Silenced, ...] = ()

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """Findings of one severity."""
        return tuple(one for one in self.findings if one.severity is severity)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What refuses the challenge."""
        return self.of(Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What refuses it where the linter is strict."""
        return self.of(Severity.WARNING)

    def is_clean(self, *, strict: bool = False) -> bool:
        """Whether the challenge may go on."""
        return not self.errors and not (strict and self.warnings)
