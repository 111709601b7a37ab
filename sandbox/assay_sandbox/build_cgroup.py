"""A control group around one build. The engine's builder has no limit on processes of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from assay_sandbox.cgroups import ROOT, group_at, remove_groups
from assay_sandbox.errors import SpecRefused


def group_path(run_id: str, nonce: str) -> PurePosixPath:
    """Where the group of one build lives; builds of the same run do not share one.

    `docker_reap` knows it by the run's id, should the build be killed.
    """
    return PurePosixPath(f"/assay/build-{run_id}-{nonce[:8]}")


@contextmanager
def build_cgroup(path: PurePosixPath, pids: int, root: Path = ROOT) -> Iterator[None]:
    """Hold a group that lets at most `pids` processes and threads live inside.

    Raises:
        SpecRefused: the group cannot be made here, so the limit could not be kept.
    """
    try:
        _create(path, pids, root)
    except OSError as error:
        raise SpecRefused(
            f"the number of processes of a build cannot be limited: {error}",
            remedy="run on the engine's own host with write access to /sys/fs/cgroup",
        ) from error
    try:
        yield
    finally:
        remove_groups(path, root, patience_s=2.0)


def pids_limit_hit(path: PurePosixPath, root: Path = ROOT) -> bool:
    """Whether the kernel refused a new process because of the limit."""
    group = group_at(path, root)
    if group is None:
        return False
    homes = [group.directories["pids"], *group.directories["pids"].glob("*/")]
    return any(_refusals(home / "pids.events") for home in homes)


def _create(path: PurePosixPath, pids: int, root: Path) -> None:
    group = group_at(path, root)
    if group is None:
        raise FileNotFoundError(f"no control groups under {root}")
    home = group.directories["pids"]
    home.mkdir(parents=True, exist_ok=True)
    if group.version == 2:
        for above in (home.parent.parent, home.parent):
            (above / "cgroup.subtree_control").write_text("+pids +memory +cpu")
    (home / "pids.max").write_text(str(pids))


def _refusals(events: Path) -> int:
    try:
        words = events.read_text().split()
    except OSError:
        return 0
    return int(words[1]) if len(words) > 1 and words[0] == "max" else 0
