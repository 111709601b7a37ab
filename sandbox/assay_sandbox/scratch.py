"""Directories for a moment. Each has its owner in its name, so that a dead owner's is removed.

The name is there as soon as the directory is: no crash can come between the two.
"""

import contextlib
import os
import re
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from assay_sandbox.local_state import owner_is_dead, owner_label
from assay_sandbox.ownership import PREFIX

_COLON = "_"
"""Stands for the colons of an owner's label: to tar, what is before one is another machine."""
_NAME = re.compile(rf"{PREFIX}[a-z]+-(\d+[\da-f_-]*)-[\da-f]{{8}}", re.ASCII)


@contextlib.contextmanager
def scratch_directory(purpose: str, parent: Path | None = None) -> Iterator[Path]:
    """An empty directory that is removed at the end, or by `remove_orphans` after a crash.

    Args:
        purpose: A word for those who find it.
        parent: Where; the directory for temporary files if not given.
    """
    owner = owner_label().replace(":", _COLON)
    directory = _place(parent) / f"{PREFIX}{purpose}-{owner}-{secrets.token_hex(4)}"
    directory.mkdir(mode=0o700)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def remove_orphans(parent: Path | None = None) -> tuple[str, ...]:
    """Remove the directories there that a dead owner left; a line for each."""
    orphans = [path for path in sorted(_place(parent).glob(f"{PREFIX}*")) if _is_orphan(path)]
    for path in orphans:
        shutil.rmtree(path, ignore_errors=True)
    return tuple(f"directory {path}" for path in orphans)


def _place(parent: Path | None) -> Path:
    return parent or Path(tempfile.gettempdir())


def _is_orphan(path: Path) -> bool:
    """Anybody may give a file in /tmp such a name, so only our own directories count."""
    named = _NAME.fullmatch(path.name)
    if named is None or not owner_is_dead(named[1].replace(_COLON, ":")):
        return False
    with contextlib.suppress(FileNotFoundError):  # another start was quicker
        status = path.lstat()
        return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid()
    return False
