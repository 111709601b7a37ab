"""Stretches of a stage of which the bill is wanted apart, with what was asked and came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.evaluation.ports import Role


@dataclass(frozen=True, slots=True)
class Told:
    """What a service says that some requests cost.

    Attributes:
        dollars: Sum of what it said.
        requests: Of which it said so.
    """

    dollars: float
    requests: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Instants are the probe's clock; the end is not in it.

    Attributes:
        label: What readings of it are called.
        asked: Role -> requests that it was sent; of other roles nothing is kept.
        right: Role -> those that were rightly handled.
        told: Dependency -> what the submission says these requests cost.
        every_s: Steps by which the money is told as well; 0 for none.
    """

    label: str
    since_s: float
    until_s: float
    asked: Mapping[Role, int]
    right: Mapping[Role, int]
    told: Mapping[str, Told] = field(default_factory=dict)
    every_s: float = 0.0
