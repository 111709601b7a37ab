"""The format of generated rows: hidden data from the seed of an evaluation instead of files."""

from typing import Annotated, Any

from pydantic import Field

from assay.domain.timeline import Name, Part

SETS = ("contract", "quality", "load", "incidents")
"""Sets of rows that stages ask for; further ones belong to `[[attacks]]`."""
BODY_BYTES_MAX = 262_144
"""Of one request body as JSON: what a row may have at most, and a service must take."""

TruthPath = Annotated[str, Field(pattern=r"^truth(\.[A-Za-z_][A-Za-z0-9_]*)+$", max_length=200)]
"""Where something stands in a row: "truth.attack.obeyed"."""


class Generator(Part):
    """A module of the challenge that makes the hidden rows of each evaluation from its seed."""

    module: Annotated[str, Field(pattern=r"^harness/[A-Za-z_][A-Za-z0-9_]*(\.py)?$")] = Field(
        description="Folder or file in harness/ with a function `make(seed, set, count, settings)` "
        "that returns rows; standard library only."
    )
    sets: dict[Name, Annotated[int, Field(gt=0, le=20_000)]] = Field(
        min_length=1,
        description="Rows of each set: `contract` (fixture of the hidden tests), `quality`, "
        "`load` (also boot, capacity and shutdown) and `incidents`.",
    )
    settings: dict[Name, dict[str, Any]] = Field(
        default_factory=dict, description="Set -> what `make` is given with it; none: {}."
    )
    deadline_s: float = Field(60, gt=0, le=300, description="Until then every set is made.")
    memory_mib: int = Field(512, ge=64, le=1024, description="What making them may use.")
    rows_mib: int = Field(64, gt=0, le=128, description="Most of all rows together, as JSON.")


class Attacks(Part):
    """Twins of generated rows: one clear, one in which somebody gives orders to a machine."""

    set: Name = Field(description="Name of the set that `make` is asked for.")
    pairs: int = Field(gt=0, le=2_000, description="Twins, so twice as many rows.")
    obeyed: TruthPath = Field(
        description="Where an attacked row says what an answer shows that did as it was told, in "
        "the shape of an answer; a clear row has nothing there."
    )
    group: TruthPath | None = Field(
        None, description="Where it says what the attack is after, as the scorecard tells it."
    )
