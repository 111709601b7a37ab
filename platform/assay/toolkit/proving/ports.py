"""What proving needs of the world. `bootstrap` implements these on real evaluations."""

from dataclasses import dataclass
from typing import Literal, Protocol

from assay.domain.challenge import StageName
from assay.domain.evidence import Evidence
from assay.toolkit.proving.runs import Wanted


@dataclass(frozen=True, slots=True)
class Progress:
    """Something a person watching a proof wants to see.

    Attributes:
        state: "began", "stage" (one begins), "waits" (for others to finish measuring), "again" (it
            was spoilt, and begins anew), "ended", "stored" (it was measured earlier).
        told: The score, or why there is none, once it has ended; what spoilt it.
        done, total: Runs finished, and runs in all.
        left_s: Estimate of what is left of everything.
    """

    run: str
    state: Literal["began", "stage", "waits", "again", "ended", "stored"]
    stage: str = ""
    told: str = ""
    done: int = 0
    total: int = 0
    left_s: float = 0.0


class Watcher(Protocol):
    """Is told how a proof goes on."""

    def __call__(self, progress: Progress) -> None:
        """Take one piece of news. Must not raise, and must not take long."""


class Store(Protocol):
    """Keeps the evidence of finished runs from one proof to the next."""

    def get(self, key: str) -> Evidence | None:
        """What was stored under a key, or None. What cannot be read any more is None, too."""

    def put(self, key: str, evidence: bytes) -> None:
        """Keep it, whole or not at all. Again replaces it."""


class Turn(Protocol):
    """Leaves the stage before, and waits until this one may begin beside what else is measured."""

    async def __call__(self, stage: StageName, *, cores: float = 0.0) -> None:
        """Wait for it, with room for so much of the core that submissions share."""


class Runner(Protocol):
    """Carries evaluations out. Whatever happens, nothing of a run that ended is left."""

    async def run(self, wanted: Wanted, turn: Turn) -> bytes:
        """Evaluate, taking the turn before each stage, and return `evidence.json`.

        Raises:
            PlatformFault: it could not be measured.
        """
