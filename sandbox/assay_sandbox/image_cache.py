"""Names made of contents, and a directory for what is costly to make twice."""

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from assay_sandbox.errors import EngineFault

DIGEST_CHARS = 16
PATIENCE_S = 1800.0
"""Making a base image from packages takes minutes, never half an hour."""
POLL_S = 0.1
DIGESTS = "digests"
SETTLED_S = 2.0
"""Clocks of file systems tick every few milliseconds, those of network ones every second."""
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


def kept_digest(
    words: Sequence[str],
    trees: Sequence[Path],
    environment: Mapping[str, str] = os.environ,
    *,
    settled_s: float = SETTLED_S,
) -> str:
    """`digest_of`, remembered for as long as no file of the trees is touched.

    Wheels and programs are hundreds of megabytes; reading them for every evaluation takes most
    of a second. What was touched just now is not remembered: it may be written to once more
    within the tick of the file system's clock.
    """
    seen = _seen(words, trees)
    kept = cache_directory(environment) / DIGESTS / seen.name
    with suppress(FileNotFoundError):
        return kept.read_text()
    digest = digest_of(words, trees)
    if time.time() - seen.touched_s > settled_s and _seen(words, trees) == seen:
        kept.parent.mkdir(exist_ok=True)
        fresh = kept.with_suffix(f".{os.getpid()}")
        fresh.write_text(digest)
        fresh.replace(kept)
    return digest


@dataclass(frozen=True, slots=True)
class _Seen:
    """How some trees look from outside.

    Attributes:
        name: Differs as soon as a file is added, removed, written, renamed or given rights.
        touched_s: When one was touched last, in seconds since 1970.
    """

    name: str
    touched_s: float


def _seen(words: Sequence[str], trees: Sequence[Path]) -> _Seen:
    seen, touched_s = hashlib.sha256(repr(list(words)).encode()), 0.0
    for tree in trees:
        seen.update(f"{tree.absolute()}\n".encode())
        for path in source_files(tree):
            about = path.stat()
            facts = (about.st_mode, about.st_size, about.st_mtime_ns, about.st_ctime_ns)
            seen.update(f"{path.relative_to(tree)} {about.st_ino} {facts}\n".encode())
            touched_s = max(touched_s, about.st_ctime, about.st_mtime)
    return _Seen(seen.hexdigest(), touched_s)


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
