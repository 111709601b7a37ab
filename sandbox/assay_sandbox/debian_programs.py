"""Programs out of Debian packages, without installing the packages; fetched once and kept."""

import os
import shutil
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from assay_sandbox.engine import LogSink
from assay_sandbox.errors import EngineFault
from assay_sandbox.image_cache import PROGRAMS, cache_directory, digest_of
from assay_sandbox.mmdebstrap import SUITE, listed_packages, run_mmdebstrap
from assay_sandbox.scratch import scratch_directory

REMEDY = "install Debian's mmdebstrap package, and see that this host reaches Debian's packages"


def fetch_programs(
    recipe: Path,
    programs: Sequence[str],
    architecture: str,
    on_log: LogSink,
    environment: Mapping[str, str] = os.environ,
) -> Path:
    """A directory with exactly these programs.

    Args:
        recipe: Directory with `packages.txt` and `unpack.sh`.
        programs: Names below /usr/bin of the packages.
        architecture: In Debian's words ("amd64").
        on_log: Gets each line of output.
        environment: Where `ASSAY_CACHE` may be set.

    Raises:
        EngineFault: they could not be fetched, or a package has no such program.
    """
    made_of = [(recipe / name).read_text() for name in ("packages.txt", "unpack.sh")]
    store = cache_directory(environment) / PROGRAMS
    kept = store / digest_of([*made_of, *programs, architecture, SUITE], [])
    if kept.is_dir():
        return kept
    store.mkdir(exist_ok=True)
    with scratch_directory("fetching", store) as directory:
        archive, fetched = directory / "root.tar", directory / "programs"
        on_log(f"fetching {', '.join(programs)} from Debian packages")
        run_mmdebstrap(_words(recipe, architecture), archive, on_log, remedy=REMEDY)
        fetched.mkdir()
        _take(archive, programs, fetched)
        if not kept.exists():
            shutil.move(fetched, kept)
    return kept


def _words(recipe: Path, architecture: str) -> list[str]:
    packages = " ".join(listed_packages(recipe))
    return [
        "--variant=custom",
        f"--architectures={architecture}",
        '--aptopt=Acquire::Languages "none"',
        f'--customize-hook=sh {recipe}/unpack.sh "$1" {packages}',
    ]


def _take(archive: Path, programs: Sequence[str], destination: Path) -> None:
    """Copy the named programs alone: their owners, links and neighbours stay behind."""
    with tarfile.open(archive) as tar:
        for name in programs:
            try:
                content = tar.extractfile(f"./programs/{name}")
            except KeyError:
                content = None
            if content is None:
                raise EngineFault(f"the packages hold no program {name}", remedy=REMEDY)
            with content, (destination / name).open("wb") as copy:
                shutil.copyfileobj(content, copy)
            (destination / name).chmod(0o755)
