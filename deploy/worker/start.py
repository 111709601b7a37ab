"""A worker with a container engine of its own: no submission comes near this machine's.

    groups   a namespace of control groups: what is started here is counted and limited here
    place    a number that no other worker of this machine has: its name, its cores, and what its
             engine keeps
    engine   dockerd, in a network namespace that holds a loopback and nothing else
    worker   `assay worker`, on the cores of its place

When one of the two ends, so does the other, and the container is started again. Where
DOCKER_HOST names another engine (docker-compose.host-engine.yml) there is a worker alone.
"""

import contextlib
import fcntl
import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TextIO

ENGINES = Path("/var/lib/assay-engines")
"""Kept: locks of places, and for each place the images of its engine."""
RUN = Path("/run/assay-engine")
"""Not kept: the engine's socket and process number."""
SOCKET = f"unix://{RUN}/docker.sock"
CONFIG = Path(__file__).with_name("daemon.json")
CGROUPS = Path("/sys/fs/cgroup")
GROUPS_ARE_OURS = "groups-are-ours"
LEAST_CORES = 2
"""One for the service, one for the probe."""
READY_S, COMMAND_S = 90.0, 120.0
WORKER_STOPS_S, ENGINE_STOPS_S = 30.0, 15.0
START_AGAIN = 75
"""As `assay worker` says it, EX_TEMPFAIL of sysexits.h."""


class Refused(Exception):
    """There is no starting like this; the message says what to change."""


@dataclass(frozen=True)
class Place:
    """A worker's own on this machine, as long as it lives.

    Attributes:
        number: From 1.
        lock: Open as long as we live; the kernel lets go of it then.
    """

    number: int
    lock: TextIO


# ---------------------------------------------------------------- place and cores


def claim(directory: Path) -> Place:
    """The first place that nobody has."""
    directory.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        lock = (directory / f"{number}.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
        else:
            break
    return Place(number, lock)


def cores_in(words: str) -> tuple[int, ...]:
    """The numbers of a list such as "0-2,5".

    Raises:
        Refused: it is none.
    """
    try:
        spans = [span.split("-") for span in words.split(",")]
        found = {n for span in spans for n in range(int(span[0]), int(span[-1]) + 1)}
    except ValueError as error:
        raise Refused(f"ASSAY_WORKER_CORES: {words!r} is no list of cores like 1-3,5") from error
    missing = sorted(found - os.sched_getaffinity(0))
    if missing or not found:
        raise Refused(f"ASSAY_WORKER_CORES: this machine has no cores {missing or words!r}")
    return tuple(sorted(found))


def share_of(cores: tuple[int, ...], number: int, workers: int) -> tuple[int, ...]:
    """The cores of a place: neighbours that no other place has, if that leaves enough for each.

    Args:
        cores: Of all workers of this machine.
        number: Of the place.
        workers: How many share them.
    """
    size = len(cores) // workers
    if size < LEAST_CORES or number > workers:
        return cores
    return cores[(number - 1) * size : number * size]


def workers_in(environment: Mapping[str, str]) -> int:
    """How many workers share this machine.

    Raises:
        Refused: that is no number.
    """
    given = environment.get("ASSAY_WORKERS") or "1"
    if not given.isdecimal() or int(given) < 1:
        raise Refused(f"ASSAY_WORKERS: {given!r} is no number from 1")
    return int(given)


def cores_of(place: Place, environment: Mapping[str, str]) -> tuple[int, ...]:
    """Where the worker of this place measures. Says so if it is not alone there."""
    given = environment.get("ASSAY_WORKER_CORES")
    cores = cores_in(given) if given else tuple(sorted(os.sched_getaffinity(0)))
    workers = workers_in(environment)
    share = share_of(cores, place.number, workers)
    if share == cores and max(workers, place.number) > 1:
        say(
            f"worker {place.number} shares its cores with the other workers of this machine, and "
            f"they disturb each other's measurements: {max(workers, place.number)} workers need "
            f"{LEAST_CORES} cores each and have {len(cores)} together; lower ASSAY_WORKERS"
        )
    return share


# ---------------------------------------------------------------- control groups


def hierarchies(proc_self_cgroup: str) -> tuple[str, ...]:
    """The hierarchies of version 1, by their controllers; none where there is version 2 alone."""
    names = (line.split(":", 2)[1] for line in proc_self_cgroup.splitlines())
    return tuple(name for name in names if name)


def own_control_groups() -> None:
    """Let /sys/fs/cgroup be the group of this container, to divide further."""
    names = hierarchies(Path("/proc/self/cgroup").read_text())
    command("umount", "--recursive", str(CGROUPS))
    if names:
        command("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", str(CGROUPS))
        for name in names:
            mount_hierarchy(name)
    else:
        command("mount", "-t", "cgroup2", "cgroup2", str(CGROUPS))
        step_aside(CGROUPS)


def mount_hierarchy(name: str) -> None:
    """Mount one hierarchy of version 1, under the name of each of its controllers."""
    words = name.removeprefix("name=")
    place = CGROUPS / words
    place.mkdir()
    options = f"none,{name}" if name != words else name
    command("mount", "-t", "cgroup", "-o", options, "cgroup", str(place))
    if "," in words:
        for controller in words.split(","):
            (CGROUPS / controller).symlink_to(words)


def step_aside(root: Path) -> None:
    """Version 2 divides a group that holds groups only: the processes in it get one of theirs."""
    aside = root / "platform"
    aside.mkdir(exist_ok=True)
    for pid in (root / "cgroup.procs").read_text().split():
        with contextlib.suppress(ProcessLookupError):
            (aside / "cgroup.procs").write_text(pid)
    controllers = (root / "cgroup.controllers").read_text().split()
    (root / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in controllers))


