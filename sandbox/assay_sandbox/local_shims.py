"""Commands that succeed and do nothing, where the real ones would fail or change this machine."""

from pathlib import Path

SHIMS = ".assay/shims"
OWNERS = ("chgrp", "chown")
"""A sandbox without privilege has one user, so no file can be given to another."""

USERS = ("addgroup", "adduser", "groupadd", "ldconfig", "useradd", "usermod")
"""Without a sandbox these would change this machine's own users."""


def write_shims(root: Path, names: tuple[str, ...]) -> None:
    """Put harmless commands of these names into a root."""
    directory = root / SHIMS
    directory.mkdir(parents=True, exist_ok=True)
    for name in names:
        shim = directory / name
        shim.write_text("#!/bin/sh\nexit 0\n")
        shim.chmod(0o755)
