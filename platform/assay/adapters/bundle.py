"""A pushed commit out of the git bundle it travels in: a worker needs no repository but this."""

import os
import resource
import subprocess
from pathlib import Path

from assay.adapters.git import TreeExporter
from assay.domain.challenge import ServiceLimits
from assay.domain.errors import PlatformFault
from assay.domain.measurements import CheckoutMeasurement
from assay.kit.deadline import Deadline

MEMORY_BYTES = 2 * 1024**3
"""Of git while it unpacks: a small pack may hold objects that are far larger."""
ENVIRONMENT = {
    "PATH": os.defpath,
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
LAST_WORDS = 500


class BundleExporter:
    """The `Exporter` of `evaluation.ports` for one commit of a bundle.

    The commit was accepted when it was pushed: a bundle that does not hold all of it is our
    fault. What the tree itself holds is judged as that of any other submission.
    """

    def __init__(self, bundle: Path, commit: str, repository: Path, limits: ServiceLimits) -> None:
        """Name what to export.

        Args:
            bundle: Made by `git bundle`, with all of the commit's history.
            commit: Its full object id.
            repository: A bare repository is made there, once.
            limits: Largest tree accepted.
        """
        self._bundle, self._commit, self._repository = bundle, commit, repository
        self._tree = TreeExporter(repository, limits, commit=commit)

    def export(self, destination: Path, *, deadline: Deadline) -> CheckoutMeasurement:
        """See `Exporter`."""
        if not self._repository.is_dir():
            unpack(self._bundle, self._commit, self._repository, deadline)
        return self._tree.export(destination, deadline=deadline)


def unpack(bundle: Path, commit: str, repository: Path, deadline: Deadline) -> None:
    """Make a bare repository of a bundle that holds all of a commit.

    Raises:
        PlatformFault: it does not, or git failed, or took too long.
    """
    _git(["init", "--quiet", "--bare", "--template=", str(repository)], deadline)
    inside = ["-C", str(repository)]
    _git([*inside, "bundle", "unbundle", str(bundle.absolute())], deadline)
    _git([*inside, "rev-list", "--quiet", "--objects", commit, "--"], deadline)


def _git(words: list[str], deadline: Deadline) -> None:
    """Run git to its end.

    Raises:
        PlatformFault: it failed, or took too long.
    """
    with subprocess.Popen(
        ["git", "-c", "core.hooksPath=/dev/null", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    ) as process:
        resource.prlimit(process.pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        try:
            _, said = process.communicate(timeout=deadline.remaining_s())
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise PlatformFault("the bundle of the push could not be unpacked in time") from error
    if process.returncode != 0:
        reason = said.decode(errors="replace")[-LAST_WORDS:].strip()
        raise PlatformFault(
            f"the bundle of the push cannot be used: {reason or f'git {words[0]} failed'}",
            remedy="store the bundle of the commit anew from its repository",
        )
