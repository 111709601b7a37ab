"""Run a command of an image as a plain process of this machine: for your own code only.

There is no other root directory, so absolute paths of the image (`/app`, `/opt`, ...) are
replaced by their place on disk wherever they are written in commands, variables and the
instructions of the Dockerfile. A path that only the program itself knows is not found.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from assay_sandbox.local_job import PATH, Job, resource_limits
from assay_sandbox.local_process import Launch
from assay_sandbox.local_shims import OWNERS, SHIMS, USERS, write_shims

MAPPED = ("app", "home", "opt", "root", "srv", "usr/local", "usr/src", "var")
"""Directories of an image that live under its root here, beside those a build made there."""

HOSTS_OWN = frozenset(
    {".assay", "bin", "dev", "etc", "lib", "lib64", "proc", "sbin", "sys", "tmp", "usr"}
)
"""Directories that mean the host's own even if a build made one of that name."""


class PlainJail:
    """Commands of images without any isolation, their paths mapped by text."""

    name = "plain"
    shared_root = True

    def python(self) -> str:
        """The harness's own interpreter."""
        return sys.executable

    def place(self, root: Path, path: str) -> str:
        """Its place below the root, a slash at the end kept."""
        return f"{root}/{path.lstrip('/')}"

    def launch(self, job: Job) -> Launch:
        """The command with its paths mapped, in its directory, with the limits there are."""
        paths = PathMap(job.root, job.read_only)
        environment = {name: paths.text(value) for name, value in job.environment.items()}
        path = environment.get("PATH") or paths.text(PATH)
        environment |= {"PATH": f"{job.root / SHIMS}:{path}", "LANG": "C.UTF-8"}
        directory = paths.path(job.directory)
        directory.mkdir(parents=True, exist_ok=True)
        return Launch(
            command=tuple(paths.text(word) for word in job.command),
            environment=environment,
            directory=directory,
            cores=job.limits.cores,
            resource_limits=resource_limits(job.limits, job.group, own_uid=False),
            group=job.group,
            log_bytes=job.limits.log_bytes,
        )

    def prepare_root(self, root: Path) -> None:
        """Lay out the directories, and put harmless commands before the host's own."""
        for name in ("app", "opt", "srv", "home", "root", "usr/local", "var"):
            (root / name).mkdir(parents=True, exist_ok=True)
        write_shims(root, OWNERS + USERS)


class PathMap:
    """Replaces absolute paths of an image by their places on this machine."""

    def __init__(self, root: Path, read_only: Mapping[Path, str]) -> None:
        """`root` is the image's "/"; `read_only` as in `Job`."""
        self._root = root
        self._seen_at = {seen_at: str(source) for source, seen_at in read_only.items()}
        self._hosts_own = (str(root), sys.prefix, sys.base_prefix, *self._seen_at.values())
        made = {entry.name for entry in root.iterdir()} - HOSTS_OWN
        names = [re.escape(f"/{name}") for name in made.union(MAPPED)]
        names += [re.escape(name) for name in self._seen_at]
        either = "|".join(sorted(names, key=len, reverse=True))
        self._absolute = re.compile(rf"(?<![\w.$}}/-])(?:{either})(?![\w.-])")

    def text(self, text: str) -> str:
        """Any text with paths in it; paths of this machine stay what they are."""

        def place(found: re.Match[str]) -> str:
            if text.startswith(self._hosts_own, found.start()):
                return found[0]
            return self._seen_at.get(found[0]) or f"{self._root}{found[0]}"

        return self._absolute.sub(place, text)

    def path(self, path: str) -> Path:
        """One absolute path of the image, whatever it is called."""
        return self._root / path.lstrip("/")
