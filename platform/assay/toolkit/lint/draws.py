"""What `[incidents]` draws, in both profiles."""

from collections.abc import Iterator, Sequence
from itertools import chain

from assay.domain.timeline import Draw, IncidentRules, IncidentSpec
from assay.toolkit.draft import Draft


def profiles(draft: Draft) -> Iterator[tuple[IncidentRules, str, float, tuple[Draw, ...]]]:
    """Rules, name of the table of draws, virtual minutes and draws of both profiles.

    The thorough one draws what the standard one does unless it has draws of its own.
    """
    rules = draft.challenge.incidents
    if rules is not None:
        yield rules, "draw", rules.standard_min, rules.draw
        own = "thorough_draw" if rules.thorough_draw else "draw"
        yield rules, own, rules.thorough_min, rules.thorough_draw or rules.draw


def draw_tables(draft: Draft) -> list[tuple[str, tuple[Draw, ...]]]:
    """Name and draws of every table of draws, each once."""
    return list(dict.fromkeys((name, draws) for _, name, _, draws in profiles(draft)))


def draws(draft: Draft) -> Iterator[tuple[str, int, Draw]]:
    """Name of the table, position in it, and draw."""
    for name, table in draw_tables(draft):
        yield from ((name, index, draw) for index, draw in enumerate(table))


def group_of(draft: Draft, group: str) -> list[IncidentSpec]:
    """The incidents of a group."""
    return [one for one in draft.challenge.incident if one.group == group]


def longest_min(draft: Draft, table: Sequence[Draw]) -> list[float]:
    """Lengths of the longest incidents that a profile could draw, virtual minutes."""
    lengths = (
        sorted((one.length_min for one in group_of(draft, draw.group)), reverse=True)[: draw.count]
        for draw in table
    )
    return list(chain.from_iterable(lengths))
