"""A root file system with Python, made from the host's own Debian package sources."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assay_sandbox.engine import LogSink
from assay_sandbox.mmdebstrap import listed_packages, run_mmdebstrap
from assay_sandbox.scratch import scratch_directory

REMEDY = (
    "install Debian's mmdebstrap package, or name an image to take instead of Debian's packages "
    "(ASSAY_BASE_IMAGE=python:3.11-slim)"
)
MERGED_USR = Path("/usr/share/mmdebstrap/hooks/merged-usr")
_LEFT_OUT = ("doc", "man", "info", "locale", "lintian")
_NO_USRMERGE = (
    r"printf 'Package: usrmerge\nPin: release *\nPin-Priority: -1\n' "
    '> "$1"/etc/apt/preferences.d/no-usrmerge'
)
"""usrmerge brings perl along (47 MB); usr-is-merged does what is needed here."""


@contextmanager
def debian_root(recipe: Path, architecture: str, on_log: LogSink) -> Iterator[Path]:
    """Make the root described by a directory, as an archive that lives for the block.

    Args:
        recipe: Directory with `packages.txt` and `customize.sh`.
        architecture: In Debian's words ("amd64").
        on_log: Gets each line of output.

    Raises:
        EngineFault: it could not be made.
    """
    with scratch_directory("root") as directory:
        archive = directory / "root.tar"
        run_mmdebstrap(_words(recipe, architecture), archive, on_log, remedy=REMEDY)
        yield archive


def _words(recipe: Path, architecture: str) -> list[str]:
    excludes = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _LEFT_OUT]
    return [
        "--variant=essential",
        f"--architectures={architecture}",
        f"--include={','.join(listed_packages(recipe))}",
        '--aptopt=APT::Install-Recommends "false"',
        '--aptopt=Acquire::Languages "none"',
        *excludes,
        f"--hook-dir={MERGED_USR}",
        f"--setup-hook={_NO_USRMERGE}",
        f'--customize-hook={recipe}/customize.sh "$1" {recipe}',
    ]
