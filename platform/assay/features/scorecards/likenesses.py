"""What of a submission is also in others: worked out once for each sealed one, kept beside it.

`fingerprints.json`: the fingerprints, with file and lines, and how much of the starter was taken
out. `similarity.json`: ids of submissions that are alike, and how much; nothing of what they
wrote, so that nothing of a deleted candidate stays with another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from assay.domain.similarity import (
    Likeness,
    Print,
    common_to_many,
    hashes_of,
    likeness,
    prints_of,
    spans_of,
)
from assay.features.scorecards.changes import Work

PRINTS_FILE = "fingerprints.json"
VERSION = 1
MATCHES_MAX = 5


@dataclass(frozen=True, slots=True)
class Prints:
    """The fingerprints of what a candidate wrote, and those of the starter they had."""

    version: int
    own: Sequence[Print]
    starter: Sequence[int]

    @property
    def hashes(self) -> frozenset[int]:
        """Of the own ones."""
        return hashes_of(self.own)


@dataclass(frozen=True, slots=True)
class Match:
    """Another submission that is alike. `share` is of 1."""

    submission_id: str
    share: float
    shared: int
    severity: str


@dataclass(frozen=True, slots=True)
class Similarity:
    """Those that are alike, the most alike first. `compared`: with how many."""

    version: int
    compared: int
    matches: Sequence[Match]

    def with_matches(self, matches: Iterable[Match]) -> "Similarity":
        """The same with more; an older one about the same submission goes."""
        known = {one.submission_id: one for one in (*self.matches, *matches)}
        return Similarity(self.version, self.compared, _ranked(known.values()))


def _ranked(matches: Iterable[Match]) -> Sequence[Match]:
    return sorted(matches, key=lambda one: -one.share)[:MATCHES_MAX]


_PRINTS: TypeAdapter[Prints] = TypeAdapter(Prints)
_SIMILARITY: TypeAdapter[Similarity] = TypeAdapter(Similarity)


def prints_in(work: Work) -> Prints:
    """The fingerprints of a submission, those of its starter taken out."""
    starter = hashes_of(prints_of(work.starter))
    return Prints(VERSION, prints_of(work.own, without=starter), sorted(starter))


def compared(own: Prints, others: Iterable[tuple[str, Prints]]) -> Similarity:
    """How alike a submission is to each of the others.

    Args:
        own: Its fingerprints.
        others: Submissions, and their fingerprints; one after the other, for together they are
            many.
    """
    mine, starter = own.hashes, frozenset(own.starter)
    read = {name: _beside(mine, starter, other) for name, other in others}
    common = common_to_many([one.own for one in read.values()])
    matches = [
        Match(name, float(found.share), found.shared, found.severity)
        for name, one in read.items()
        if (found := one.like(mine, common)).severity
    ]
    return Similarity(VERSION, len(read), _ranked(matches))


def alike(own: Prints, other: Prints) -> Likeness:
    """How alike two are, whatever others have; what either had in its starter does not count."""
    mine = own.hashes
    return _beside(mine, frozenset(own.starter), other).like(mine, frozenset())


@dataclass(frozen=True, slots=True)
class _Beside:
    """Another submission, as far as one is compared with it.

    Attributes:
        own: Its fingerprints, without those of the starter that the one had.
        given: Of the one's fingerprints those that stood in the other's starter.
    """

    own: frozenset[int]
    given: frozenset[int]

    def like(self, mine: frozenset[int], common: frozenset[int]) -> Likeness:
        return likeness(mine - self.given - common, self.own - common)


def _beside(mine: frozenset[int], starter: frozenset[int], other: Prints) -> _Beside:
    return _Beside(other.hashes - starter, mine.intersection(other.starter))


def common_lines(own: Prints, other: Prints) -> dict[str, list[tuple[int, int]]]:
    """File of the first -> its lines that are in the second, too."""
    ignored = {*own.starter, *other.starter}
    return spans_of(own.own, (own.hashes & other.hashes) - ignored)


def in_words(match: Match) -> str:
    """The likeness as a sentence. The share is of the smaller work, whosever that is."""
    return (
        f"{100 * match.share:.0f} % of the smaller of the two works ({match.shared:,} "
        f"fingerprints) is in both, after the starters, and what many have, were taken out."
    )


def prints_json(prints: Prints) -> bytes:
    """As a file."""
    return _PRINTS.dump_json(prints)


def similarity_json(similarity: Similarity) -> bytes:
    """As a file."""
    return _SIMILARITY.dump_json(similarity)


def read_prints(stored: bytes) -> Prints | None:
    """What was kept; None if it is of another version."""
    try:
        found = _PRINTS.validate_json(stored)
    except ValidationError:
        return None
    return found if found.version == VERSION else None


def read_similarity(stored: bytes) -> Similarity | None:
    """What was kept; None if it is of another version."""
    try:
        found = _SIMILARITY.validate_json(stored)
    except ValidationError:
        return None
    return found if found.version == VERSION else None
