"""How much a build has written so far. The engine's builder has no limit on disk of its own."""

from dataclasses import dataclass

from docker import DockerClient

from assay_sandbox import build_leftovers
from assay_sandbox.build_stream import Cut
from assay_sandbox.errors import EngineFault

LAYERS_FACTOR = 3
"""A stage that only builds may be larger than the image it gives, within reason."""
SILENT_MAX = 2
"""So often in a row the engine may fail to say; then nobody is watching the disk."""


@dataclass(slots=True)
class DiskWatch:
    """Looks at one build from time to time.

    Attributes:
        limit_bytes: Of what one instruction writes; all finished layers may have three times it.
    """

    client: DockerClient
    nonce: str
    limit_bytes: int
    _silent: int = 0

    def look(self) -> Cut | None:
        """Why the build must be cut off now, or None."""
        try:
            running = build_leftovers.written_bytes(self.client, self.nonce)
            finished = build_leftovers.layers_bytes(self.client, self.nonce)
        except EngineFault:
            self._silent += 1
            return Cut.UNWATCHED if self._silent >= SILENT_MAX else None
        self._silent = 0
        too_much = running > self.limit_bytes or finished > LAYERS_FACTOR * self.limit_bytes
        return Cut.DISK if too_much else None
