"""The error tree of the platform.

AssayError
├── BadInput          what we were given is wrong: says where and what to do   (exit 2)
├── CandidateFault    the submission ended a stage: becomes lines with evidence (never an exit)
├── PlatformFault     ours: retried, reported, never scored                     (exit 3)
└── Refused           cannot be done, in words for whoever asked
    ├── NotFound      there is no such thing, or none the caller may know of
    ├── Conflict      the state does not allow it
    └── Forbidden     the caller may not do it
"""

from dataclasses import dataclass


class AssayError(Exception):
    """Something went wrong that a person must be told in words."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one place of the input.

    Attributes:
        message: What is wrong and what to do.
        file: Path as the user knows it, "" if there is none.
        line: 1-based, 0 if unknown.
    """

    message: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        """`file:line: message`, leaving out what is unknown."""
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return where + self.message


class BadInput(AssayError):
    """What we were given cannot be used. All problems are reported at once."""

    def __init__(self, *problems: Problem | str) -> None:
        self.problems = tuple(p if isinstance(p, Problem) else Problem(p) for p in problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class CandidateFault(AssayError):
    """The submission ended this stage. The message is for the candidate."""

    def __init__(self, message: str, *, evidence: str = "") -> None:
        super().__init__(message)
        self.evidence = evidence


class PlatformFault(AssayError):
    """We failed, or cannot tell who did. Never costs a point."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class Refused(AssayError):
    """What was asked for cannot be done now. The message is for whoever asked."""


class NotFound(Refused):
    """There is no such thing, or none that the caller may know of."""


class Conflict(Refused):
    """It was possible a moment ago, or will be: the state does not allow it."""


class Forbidden(Refused):
    """The caller may not do this."""
