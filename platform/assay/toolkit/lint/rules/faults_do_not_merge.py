"""Faults of different slots meet in one starter, so any two of them merge."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from assay.domain.errors import BadInput
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.patches import read_patch
from assay.toolkit.lint.rule import essential
from assay.toolkit.patching import ThrowawayRepository, throwaway_repository


@dataclass(frozen=True, slots=True)
class _Applied:
    """A patch that applies, as a commit."""

    slot: str
    patch: Path
    commit: str
    touches: frozenset[str]


def _check(draft: Draft) -> Iterator[Found]:
    if len(draft.challenge.slot) < 2 or not draft.reference.is_dir():
        return
    with throwaway_repository(draft.reference) as repository:
        applied = list(_applied(draft, repository))
        conflicts = list(_pairs(draft, repository, applied))
        yield from conflicts
        if not conflicts:
            yield from _starters(draft, repository, applied)


def _applied(draft: Draft, repository: ThrowawayRepository) -> Iterator[_Applied]:
    """Those that do not apply alone are another rule's."""
    for _, slot, _, patch in draft.planted():
        try:
            commit = repository.patched(patch)
        except BadInput:
            continue
        yield _Applied(slot, patch, commit, frozenset(one.name for one in read_patch(patch)))


def _pairs(
    draft: Draft, repository: ThrowawayRepository, applied: list[_Applied]
) -> Iterator[Found]:
    """Only patches that touch one file can be in each other's way."""
    for one, other in combinations(applied, 2):
        if one.slot == other.slot or not one.touches & other.touches:
            continue
        if repository.merged(one.commit, other.commit) is None:
            files = repository.conflicting_files(one.commit, other.commit)
            yield _conflict(draft, other, files, draft.name_of(one.patch))


def _conflict(draft: Draft, one: _Applied, files: list[str], other: str) -> Found:
    line = next((f.line for f in read_patch(one.patch) if f.name in files), 0)
    return draft.on(
        draft.name_of(one.patch),
        f"does not merge with {other} (both change {', '.join(files)}); keep their changes "
        f"some lines apart, or make them alternatives of one slot",
        line=line,
    )


def _starters(
    draft: Draft, repository: ThrowawayRepository, applied: list[_Applied]
) -> Iterator[Found]:
    """Whole starters in which every alternative appears: pairs that merge could still not."""
    slots = list(dict.fromkeys(one.slot for one in applied))
    choices = [[one for one in applied if one.slot == slot] for slot in slots]
    for number in range(max(map(len, choices), default=0)):
        head = repository.base
        for one in (alternatives[number % len(alternatives)] for alternatives in choices):
            merged = repository.merged(head, one.commit)
            if merged is None:
                files = repository.conflicting_files(head, one.commit)
                yield _conflict(draft, one, files, "the sum of the faults before it")
                break
            head = merged


RULE = essential("faults-do-not-merge", "Faults of different slots merge into a starter.", _check)
