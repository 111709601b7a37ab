"""Which pushes git has accepted in a repository, and which of them the platform knows of.

Git writes every move of the branch into its log before it answers the client; a file beside
it names the last move that was recorded. Whatever lies between was accepted by a server that
died before it could say so.
"""

import contextlib
import fcntl
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LOG = "logs/refs/heads/main"
MARK = "assay-recorded"
LOCK = "assay-recording.lock"
_MOVE = re.compile(r"(?P<old>[0-9a-f]{40,64}) (?P<new>[0-9a-f]{40,64}) ")


@dataclass(frozen=True, slots=True)
class Move:
    """The branch went from one commit to another."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class PushLedger:
    """The ledger of one repository."""

    repository: Path

    def settled(self) -> bool:
        """Whether nothing is left to record, judged without asking git: cheap."""
        moves = self._moves()
        return not moves or moves[-1].new == self._recorded()

    def quiet_s(self, now_s: float) -> float:
        """How long the branch has not moved, at an instant of the wall clock."""
        log = self.repository / LOG
        return max(0.0, now_s - log.stat().st_mtime) if log.exists() else 0.0

    def unrecorded(self, head: str) -> list[Move]:
        """The moves that led from the last recorded commit to `head`, oldest first.

        A move in the log that leads nowhere was never completed; one that the log lacks
        (the machine lost its power) is told as one step from the last recorded commit.
        """
        recorded = self._recorded()
        by_end = {move.new: move for move in self._moves()}
        found: list[Move] = []
        at = head
        while at != recorded and (move := by_end.pop(at, None)):
            found.insert(0, move)
            at = move.old
        if at == head != recorded and recorded:
            return [Move(recorded, head)]
        return found

    def mark(self, commit: str) -> None:
        """Remember that everything up to this commit is recorded."""
        fresh = self.repository / f"{MARK}.{secrets.token_hex(4)}"
        fresh.write_text(f"{commit}\n")
        fresh.replace(self.repository / MARK)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One recorder at a time, in whatever process it is."""
        with (self.repository / LOCK).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _recorded(self) -> str:
        mark = self.repository / MARK
        return mark.read_text().strip() if mark.exists() else ""

    def _moves(self) -> list[Move]:
        log = self.repository / LOG
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        found = (_MOVE.match(line) for line in lines)
        return [Move(match["old"], match["new"]) for match in found if match]
