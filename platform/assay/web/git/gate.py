"""What the git server asks of the platform: who may do what, and what becomes of a push."""

from collections.abc import Iterator
from typing import Protocol

from assay.features.submissions.pushes import Access, Line, Push

__all__ = ["Access", "Line", "Push", "PushGate"]


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
        """Lines for the pusher until the evaluation has ended.

        None: nothing new. The server then waits a moment before it asks on, so this need not.
        """
