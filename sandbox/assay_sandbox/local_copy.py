"""Put files into an image as COPY does. A script that runs *inside* the sandbox.

A link that an earlier step of the build planted would lead a copy made from outside to any
file of the host. Standard library only; one JSON object as argument:

    {"directories": [...]}                                      make them
    {"base": "/.assay/context", "sources": [...], "to": "/app/"}  copy below base to `to`
"""

import json
import os
import shutil
import sys
from pathlib import Path

FAILED = 1


def main() -> None:
    """Obey the argument; exits with a message that names the source that is missing."""
    order = json.loads(sys.argv[1])
    for directory in order.get("directories", []):
        Path(directory).mkdir(parents=True, exist_ok=True)
    if "sources" in order:
        copy(Path(order["base"]), order["sources"], order["to"])


def copy(base: Path, sources: list[str], to: str) -> None:
    """Copy what the patterns match: the content of directories, and files by name or as `to`."""
    found = [path for source in sources for path in _matches(base, source)]
    into_directory = to.endswith("/") or len(found) > 1 or Path(to).is_dir()
    for path in found:
        if path.is_dir() and not path.is_symlink():
            _copy_content(path, Path(to))
        else:
            _copy_one(path, Path(to) / path.name if into_directory else Path(to))


def _matches(base: Path, source: str) -> list[Path]:
    inside = os.path.normpath("/" + source).lstrip("/")
    path = base / inside
    if path.exists() or path.is_symlink():
        return [path]
    found = sorted(base.glob(inside)) if inside else []
    if not found:
        sys.exit(f"COPY: there is no file {source!r} to copy")
    return found


def _copy_content(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in sorted(os.scandir(source), key=lambda one: one.name):
        if entry.is_dir(follow_symlinks=False):
            _copy_content(Path(entry.path), target / entry.name)
        else:
            _copy_one(Path(entry.path), target / entry.name)
    shutil.copymode(source, target)


def _copy_one(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() and source.samefile(target):
        return  # stages share one root where there is no sandbox
    if target.is_symlink():
        target.unlink()
    shutil.copy2(source, target, follow_symlinks=False)


if __name__ == "__main__":
    main()
