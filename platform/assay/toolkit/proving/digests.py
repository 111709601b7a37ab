"""What a run depends on, as one digest: the same digest gives the same measurement, but for noise.

Of the challenge only what is measured with counts. Its rubric, its words and the faults and answers
besides the one that is run do not: stored evidence is judged anew by the rubric as it is.
"""

import ast
import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assay.domain.challenge import Challenge
from assay.toolkit.files import digest, files_of
from assay.toolkit.package import ChallengePackage
from assay.toolkit.proving.runs import Wanted

JUDGED_ONLY = frozenset(
    {
        "area",
        "criterion",
        "license",
        "practice",
        "question",
        "review",
        "silence",
        "slot",
        "summary",
        "time_box",
        "title",
        "version",
        "weights",
    }
)
"""Tables and fields of challenge.toml that no stage reads."""
SHOWN = 16
"""Digits of a file's digest in a proof: enough to see that it changed."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What all runs of a proof have in common.

    Attributes:
        challenge_sha256: Of what of the challenge is measured with (`measured_part`).
        harness_sha256: Of what of the harness measures.
    """

    challenge_sha256: str
    harness_sha256: str
    assay: str
    seed: int
    engine: str
    profile: str


def key_of(wanted: Wanted, tree_sha256: str, conditions: Conditions) -> str:
    """Digest of everything a run depends on; names its evidence."""
    parts = {
        "tree": tree_sha256,
        "stages": wanted.stages,
        "again": wanted.again,
        **asdict(conditions),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def measured_part(package: ChallengePackage) -> str:
    """Digest of what of a challenge an evaluation reads: settings, harness, reference, packages."""
    settings = json.dumps(measured_settings(package.challenge), sort_keys=True)
    return _with_files(settings, package)


def measured_settings(challenge: Challenge) -> dict[str, Any]:
    """The tables and fields of challenge.toml that some stage reads."""
    return challenge.model_dump(mode="json", exclude=set(JUDGED_ONLY))


def material_digest(package: ChallengePackage) -> str:
    """Digest of the files an evaluation measures with: harness, reference, packages.

    Evidence carries it, beside the settings themselves: those are compared as this version of the
    program reads them, so that a field which came later makes no difference. A practice kit has
    no reference.
    """
    return _with_files("", package)


def _with_files(settings: str, package: ChallengePackage) -> str:
    total = hashlib.sha256(settings.encode())
    for part in (package.harness, package.reference):
        total.update(digest(part).encode())
    total.update(package.wheelhouse.read_bytes())
    return total.hexdigest()


def file_digests(package: ChallengePackage) -> dict[str, str]:
    """File of a package -> beginning of its SHA-256."""
    return {
        path.relative_to(package.root).as_posix(): _sha256(path)[:SHOWN]
        for path in files_of(package.root)
    }


def changed_files(then: dict[str, str], now: dict[str, str]) -> list[str]:
    """What became of the files between two `file_digests`, in words."""
    return [
        f"{name} was {'added' if name not in then else 'removed' if name not in now else 'changed'}"
        for name in sorted(then.keys() | now.keys())
        if then.get(name) != now.get(name)
    ]


def program_digest(places: Iterable[Path]) -> str:
    """Digest of Python programs by what they do: comments, docstrings and layout do not count.

    A full proof takes hours; a corrected comment must not make it void. Other files count whole.
    """
    total = hashlib.sha256()
    for place in places:
        for path in sorted(files_of(place)) if place.is_dir() else [place]:
            total.update(f"{path.name} {_meaning(path)}\n".encode())
    return total.hexdigest()


def _meaning(path: Path) -> str:
    if path.suffix != ".py":
        return _sha256(path)
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            body[0] = ast.Pass()
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _is_text(statement: ast.stmt) -> bool:
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
