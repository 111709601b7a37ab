"""Names made of contents, and a directory for what is costly to make twice."""

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from assay_sandbox.errors import EngineFault

DIGEST_CHARS = 16
PATIENCE_S = 1800.0
"""Making a base image from packages takes minutes, never half an hour."""
POLL_S = 0.1
WHEELS, PROGRAMS = "wheels", "programs"
"""Where in the cache things are fetched to; what a killed process left half is there too."""
_SKIPPED = frozenset({"__pycache__"})


def cache_place(environment: Mapping[str, str]) -> Path:
    """`$ASSAY_CACHE`, or `~/.cache/assay`; it may not be there yet."""
    named = environment.get("ASSAY_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "assay"


def cache_directory(environment: Mapping[str, str]) -> Path:
    """The same place, made if missing."""
    directory = cache_place(environment)
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def digest_of(words: Iterable[str], trees: Iterable[Path]) -> str:
    """Digest over words and every file of some trees: names, executable bits and contents."""
    digest = hashlib.sha256()
    for word in words:
        digest.update(f"{len(word)} {word}\n".encode())
    for tree in trees:
        for path in source_files(tree):
            content = path.read_bytes()
            mode = "x" if path.stat().st_mode & 0o100 else "-"
            name = path.relative_to(tree).as_posix()
            digest.update(f"{mode} {len(content)} {name}\n".encode() + content)
    return digest.hexdigest()[:DIGEST_CHARS]


def source_files(tree: Path) -> list[Path]:
    """The files of a tree in order of names, compiled Python left out."""
    found = (path for path in tree.rglob("*") if path.is_file())
    return sorted(path for path in found if not _SKIPPED & set(path.parts))


@contextmanager
def only_one(
    name: str, environment: Mapping[str, str] = os.environ, *, patience_s: float = PATIENCE_S
) -> Iterator[None]:
    """Hold a lock shared by all processes of this host while something is made.

    Raises:
        EngineFault: another process held it for `patience_s`.
    """
    locks = cache_directory(environment) / "locks"
    locks.mkdir(exist_ok=True)
    path = locks / re.sub(r"[^\w.-]", "_", name)
    with path.open("w") as lock:
        until_s = time.monotonic() + patience_s
        while not _taken(lock):
            if time.monotonic() > until_s:
                raise EngineFault(
                    f"another process has been making {name} for {patience_s / 60:.0f} minutes",
                    remedy=f"see which one holds {path} (fuser -v), and end it if it hangs",
                )
            time.sleep(POLL_S)
        yield


def _taken(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
