"""Which stages an evaluation runs, decided completely before anything starts."""

from collections.abc import Sequence
from typing import get_args

from assay.domain.challenge import Challenge, StageName
from assay.domain.errors import BadInput
from assay.evaluation.stages import STAGES

ALWAYS: tuple[StageName, ...] = ("checkout", "build", "boot")
"""Nothing else can run without these."""
NEEDS: dict[StageName, tuple[StageName, ...]] = {"capacity": ("load",)}
"""The duet uses the reference that the load stage starts and warms."""
OPTIONAL_TABLES: tuple[StageName, ...] = (
    "quality",
    "load",
    "capacity",
    "incidents",
    "shutdown",
)
"""Stages a challenge leaves out by leaving out their table."""

EXPECTED_S: dict[StageName, float] = {
    "checkout": 1,
    "build": 60,
    "boot": 5,
    "contract": 20,
    "quality": 12,
    "load": 80,
    "capacity": 22,
    "incidents": 265,
    "shutdown": 10,
    "operability": 15,
}
"""What a stage takes on two cores with a healthy service, for the progress display only."""


def stages_of(challenge: Challenge, only: Sequence[str] = ()) -> tuple[StageName, ...]:
    """The stages to run, in order.

    Args:
        challenge: Leaves out stages whose table it does not have.
        only: Names given by the user; what they need is added. Empty means all.

    Raises:
        BadInput: a name is not a stage, or the challenge does not have it.
    """
    offered = tuple(
        s for s in STAGES if s not in OPTIONAL_TABLES or getattr(challenge, s) is not None
    )
    unknown = [name for name in only if name not in offered]
    if unknown:
        known = ", ".join(offered)
        raise BadInput(*(f"no stage {n!r} in this challenge; it has: {known}" for n in unknown))
    if not only:
        return offered
    wanted = {*only, *ALWAYS, *(need for s in offered if s in only for need in NEEDS.get(s, ()))}
    return tuple(s for s in offered if s in wanted)


def all_stage_names() -> tuple[str, ...]:
    """Every stage a challenge can have, for help texts."""
    return get_args(StageName)
