"""What the git server asks of the platform: who may do what, and what becomes of a push."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol


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
    old_sha: str
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


class PushGate(Protocol):
    """The platform behind the git server."""

    def access(self, repository: str, token: str) -> Access | None:
        """What this token opens; None if it opens nothing, whatever the reason."""

    def received(self, push: Push) -> str | None:
        """Record it, in one transaction with its job. Called once git has moved the branch.

        Called again with the same commit it changes nothing and returns the same.

        Returns:
            Id of the evaluation to follow; None if there is none (no practice runs left).
        """

    def follow(self, repository: str, evaluation_id: str | None) -> Iterator[Line | None]:
        """Lines for the pusher until the evaluation has ended; None now and then: nothing new."""
