"""A candidate's work tree as it lies there, with what is not committed yet."""

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from assay.adapters.git import TreeExporter
from assay.domain.challenge import ServiceLimits
from assay.domain.errors import CandidateFault, PlatformFault
from assay.domain.measurements import CheckoutMeasurement
from assay.kit.deadline import Deadline

LISTED = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
CHANGED = ("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all")
CODE = 3
"""Characters of a line of `git status` before the name."""


@dataclass(slots=True)
class WorkTreeExporter:
    """The `Exporter` of `evaluation.ports` for a rehearsal: what `git add --all` would take.

    A directory without git gives its files.

    Attributes:
        scratch: Directory that does not exist yet, to lay the files into.
        uncommitted: Names a push would not contain as they are here; known after the export.
    """

    work_tree: Path
    limits: ServiceLimits
    scratch: Path
    uncommitted: tuple[str, ...] = field(init=False, default=())

    def export(self, destination: Path, *, deadline: Deadline) -> CheckoutMeasurement:
        """See `Exporter`."""
        source = self.work_tree
        if (source / ".git").exists():
            self.uncommitted = tuple(name[CODE:] for name in self._git(CHANGED, deadline))
            self._lay_out(self._git(LISTED, deadline))
            source = self.scratch
        return TreeExporter(source, self.limits).export(destination, deadline=deadline)

    def _lay_out(self, names: list[str]) -> None:
        """Copy the files; links stay links, so that they are refused as in a push."""
        self.scratch.mkdir()
        for name in sorted(set(names)):
            path, copy = self.work_tree / name, self.scratch / name
            if path.is_dir() and not path.is_symlink():
                raise CandidateFault(
                    f"the tree cannot be accepted: {name} is a repository of its own; commit its "
                    f"files instead"
                )
            if path.is_symlink() or path.exists():  # one that was deleted is still listed
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, copy, follow_symlinks=False)

    def _git(self, words: tuple[str, ...], deadline: Deadline) -> list[str]:
        """What git prints, NUL after NUL.

        Raises:
            PlatformFault: git is missing, or cannot read the repository.
        """
        command = ["git", "-C", str(self.work_tree), "-c", "core.fsmonitor=false", *words]
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=deadline.remaining_s(), check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PlatformFault(f"git did not list the work tree: {error}") from error
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            raise PlatformFault(f"git cannot read {self.work_tree}: {said}")
        return [name for name in done.stdout.decode("utf-8", "replace").split("\0") if name]
