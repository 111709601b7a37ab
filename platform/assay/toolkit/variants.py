"""The trees of a challenge: reference, starters, single-fault mutants and known answers."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from assay.domain.challenge import Challenge, Fault
from assay.domain.errors import BadInput, Problem
from assay.toolkit.files import EXPECTATION
from assay.toolkit.package import ChallengePackage
from assay.toolkit.patching import merge_patches, throwaway_repository
from assay.toolkit.practice_kit import write_kit
from assay.toolkit.stakes import combinations, fair_rows, faults_of, row_at

FAULT = "fault:"
GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class Planted:
    """One fault in its slot."""

    slot: str
    fault: Fault


def choose_variant(challenge: Challenge, variant: int) -> tuple[Planted, ...]:
    """One alternative per slot.

    Every combination that is handed out has a number below `variants(challenge)`; numbers
    further up repeat. Neighbouring numbers differ in several slots, so that neighbours cannot
    simply swap notes.
    """
    return choose_variants(challenge, (variant,))[0]


def choose_variants(challenge: Challenge, numbers: Iterable[int]) -> list[tuple[Planted, ...]]:
    """Several at once: what may be handed out is found only once."""
    rows, total = fair_rows(challenge), variants(challenge)
    chosen = []
    for number in numbers:
        index = number * _stride(total) % total
        row = rows[index] if rows is not None else row_at(challenge, index)
        faults = zip(challenge.slot, faults_of(challenge, row), strict=True)
        chosen.append(tuple(Planted(slot.id, fault) for slot, fault in faults))
    return chosen


def variants(challenge: Challenge) -> int:
    """How many different starters are handed out."""
    rows = fair_rows(challenge)
    return combinations(challenge) if rows is None else len(rows)


def _stride(total: int) -> int:
    """About 0.62 of `total` and sharing no factor with it, so that multiples visit all."""
    near = round(total * GOLDEN)
    return next(n for n in range(max(1, near), total + 2) if math.gcd(n, total) == 1)


def all_faults(challenge: Challenge) -> tuple[Planted, ...]:
    """Every planted fault, in the order of the file."""
    return tuple(Planted(slot.id, fault) for slot in challenge.slot for fault in slot.fault)


def write_tree(
    package: ChallengePackage,
    what: str,
    destination: Path,
    *,
    variant: int = 0,
    scratch: Path | None = None,
) -> None:
    """Write one of a challenge's trees into an empty directory.

    The tree is plain files: no history, no trace of which faults were planted. A starter has
    the challenge's practice kit besides.

    Args:
        package: The challenge.
        what: `reference`, `starter`, `fault:NAME` (or several, `fault:A+B`), or the name of
            a known answer
            (`cheat` or `rejected/cheat`).
        destination: Created if it is not there.
        variant: Which starter.
        scratch: Directory to work in; that for temporary files if not given.

    Raises:
        BadInput: there is no such tree, its patches do not merge, or the destination holds
            something already.
        PlatformFault: git failed.
    """
    patches, base = _recipe(package, what, variant)
    _make_empty(destination)
    with throwaway_repository(base, scratch) as repository:
        repository.write(merge_patches(repository, patches), destination)
    (destination / EXPECTATION).unlink(missing_ok=True)
    if what == "starter":
        write_kit(package, destination)


def _recipe(package: ChallengePackage, what: str, variant: int) -> tuple[list[Path], Path]:
    """The patches that make a tree, and the tree they are put on."""
    if what == "reference":
        return [], package.reference
    if what == "starter":
        chosen = choose_variant(package.challenge, variant)
        return [package.patch(one.slot, one.fault.id) for one in chosen], package.reference
    if what.startswith(FAULT):
        names = what.removeprefix(FAULT).split("+")
        return [_fault_patch(package, name) for name in names], package.reference
    return _answer_recipe(package, what)


def _fault_patch(package: ChallengePackage, name: str) -> Path:
    """The patch of a fault named `id` or `slot/id`."""
    faults = all_faults(package.challenge)
    for one in faults:
        if name in (one.fault.id, f"{one.slot}/{one.fault.id}"):
            return package.patch(one.slot, one.fault.id)
    there = ", ".join(one.fault.id for one in faults)
    raise BadInput(Problem(f"there is no fault {name!r}; the faults are: {there}"))


def _answer_recipe(package: ChallengePackage, name: str) -> tuple[list[Path], Path]:
    """A known answer is a tree of its own, or patches against the reference."""
    answers = known_answers(package)
    matching = [path for key, path in answers.items() if name in (key, key.split("/")[-1])]
    if len(matching) != 1:
        there = ", ".join(["reference", "starter", "fault:NAME", *answers])
        raise BadInput(Problem(f"there is no single answer {name!r}; there are: {there}"))
    patches = sorted(matching[0].glob("*.patch"))
    return (patches, package.reference) if patches else ([], matching[0])


def known_answers(package: ChallengePackage) -> dict[str, Path]:
    """Known answers by `kind/name`; a folder with an expectation is one."""
    specs = sorted(package.answers.glob(f"*/*/{EXPECTATION}"))
    return {spec.parent.relative_to(package.answers).as_posix(): spec.parent for spec in specs}


def _make_empty(destination: Path) -> None:
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise BadInput(Problem("is not an empty directory; choose another", str(destination)))
    try:
        destination.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        told = f"cannot be made: {error.strerror}; choose another directory"
        raise BadInput(Problem(told, str(destination))) from error
