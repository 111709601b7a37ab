"""What git and the platform tell each other about a push. Plain values, no database, no web."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Access:
    """What a token opens.

    Attributes:
        read, write: Whether it may clone; whether it may push now.
        refusal: Why it may not push, in words the candidate reads; "" if it may.
        max_push_bytes: Largest pack that is taken.
        max_files, max_repository_bytes: Limits of the tree, from the challenge.
        protected: Path prefixes that no push may change against the starter.
    """

    assessment_id: str
    read: bool
    write: bool
    refusal: str = ""
    max_push_bytes: int = 20 * 2**20
    max_files: int = 2000
    max_repository_bytes: int = 20 * 2**20
    protected: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Push:
    """A push that git has accepted: one branch moved.

    Attributes:
        bundle: `git bundle` of the new commit with its history: all a worker needs.
        options: Of `git push -o`.
    """

    assessment_id: str
    new_sha: str
    tree_sha: str
    subject: str
    pack_bytes: int
    bundle: bytes
    options: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line for the pusher's terminal.

    Attributes:
        kind: How it looks: a title, a stage that ended well or badly, or plain.
    """

    text: str
    kind: Literal["plain", "title", "good", "bad", "warning", "muted"] = "plain"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a push.

    Attributes:
        evaluation_id: The practice evaluation it is judged in; None if there is none.
    """

    submission_id: str
    evaluation_id: str | None
