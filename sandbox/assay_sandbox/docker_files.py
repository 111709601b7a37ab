"""Placing files in a container of ours before it starts."""

import io
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from assay_sandbox.docker_profile import TRUSTED_UID
from assay_sandbox.errors import SpecRefused


def archive(files: Mapping[str, bytes]) -> bytes:
    """A tar to unpack at "/": the files, and the folders we make for them, all ours.

    Folders that exist in every image (the first level but for our own) keep their owner.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for folder in sorted({f for path in files for f in _folders(path)}):
            tar.addfile(_entry(folder, tarfile.DIRTYPE, 0o755))
        for path, content in sorted(files.items()):
            entry = _entry(path, tarfile.REGTYPE, 0o644)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


SYSTEM_FOLDERS = frozenset(
    (
        *("/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt"),
        *("/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/usr", "/var"),
    )
)
"""Exist in every image, with owners and modes that are not ours to change."""


def _folders(path: str) -> Iterator[str]:
    pure = PurePosixPath(path)
    if not pure.is_absolute() or ".." in pure.parts:
        raise SpecRefused(f"file path {path!r} is not absolute", remedy="begin it with '/'")
    for parent in pure.parents:
        top = "/".join(parent.parts[:2]).replace("//", "/")
        if parent != PurePosixPath("/") and top not in SYSTEM_FOLDERS:
            yield str(parent)


def _entry(path: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.type, entry.mode = kind, mode
    entry.uid = entry.gid = TRUSTED_UID
    return entry
