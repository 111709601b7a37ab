"""Which files make a challenge package, and where its parts are."""

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

SPEC = "challenge.toml"
BRIEF = "BRIEF.md"
EXPECTATION = "expect.toml"

LEFTOVERS = frozenset(
    {
        "__pycache__",
        ".git",
        ".hypothesis",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        ".venv",
        "node_modules",
    }
)
"""Names of what tools leave behind; never part of a package, its digest or a tree."""

BACKUPS = frozenset({".orig", ".rej", ".patch", ".diff", ".bundle", ".bak", ".swp"})
"""Endings of what shows a file as it was, or what was changed in it."""


def is_backup(name: str) -> bool:
    """Whether a path is by its name a backup or a patch, as editors and `patch` leave them."""
    return PurePosixPath(name).suffix in BACKUPS or name.endswith("~")


def files_of(directory: Path) -> Iterator[Path]:
    """Every file below a directory in a fixed order, without what tools leave behind."""
    for path in sorted(directory.rglob("*")):
        within = path.relative_to(directory).parts
        if path.is_file() and not LEFTOVERS.intersection(within) and path.suffix != ".pyc":
            yield path


def digest(directory: Path, without: str = "") -> str:
    """SHA-256 over every file of a directory: its path, its executable bit, its content.

    Args:
        directory: Of which all files count, also those of directories in it.
        without: Name of a directory in it whose files do not.
    """
    total = hashlib.sha256()
    for path in files_of(directory):
        if without and path.relative_to(directory).parts[0] == without:
            continue
        mode = "x" if path.stat().st_mode & 0o100 else "-"
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{content} {mode} {path.relative_to(directory).as_posix()}\n".encode())
    return total.hexdigest()


def known_challenges(directory: Path) -> list[str]:
    """Names of the challenge packages in a directory."""
    return sorted(spec.parent.name for spec in directory.glob(f"*/{SPEC}"))


def patch_path(root: Path, slot: str, fault: str) -> Path:
    """Where the patch of a planted fault is."""
    return root / "faults" / slot / f"{fault}.patch"
