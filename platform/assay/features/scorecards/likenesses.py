"""What of a submission is also in others: worked out once for each sealed one, kept beside it.

`fingerprints.json`: the fingerprints, with file and lines, and how much of the starter was taken
out. `similarity.json`: ids of submissions that are alike, and how much; nothing of what they
wrote, so that nothing of a deleted candidate stays with another.
"""

from collections.abc import Collection, Sequence
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

PRINTS_FILE, SIMILARITY_FILE = "fingerprints.json", "similarity.json"
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

    def with_match(self, match: Match) -> "Similarity":
        """The same with one more; an older one about the same submission goes."""
        kept = [one for one in self.matches if one.submission_id != match.submission_id]
        ranked = sorted([*kept, match], key=lambda one: -one.share)
        return Similarity(self.version, self.compared, ranked[:MATCHES_MAX])


_PRINTS: TypeAdapter[Prints] = TypeAdapter(Prints)
_SIMILARITY: TypeAdapter[Similarity] = TypeAdapter(Similarity)


def prints_in(work: Work) -> Prints:
    """The fingerprints of a submission, those of its starter taken out."""
    starter = hashes_of(prints_of(work.starter))
    return Prints(VERSION, prints_of(work.own, without=starter), sorted(starter))


def compared(own: Prints, others: dict[str, Prints]) -> Similarity:
    """How alike a submission is to each of the others.

    Args:
        own: Its fingerprints.
        others: Submission -> its fingerprints.
    """
    common = common_to_many([one.hashes for one in others.values()])
    matches = [
        Match(name, float(found.share), found.shared, found.severity)
        for name, other in others.items()
        if (found := alike(own, other, common)).severity
    ]
    ranked = sorted(matches, key=lambda one: -one.share)
    return Similarity(VERSION, len(others), ranked[:MATCHES_MAX])


def alike(own: Prints, other: Prints, common: Collection[int] = frozenset()) -> Likeness:
    """How alike two are; what either had in its starter, or many have, does not count."""
    ignored = {*own.starter, *other.starter, *common}
    return likeness(own.hashes - ignored, other.hashes - ignored)


def common_lines(own: Prints, other: Prints) -> dict[str, list[tuple[int, int]]]:
    """File of the first -> its lines that are in the second, too."""
    ignored = {*own.starter, *other.starter}
    return spans_of(own.own, (own.hashes & other.hashes) - ignored)


def in_words(match: Match) -> str:
    """The likeness as a sentence."""
    return (
        f"{100 * match.share:.0f} % of the code that was written here ({match.shared:,} "
        f"fingerprints) is also in another submission of this challenge, after the "
        f"starter of both was taken out."
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
