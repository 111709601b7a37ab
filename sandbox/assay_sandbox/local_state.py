"""What the local engine keeps on disk: images, and what runs with whose it is.

    HOME/local/base/<key>/           roots of base images
    HOME/local/images/<jail>/<tag>/   `root` of an image; `image.json` when finished
    HOME/local/running/<id>/         one container: `state.json` and its private files

Everything is closed to other users of the machine: an image may hold set-uid files.
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import stat
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assay_sandbox import local_cgroup, local_proc, ownership
from assay_sandbox.errors import EngineFault

PRIVATE = 0o700
_NOT_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


def default_home(environment: Mapping[str, str] = os.environ) -> Path:
    """`$ASSAY_HOME`, or the user's data directory."""
    given = environment.get("ASSAY_HOME")
    return Path(given) if given else Path.home() / ".local/share/assay"


@dataclass(frozen=True, slots=True)
class Record:
    """One container that runs, or ran and left something behind.

    Attributes:
        id: Names its directory and its control group.
        run_id: Of the run it belongs to.
        role: Its role there.
        owner: Label of the process that started it (`ownership.Owner.label`).
        processes: (pid, start in clock ticks since boot) of what has to be killed.
    """

    id: str
    run_id: str
    role: str
    owner: str
    processes: tuple[tuple[int, int], ...] = ()


class State:
    """The directories of the local engine."""

    def __init__(self, home: Path) -> None:
        self.top = home.expanduser().absolute() / "local"
        self._running = self.top / "running"
        try:
            for path in (self.top, self._running, self.top / "images", self.top / "base"):
                path.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
            self.top.chmod(PRIVATE)
        except OSError as error:
            raise EngineFault(
                f"{self.top} cannot be written: {error}",
                remedy="set ASSAY_HOME to a directory of your own",
            ) from error

    def image_directory(self, tag: str, jail: str) -> Path:
        """Where the image of that tag, made for that kind of jail, is or will be."""
        return self.top / "images" / jail / _NOT_A_NAME.sub("_", tag)

    def base_directory(self, key: str) -> Path:
        """Where the root of that base image is or will be."""
        return self.top / "base" / key

    def workspace(self) -> Path:
        """A new private directory on the same file system as the images."""
        path = self.top / f"building-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        path.mkdir(mode=PRIVATE)
        return path

    @contextlib.contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Keep other processes out of a part of the directories; freed when we die."""
        with (self.top / f"{_NOT_A_NAME.sub('_', name)}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def open(self, run_id: str, role: str) -> Record:
        """Begin a container: from now on a crash of ours leaves a trace to clean by."""
        name = f"{ownership.PREFIX}{run_id}-{role}-{uuid.uuid4().hex[:8]}"
        record = Record(name, run_id, role, owner_label())
        self.directory(record).mkdir(mode=PRIVATE)
        self.write(record)
        return record

    def directory(self, record: Record) -> Path:
        """The private directory of a container."""
        return self._running / record.id

    def write(self, record: Record) -> None:
        """Replace what is known of a container."""
        path = self.directory(record) / "state.json"
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(record)))
        fresh.replace(path)

    def close(self, record: Record) -> None:
        """Forget a container and delete its files. Idempotent."""
        remove_tree(self.directory(record))

    def reap(self, run_id: str | None) -> tuple[str, ...]:
        """Kill and delete what belongs to a run or, without one, to a dead owner."""
        lines = []
        for record in self._records():
            if self._is_due(record, run_id):
                _kill(record, with_session=run_id is not None)
                self.close(record)
                lines.append(f"container {record.id}")
        if run_id is None:
            lines += [f"unfinished build {path.name}" for path in self._dead_workspaces()]
        return tuple(lines)

    def _records(self) -> Iterator[Record]:
        for path in sorted(self._running.iterdir()):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                found: dict[str, Any] = json.loads((path / "state.json").read_text())
                processes = tuple((int(pid), int(at)) for pid, at in found.pop("processes"))
                yield Record(**found, processes=processes)

    def _is_due(self, record: Record, run_id: str | None) -> bool:
        if run_id is not None:
            return record.run_id == run_id
        return owner_is_dead(record.owner)

    def _dead_workspaces(self) -> Iterator[Path]:
        for path in self.top.glob("building-*"):
            pid = path.name.split("-")[1]
            if pid.isdigit() and not _alive(int(pid)):
                remove_tree(path)
                yield path


def owner_label() -> str:
    """The label of this process; where there is no /proc only its number."""
    if sys.platform.startswith("linux"):
        return ownership.this_process().label()
    return str(os.getpid())


def owner_is_dead(label: str) -> bool:
    """Whether the process of a label certainly lives no more."""
    if label.isdigit():
        return not _alive(int(label))
    return ownership.is_dead(label, engine_is_local=True)


def remove_tree(path: Path) -> None:
    """Delete a directory and all below it, closed directories too. Never follows a link."""

    def open_and_retry(remove: Callable[..., Any], name: str, _error: object) -> None:
        with contextlib.suppress(OSError):
            Path(name).parent.chmod(stat.S_IRWXU)
            if not Path(name).is_symlink():
                Path(name).chmod(stat.S_IRWXU)
            remove(name)

    shutil.rmtree(path, onerror=open_and_retry)
    if path.exists():
        shutil.rmtree(path, ignore_errors=True)


def _kill(record: Record, *, with_session: bool) -> None:
    """Kill what is left of a container.

    Its session is all that tells children of a plain process, whose parent died, from other
    processes. Its number may be another's session once time has passed, so it counts only
    when a run is named: that is asked while the run, or the instant of its death, is near.
    """
    if with_session and sys.platform.startswith("linux"):
        for leader, started in record.processes[:1]:
            if local_proc.start_ticks(leader) in (started, None):
                _kill_all(local_proc.pids_of_session(leader))
    for pid, started in record.processes:
        if local_proc.start_ticks(pid) == started:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
    if os.geteuid() == 0 and sys.platform.startswith("linux"):
        group = local_cgroup.at(record.id)
        group.kill()
        group.remove()


def _kill_all(pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
