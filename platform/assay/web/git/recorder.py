"""Tells the platform of every push that git accepted: in order, and never of none.

Between git's moving the branch and the platform's row a process can die. The ledger of the
repository knows what is missing, and whoever comes next makes up for it.
"""

import logging
import time
from collections.abc import Mapping, Sequence

from assay.adapters.push_ledger import Move
from assay.adapters.repositories import Repositories
from assay.kit.text import storable
from assay.web.git.gate import Push, PushGate

log = logging.getLogger(__name__)


class Recorder:
    """Records pushes, whoever asks and however often."""

    def __init__(self, repositories: Repositories, gate: PushGate) -> None:
        self._repositories = repositories
        self._gate = gate

    def received(self, repository: str, move: Move, options: Sequence[str]) -> str | None:
        """Record a push, and before it those that were left over; see `PushGate.received`."""
        ids = self.settle(repository, {move.new: options})
        if move.new in ids:
            return ids[move.new]
        return self._gate.received(self._push(repository, move, options))

    def settle(
        self, repository: str, options: Mapping[str, Sequence[str]] | None = None
    ) -> dict[str, str | None]:
        """Record what is not recorded yet, the oldest first.

        Args:
            repository: The assessment's.
            options: Commit -> options of its push, as far as they are known.

        Returns:
            Commit -> id of the evaluation, of those that were recorded now.
        """
        ledger = self._repositories.ledger(repository)
        ids: dict[str, str | None] = {}
        with ledger.locked():
            for move in ledger.unrecorded(self._repositories.head(repository)):
                given = (options or {}).get(move.new, ())
                ids[move.new] = self._gate.received(self._push(repository, move, given))
                ledger.mark(move.new)
        return ids

    def settle_if_needed(self, repository: str) -> None:
        """Record what is not recorded yet; asks git only if there is something."""
        if not self._repositories.ledger(repository).settled():
            self.settle(repository)

    def reconcile(self, *, waited_s: float = 0.0) -> int:
        """Record what was accepted by servers that died, and clear away what they left behind.

        Args:
            waited_s: A push that came later is left to the server that just took it.

        Returns:
            How many pushes were recorded. What could not be is logged, and to be tried again.
        """
        return sum(self._made_up_for(name, waited_s) for name in self._repositories.names())

    def _made_up_for(self, repository: str, waited_s: float) -> int:
        try:
            self._repositories.sweep(repository)
            ledger = self._repositories.ledger(repository)
            if ledger.settled() or ledger.quiet_s(time.time()) < waited_s:
                return 0
            late = len(self.settle(repository))
        except Exception:  # one repository's trouble must not keep the others waiting
            log.exception("the pushes of repository %s could not be recorded", repository)
            return 0
        log.warning("recorded %d pushes late in repository %s", late, repository)
        return late

    def _push(self, repository: str, move: Move, options: Sequence[str]) -> Push:
        described = self._repositories.described(repository, move)
        return Push(
            assessment_id=repository,
            new_sha=move.new,
            tree_sha=described.tree_sha,
            subject=described.subject,
            pack_bytes=described.pack_bytes,
            bundle=self._repositories.bundle(repository, move.new),
            options=tuple(storable(option) for option in options),
        )
