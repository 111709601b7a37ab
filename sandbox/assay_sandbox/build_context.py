"""The archive sent to the engine: plain files, without what is ignored, and our Dockerfile."""

import io
import os
import stat
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from assay_sandbox.docker_call import Until
from assay_sandbox.dockerignore import Pattern, is_ignored, read_patterns

DOCKERFILE = "Dockerfile"
SENT_DOCKERFILE = ".assay.Dockerfile"
MAX_IGNORE_BYTES = 64_000
_WRITTEN_AT = 1_577_836_800
"""2020-01-01: one date for all files; ZIP archives, and so wheels, know none before 1980."""

_HIDDEN = f"{SENT_DOCKERFILE}\n.dockerignore\n".encode()
"""The engine reads both files and then takes what this lists out of the context again."""


class ContextTooSlow(Exception):
    """Packing took longer than the build was given."""


def read_text(context: Path, name: str, limit: int) -> str | None:
    """A text file at the top of the context, or None if there is no plain file of that name.

    Raises:
        UnicodeDecodeError: it is not UTF-8.
    """
    try:
        handle = os.open(context / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            return None
        return file.read(limit + 1).decode("utf-8-sig")


def pack(context: Path, dockerfile: str, until: Until) -> IO[bytes]:
    """An unnamed temporary file holding the archive, at its beginning.

    Owners and times are left out, so equal trees give equal archives and layers.

    Raises:
        ContextTooSlow: the deadline passed.
    """
    archive = tempfile.TemporaryFile(prefix="assay-context-")  # noqa: SIM115 - the caller closes it
    try:
        _fill(archive, context, dockerfile, until)
    except BaseException:
        archive.close()
        raise
    archive.seek(0)
    return archive


def _fill(archive: IO[bytes], context: Path, dockerfile: str, until: Until) -> None:
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, name in _kept_files(context, until):
            _add_file(tar, path, name)
        _add_bytes(tar, SENT_DOCKERFILE, dockerfile.encode())
        _add_bytes(tar, ".dockerignore", _HIDDEN)


def _kept_files(context: Path, until: Until) -> Iterator[tuple[Path, str]]:
    patterns = _patterns(context)
    for directory, folders, files in os.walk(context):
        folders[:] = sorted(name for name in folders if name != ".git")
        for file in sorted(files):
            if until.left_s() <= 0:
                raise ContextTooSlow
            path = Path(directory, file)
            name = path.relative_to(context).as_posix()
            if name not in (SENT_DOCKERFILE, ".dockerignore") and not is_ignored(name, patterns):
                yield path, name


def _patterns(context: Path) -> tuple[Pattern, ...]:
    try:
        text = read_text(context, ".dockerignore", MAX_IGNORE_BYTES)
    except UnicodeDecodeError:
        return ()
    return read_patterns(text or "")


def _add_file(tar: tarfile.TarFile, path: Path, name: str) -> None:
    """Add a plain file. A link, which an export never holds, raises; a pipe is passed over."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if stat.S_ISREG(status.st_mode):
            mode = 0o755 if status.st_mode & stat.S_IXUSR else 0o644
            tar.addfile(_entry(name, status.st_size, mode), file)


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    tar.addfile(_entry(name, len(content), 0o644), io.BytesIO(content))


def _entry(name: str, size: int, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = size, mode, _WRITTEN_AT
    return entry
