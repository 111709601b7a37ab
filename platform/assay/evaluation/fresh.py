"""Rows that nobody has seen: made anew for each evaluation from hidden ones. Pure and seeded.

By rank swapping (Moore 1996, "Controlled data-swapping techniques for masking public use microdata
sets"): the numbers of a field are exchanged between rows of nearly the same rank. Every column
keeps its values, to the last one, so that a drift is as far from clean rows as ever; no row can be
recognised. Ids are new, and personal values come from anybody.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assay.domain.timeline import FreshRows
from assay.evaluation.drifts.bodies import Scalar, column, is_number, paths, with_values
from assay.evaluation.material import Row, field_value
from assay.kit.chance import derived_seed

WINDOW_SHARE = 0.03
"""Of the ranks: so far apart are rows that may exchange their numbers."""
ROOM = 10
"""There are at least so many times as many ids as are used: none can be guessed."""


@dataclass(frozen=True)
class Fresh:
    """The fresh rows of one evaluation, in rounds: each has one row for every source.

    Attributes:
        sources: Hidden rows.
        rules: What travels together.
        personal: Dotted paths of personal values.
        seed: The evaluation's.
        count: Rounds there are.
    """

    sources: tuple[Row, ...]
    rules: FreshRows
    personal: tuple[str, ...]
    seed: int
    count: int

    @property
    def size(self) -> int:
        """Rows of one round."""
        return len(self.sources)

    def rounds(self, first: int, count: int) -> tuple[Row, ...]:
        """The rows of so many rounds; beyond the last one comes the first again."""
        numbers = ((first + n) % self.count for n in range(count))
        return tuple(row for number in numbers for row in self.round(number))

    def round(self, number: int) -> tuple[Row, ...]:
        """One round, in an order of its own. Right answers are not known yet."""
        chance = np.random.default_rng(derived_seed(self.seed, "fresh", number))
        changes: list[dict[str, Scalar | None]] = [{} for _ in self.sources]
        for fields in self._groups:
            _swap(self.sources, fields, chance, changes)
        for field in self.personal:
            others = chance.permutation(len(self.sources))
            for place, other in enumerate(others):
                changes[place][field] = field_value(self.sources[other].body, field)
        ids = self.ids[number * len(self.sources) : (number + 1) * len(self.sources)]
        made = [self._made(*each) for each in zip(self.sources, changes, ids, strict=True)]
        return tuple(made[place] for place in chance.permutation(len(made)))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """New ids, round by round in the order of the sources; none is a source's."""
        known = {row.id for row in self.sources}
        head, digits = _shape(self.sources[0].id)
        chance = Random(derived_seed(self.seed, "ids"))  # noqa: S311 - a draw, not a secret
        wanted = self.count * len(self.sources)
        drawn = chance.sample(range(10**digits), wanted + len(known))
        names = (f"{head}{number:0{digits}d}" for number in drawn)
        return tuple([name for name in names if name not in known][:wanted])

    def ids_of(self) -> Mapping[str, list[str]]:
        """Id of a source -> the ids of the rows made from it."""
        size = len(self.sources)
        return {row.id: list(self.ids[place::size]) for place, row in enumerate(self.sources)}

    @cached_property
    def _groups(self) -> tuple[tuple[str, ...], ...]:
        """Fields whose numbers are exchanged, those that travel together side by side."""
        first = dict.fromkeys(path for row in self.sources for path in paths(row.body))
        together = {field for group in self.rules.together for field in group}
        alone = (
            (path,)
            for path in first
            if path not in together
            and path not in self.personal
            and any(is_number(value) for value in column(self.sources, path))
        )
        return (*self.rules.together, *alone)

    @cached_property
    def _id_fields(self) -> tuple[str, ...]:
        row = self.sources[0]
        return tuple(path for path in paths(row.body) if field_value(row.body, path) == row.id)

    def _made(self, source: Row, changes: Mapping[str, Scalar | None], new_id: str) -> Row:
        made = with_values(source, {**changes, **dict.fromkeys(self._id_fields, new_id)})
        return replace(made, id=new_id, expected=None, fallback=None)


def fresh_problems(sources: Sequence[Row], rules: FreshRows, count: int) -> Iterator[str]:
    """Why no fresh rows can be made of these, in words."""
    if not sources:
        yield "[incidents] rows: there are none"
        return
    _, digits = _shape(sources[0].id)
    if 10**digits < ROOM * count * len(sources):
        yield (
            f"[incidents.fresh]: {count * len(sources):,} rows need ids, and those of the pool end "
            f"in {digits} digits ({sources[0].id!r}); give them more digits"
        )
    for field in (field for group in rules.together for field in group):
        if not any(is_number(value) for value in column(sources, field)):
            yield f"[incidents.fresh] together: no row has a number {field!r}"


def lookups(lines: Iterable[Mapping[str, Any]], key: str, fresh: Fresh) -> list[Mapping[str, Any]]:
    """What a dependency knows of the fresh rows: what it knows of those they were made from.

    The new records come first: whoever takes some from the end takes none of them.
    """
    known, made = list(lines), fresh.ids_of()
    more = [{**line, key: name} for line in known for name in made.get(str(line[key]), ())]
    return [*more, *known]


def _swap(
    rows: Sequence[Row],
    fields: Sequence[str],
    chance: np.random.Generator,
    changes: Sequence[dict[str, Scalar | None]],
) -> None:
    """Exchange the numbers of some fields, together, between rows of nearly the same rank."""
    columns = {field: column(rows, field) for field in fields}
    places = [at for at in range(len(rows)) if all(is_number(c[at]) for c in columns.values())]
    if not places:
        return
    first = np.array([columns[fields[0]][at] for at in places], dtype=float)
    ranked = np.array(places)[np.lexsort((chance.random(len(places)), first))]
    for at, other in zip(ranked, _within_windows(ranked, chance), strict=True):
        changes[at].update({field: values[other] for field, values in columns.items()})


def _within_windows(ranked: NDArray[np.int64], chance: np.random.Generator) -> NDArray[np.int64]:
    """The places, shuffled within windows of neighbours that begin anywhere."""
    window = max(2, round(WINDOW_SHARE * len(ranked)))
    window_of = (np.arange(len(ranked)) + chance.integers(window)) // window
    return ranked[np.lexsort((chance.random(len(ranked)), window_of))]


def _shape(row_id: str) -> tuple[str, int]:
    """What an id begins with, and how many digits it ends in."""
    head = row_id.rstrip("0123456789")
    return head, len(row_id) - len(head)