# ---------------------------------------------------------------- engine and worker


@contextlib.contextmanager
def engine(place: Place) -> Iterator[None]:
    """An engine that answers, without anything that an earlier life of it had started."""
    shutil.rmtree(RUN, ignore_errors=True)
    RUN.mkdir(parents=True)
    process = subprocess.Popen(engine_words(place), start_new_session=True)
    try:
        wait_for(process)
        remove_leftovers()
        yield
    finally:
        stop(process, ENGINE_STOPS_S)


def engine_words(place: Place) -> list[str]:
    """The command of the engine of a place."""
    return [
        *("unshare", "--net", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"),
        *("dockerd", "--config-file", str(CONFIG), "--host", SOCKET),
        *("--data-root", str(ENGINES / str(place.number) / "docker")),
        *("--exec-root", str(RUN / "exec"), "--pidfile", str(RUN / "pid")),
    ]


def wait_for(process: "subprocess.Popen[bytes]") -> None:
    """Wait until the engine answers.

    Raises:
        Refused: it does not.
    """
    end_s = time.monotonic() + READY_S
    while not answers():
        if process.poll() is not None or time.monotonic() > end_s:
            raise Refused(
                "the container engine did not start; its own words are above. It needs the rights "
                "that docker-compose.yml gives the service `worker`"
            )
        time.sleep(0.2)


def remove_leftovers() -> None:
    """Whatever is there now, nobody uses: the engine is this worker's alone."""
    for container in docker("ps", "--all", "--quiet").split():
        docker("rm", "--force", "--volumes", container)
    for network in docker("network", "ls", "--quiet", "--filter", "label=assay.run").split():
        docker("network", "rm", network)


def docker(*words: str) -> str:
    """What the engine answers.

    Raises:
        Refused: it does not.
    """
    return command("docker", "--host", SOCKET, *words)


def answers() -> bool:
    """Whether the engine does."""
    with contextlib.suppress(Refused):
        return bool(docker("version", "--format", "{{.Server.Version}}"))
    return False


def work(place: Place, environment: Mapping[str, str]) -> int:
    """Evaluate until the worker ends, or the engine does; the exit code of this container."""
    name = f"{environment.get('ASSAY_WORKER_NAME') or 'worker'}-{place.number}"
    cores = ",".join(map(str, cores_of(place, environment)))
    shutil.rmtree(Path(environment["ASSAY_HOME"], "runs"), ignore_errors=True)
    say(f"{name} measures on the cores {cores}, engine at {environment['DOCKER_HOST']}")
    process = subprocess.Popen(
        ["taskset", "--cpu-list", cores, "assay", "worker"],
        env={**environment, "ASSAY_WORKER_NAME": name},
    )
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        code = process.poll()
        if code is None:
            say("the container engine has ended; so does the worker")
        return START_AGAIN if code is None else exit_code(code)
    finally:
        stop(process, WORKER_STOPS_S)


def exit_code(code: int) -> int:
    """As a shell says it: killed by a signal is 128 and its number."""
    return code if code >= 0 else 128 - code


def stop(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """End a process, at the latest after so long."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def command(*words: str) -> str:
    """What a command prints.

    Raises:
        Refused: it failed.
    """
    done = subprocess.run(words, capture_output=True, text=True, timeout=COMMAND_S, check=False)
    if done.returncode:
        raise Refused(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def say(line: str) -> None:
    """Tell the log."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def told_to_stop(number: int, frame: FrameType | None) -> None:
    """SIGTERM and Ctrl-C: an orderly end, once."""
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.SIG_IGN)
    raise SystemExit(0)


def main(arguments: list[str], environment: Mapping[str, str]) -> int:
    """The exit code of this container."""
    own_engine = environment["DOCKER_HOST"] == SOCKET
    if own_engine and arguments != [GROUPS_ARE_OURS]:
        again = [sys.executable, __file__, GROUPS_ARE_OURS]
        os.execvp("unshare", ["unshare", "--cgroup", "--", *again])  # noqa: S606
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, told_to_stop)
    place = claim(ENGINES)
    if not own_engine:
        return work(place, environment)
    own_control_groups()
    command("mount", "-o", "remount,bind,rw", "/proc/sys")
    with engine(place):
        return work(place, environment)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:], os.environ))
    except Refused as refused:
        say(f"this worker cannot start: {refused}")
        sys.exit(1)
