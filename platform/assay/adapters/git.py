"""A submission's tree out of a git work tree, a bare repository or a plain directory."""

from collections.abc import Callable
from pathlib import Path

from assay.adapters.faults import ours
from assay.domain.challenge import ServiceLimits
from assay.domain.errors import CandidateFault, PlatformFault
from assay.domain.measurements import CheckoutMeasurement
from assay.kit.deadline import Deadline
from assay_sandbox.export import (
    MIB,
    ExportLimits,
    ExportRefused,
    ExportReport,
    export_commit,
    export_directory,
)

SHOWN = 5
"""Uncommitted files named in the warning; a person needs an example, not a list."""


class TreeExporter:
    """The `Exporter` of `evaluation.ports`, on the sandbox's safe export.

    A git work tree gives its last commit, whatever lies about in it; any other directory
    gives its files. Nothing is ever checked out, so no filter or hook of the tree runs.
    """

    def __init__(
        self,
        source: Path,
        limits: ServiceLimits,
        *,
        commit: str | None = None,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        """Name what to export.

        Args:
            source: A directory, or with `commit` a repository's git directory.
            limits: Largest tree accepted.
            commit: Object id or name; None for a directory or a work tree's last commit.
            warn: Told, in one sentence, what a work tree holds beyond its last commit.
        """
        most = limits.repository_mib * MIB
        self._source, self._commit, self._warn = source, commit, warn
        self._limits = ExportLimits(limits.repository_files, total_bytes=most, file_bytes=most)

    def export(self, destination: Path, *, deadline: Deadline) -> CheckoutMeasurement:
        """See `Exporter`."""
        try:
            with ours(f"exporting {self._source}"):
                report = self._exported(destination, deadline.remaining_s())
        except ExportRefused as refused:
            raise CandidateFault(
                "the tree cannot be accepted: " + "; ".join(refused.problems)
            ) from refused
        except OSError as error:
            raise PlatformFault(f"exporting {self._source} failed: {error}") from error
        if report.uncommitted and self._warn is not None:
            self._warn(_left_out(report.uncommitted))
        return _measured(report)

    def _exported(self, destination: Path, seconds: float) -> ExportReport:
        if self._commit is None:
            return export_directory(self._source, destination, self._limits, seconds)
        return export_commit(self._source, self._commit, destination, self._limits, seconds)


def _left_out(files: tuple[str, ...]) -> str:
    """The warning about files that are not in the last commit."""
    more = f" and {len(files) - SHOWN} more" if len(files) > SHOWN else ""
    named = ", ".join(files[:SHOWN]) + more
    return f"only the last commit is graded; not in it: {named} (commit to have them graded)"


def _measured(report: ExportReport) -> CheckoutMeasurement:
    return CheckoutMeasurement(
        tree_sha256=report.tree_sha256,
        commit=report.commit,
        files=report.files,
        bytes=report.bytes,
        large_file_pointers=report.large_file_pointers,
    )
