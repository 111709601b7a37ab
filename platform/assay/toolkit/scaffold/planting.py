"""Patches without writing diffs: a copy of the reference to edit, and back from it the difference.

It looks at reference/ and faults/ alone, so that it works while challenge.toml is half written.
"""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assay.domain.errors import BadInput, Problem
from assay.toolkit.files import SPEC, is_backup, patch_path
from assay.toolkit.patching import ThrowawayRepository, merge_patches, throwaway_repository

ENTRY = "Dockerfile"
"""What every copy of a reference has: a directory without it is another one, named by mistake."""

Copied = Literal["reference", "patched", "outdated"]
"""What a copy holds; `outdated`: the reference alone, as the patch applies to it no longer."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A patch that was written.

    Attributes:
        files: What it changes, by path.
        conflicts: Faults of other slots it cannot be merged with: no starter can have both.
    """

    patch: Path
    files: tuple[str, ...]
    conflicts: tuple[Problem, ...]


def open_copy(challenge: Path, patch: Path, to: Path) -> Copied:
    """Write the reference to edit, with the patch on it if there is one that still applies.

    Raises:
        BadInput: there is no reference, or the directory holds something.
        PlatformFault: git failed.
    """
    reference = _reference(challenge)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise BadInput(Problem("is not an empty directory; choose another", str(to)))
    with throwaway_repository(reference) as repository:
        commit, copied = _opened(repository, patch)
        to.mkdir(parents=True, exist_ok=True)
        repository.write(commit, to)
    return copied


def _opened(repository: ThrowawayRepository, patch: Path) -> tuple[str, Copied]:
    """The commit to edit. Who changed the reference must be able to make a patch again."""
    if not patch.is_file():
        return repository.base, "reference"
    try:
        return repository.patched(patch), "patched"
    except BadInput:
        return repository.base, "outdated"


def save_patch(challenge: Path, patch: Path, work: Path) -> Saved:
    """Write what an edited copy changed against the reference.

    Raises:
        BadInput: it is no copy of the reference, nothing was changed, or a backup lies in it.
        PlatformFault: git failed.
    """
    reference = _reference(challenge)
    if not (work / ENTRY).is_file():
        raise BadInput(
            Problem(f"has no {ENTRY}: it is no copy of reference/; name the one --edit wrote",
                    str(work))
        )  # fmt: skip
    with throwaway_repository(reference) as repository:
        difference = repository.difference(work)
        if not difference:
            raise BadInput(Problem("changes nothing; edit it, then save it again", str(work)))
        _refuse_backups(work, _changed(difference))
        patch.parent.mkdir(parents=True, exist_ok=True)
        patch.write_text(difference, encoding="utf-8", errors="surrogateescape")
        return Saved(patch, _changed(difference), tuple(_conflicts(repository, challenge, patch)))


def _refuse_backups(work: Path, files: Sequence[str]) -> None:
    """What `patch` and editors leave behind would show a candidate the healthy file."""
    told = "is a backup, and would be in the patch; delete it, then save again"
    backups = [Problem(told, str(work / name)) for name in files if is_backup(name)]
    if backups:
        raise BadInput(*backups)


def is_declared(challenge: Path, slot: str, fault: str) -> bool:
    """Whether challenge.toml, as far as it can be read, has the fault in that slot."""
    try:
        slots = tomllib.loads((challenge / SPEC).read_text(encoding="utf-8")).get("slot", [])
    except (OSError, ValueError):
        return False
    return any(
        one.get("id") == slot and fault in [each.get("id") for each in one.get("fault", [])]
        for one in slots
    )


def fault_path(challenge: Path, slot: str, fault: str) -> Path:
    """Where the patch of a planted fault belongs."""
    return patch_path(challenge, slot, fault)


def answer_path(challenge: Path, kind: str, name: str) -> Path:
    """Where the patch of a known answer belongs."""
    return challenge / "answers" / kind / name / f"{name}.patch"


def _reference(challenge: Path) -> Path:
    reference = challenge / "reference"
    if not (reference / ENTRY).is_file():
        raise BadInput(Problem(f"has no reference/{ENTRY}; write the healthy service first",
                               str(challenge)))  # fmt: skip
    return reference


def _changed(difference: str) -> tuple[str, ...]:
    heads = (line for line in difference.splitlines() if line.startswith("diff --git "))
    return tuple(head.rpartition(" b/")[2] for head in heads)


def _conflicts(repository: ThrowawayRepository, challenge: Path, patch: Path) -> Iterator[Problem]:
    """Only a fault is merged with others, and only with those of other slots."""
    faults = challenge / "faults"
    if not patch.is_relative_to(faults):
        return
    for other in sorted(faults.glob("*/*.patch")):
        if other.parent != patch.parent:
            try:
                merge_patches(repository, [other, patch])
            except BadInput as refusal:
                yield from refusal.problems
