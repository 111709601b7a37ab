"""Rows as an evaluation asks for them: the same for the same seed, set, count and settings."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import count as whole_numbers
from itertools import islice
from typing import Any

from claimgen.claim import Row
from claimgen.sets import Mix, Series, claims, twins

ATTACKS = "attacks"
MIX = {one.name for one in fields(Mix)}
CLEAR = {"light_noise": 0.0, "heavy_noise": 0.0, "long": 0.0}
"""Of twins, unless the settings say otherwise: what is asked is who gives orders, not eyesight."""


def make(seed: int, set: str, count: int, settings: Mapping[str, Any]) -> list[Row]:
    """The first rows of a set.

    Args:
        seed: Of the evaluation; odd ones make those that count.
        set: A name of `claimgen.sets.SETS`; of "attacks" clear and attacked claims take turns.
        count: How many.
        settings: `mix`, fields of `Mix` that are not as usual.

    Raises:
        ValueError: there is no such set or setting.
    """
    series = Series(seed, set)
    given = _mix_in(settings)
    if set == ATTACKS:
        return list(islice(_in_turns(series, Mix(**{**CLEAR, **given})), count))
    return [one.row() for one in claims(series, count, Mix(**given))]


def _in_turns(series: Series, mix: Mix) -> Iterator[Row]:
    """The calm twin of each pair, then the attacked one."""
    for index in whole_numbers():
        for one in twins(series, index, mix):
            yield {**one.row(), "pair": f"{series.name}-{index}"}


def _mix_in(settings: Mapping[str, Any]) -> dict[str, float]:
    """Injectors give the mix itself, tables of settings may give it a name."""
    given = dict(settings.get("mix", settings))
    if unknown := sorted({*given} - MIX):
        raise ValueError(f"no setting {', '.join(unknown)}; a mix has {', '.join(sorted(MIX))}")
    return given
