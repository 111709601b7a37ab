"""Run a command of an image under bubblewrap: own namespaces, loopback only, the host's /usr.

As root the sandbox has no user namespace: it is set up with privilege, which is dropped
before the command starts under a user of the run's own. As another user it has one, and
its processes are ours to the kernel.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from assay_sandbox import local_seccomp
from assay_sandbox.errors import EngineFault
from assay_sandbox.local_cgroup import ControlGroup
from assay_sandbox.local_job import BASE_ENVIRONMENT, MIB, SEEN_AT, Job, resource_limits
from assay_sandbox.local_process import Launch
from assay_sandbox.local_shims import OWNERS, SHIMS, write_shims

TRY_S = 10.0
SHARED_MEMORY_MIB = 64  # as the container engines have it
BUILD_CAPABILITIES = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "SETGID", "SETUID")
RUN_CAPABILITIES = ("SETGID", "SETUID", "SETPCAP")
USR_LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
ETC_FROM_HOST = ("alternatives", "ld.so.cache", "localtime", "mime.types", "ssl", "timezone")
ETC_FILES = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
    "group": "root:x:0:\nnogroup:x:65534:\n",
    "shadow": "root:*:1::::::\n",
    "gshadow": "root:*::\n",
    "hosts": "127.0.0.1 localhost\n",
    "hostname": "sut\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files\n",
    "debian_version": "12.0\n",
}
DIRECTORIES = ("app", "dev", "home", "opt", "proc", "root", "run", "srv", "tmp", "usr/local",
               "var/cache", "var/lib", "var/log", "var/tmp", *SEEN_AT)  # fmt: skip


def unavailable_reason() -> str | None:
    """Why bubblewrap cannot be used here, or None if it demonstrably works."""
    if not sys.platform.startswith("linux"):
        return "bubblewrap needs Linux"
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed (package `bubblewrap`)"
    if os.geteuid() == 0 and shutil.which("setpriv", path="/usr/bin:/usr/sbin") is None:
        return "setpriv is not installed (package `util-linux`)"
    if _base().is_relative_to("/usr/local"):
        return f"this Python lives under {_base()}, which the sandbox replaces by the image's own"
    return _tried()


def _tried() -> str | None:
    words = ["bwrap", *_namespaces(), "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"]
    words += [*_privileges(uid=65_000), *_as_user(65_000), "/usr/bin/true"]
    try:
        done = subprocess.run(words, capture_output=True, timeout=TRY_S, check=False)
    except subprocess.TimeoutExpired:
        return f"bubblewrap did not answer within {TRY_S:.0f} s"
    said = done.stderr.decode(errors="replace").strip()
    return f"bubblewrap is blocked here: {said[-200:]}" if done.returncode else None


class Bubble:
    """A bubblewrap command line being put together, and the descriptors it refers to."""

    def __init__(self) -> None:
        self._status_read, status_write = os.pipe()
        block_read, self._block_write = os.pipe()
        self._fds = [status_write, block_read]
        self.words = ["--json-status-fd", str(status_write), "--block-fd", str(block_read)]

    def give(self, content: bytes) -> str:
        """Number of a descriptor from which bubblewrap can read the content."""
        with tempfile.TemporaryFile() as file:
            file.write(content)
            file.flush()
            file.seek(0)
            self._fds.append(os.dup(file.fileno()))
        return str(self._fds[-1])

    def set_environment(self, values: Mapping[str, str]) -> None:
        """These variables and no others."""
        self.words.append("--clearenv")
        for name, value in values.items():
            self.words += ["--setenv", name, value]

    def launch(
        self,
        command: tuple[str, ...],
        *,
        cores: tuple[int, ...],
        resource_limits: Mapping[str, int],
        group: ControlGroup | None,
        log_bytes: int,
        memory_mounts: Mapping[Path, str] | None = None,
    ) -> Launch:
        """The finished launch. The words go by descriptor: a command line can be read inside."""
        arguments = self.give("".join(f"{word}\0" for word in self.words).encode())
        return Launch(
            command=(shutil.which("bwrap") or "bwrap", "--args", arguments, "--", *command),
            environment={},  # bubblewrap is process 1 inside: its environment can be read there
            directory=None,
            cores=cores,
            resource_limits=resource_limits,
            group=group,
            log_bytes=log_bytes,
            pass_fds=tuple(self._fds),
            status_fd=self._status_read,
            release_fd=self._block_write,
            memory_mounts=memory_mounts or {},
            finish=self._close,
        )

    def _close(self) -> None:
        while self._fds:
            os.close(self._fds.pop())


class BubblewrapJail:
    """Commands of images, each in namespaces of its own."""

    name = "bubblewrap"
    shared_root = False

    def python(self) -> str:
        """The harness's own interpreter, seen read-only inside at its own path."""
        return str(_base_python())

    def place(self, root: Path, path: str) -> str:
        """The path itself: the root is its "/"."""
        return path

    def launch(self, job: Job) -> Launch:
        """Namespaces, mounts, filter and limits for one command."""
        bubble, sized = Bubble(), sized_directories(job)
        bubble.words += [*_namespaces(), *_privileges(job.uid), *_file_systems(job, sized)]
        if job.hosts:
            hosts = bubble.give(f"127.0.0.1 localhost {' '.join(job.hosts)}\n".encode())
            bubble.words += ["--perms", "0644", "--ro-bind-data", hosts, "/etc/hosts"]
        if local_seccomp.supported():
            program = local_seccomp.program(allow_affinity=job.group is not None)
            bubble.words += ["--seccomp", bubble.give(program)]
        bubble.words += ["--chdir", job.directory]
        bubble.set_environment(_environment(job))
        return bubble.launch(
            (*_as_user(job.uid), *job.command),
            cores=job.limits.cores,
            resource_limits=resource_limits(job.limits, job.group, own_uid=os.geteuid() == 0),
            group=job.group,
            log_bytes=job.limits.log_bytes,
            memory_mounts={at: sized_options(job, name) for name, at in sized.items()},
        )

    def prepare_root(self, root: Path) -> None:
        """Lay out the directories; python and pip come from `local_base` afterwards."""
        for name in (*DIRECTORIES, *_base_mount_points()):
            (root / name).mkdir(parents=True, exist_ok=True)
        for name in USR_LINKS:
            if Path("/", name).is_symlink():
                (root / name).symlink_to(Path("/", name).readlink())
        for path in (root / "tmp", root / "var/tmp"):
            path.chmod(0o1777)
        _prepare_etc(root / "etc")
        if os.geteuid() != 0:
            write_shims(root, OWNERS)


def _prepare_etc(etc: Path) -> None:
    etc.mkdir(exist_ok=True)
    for name in ETC_FROM_HOST:
        source = Path("/etc", name)
        if source.is_dir():
            shutil.copytree(
                source, etc / name, symlinks=True, ignore=shutil.ignore_patterns("private")
            )
        elif source.exists():
            shutil.copyfile(source, etc / name)
    for name, text in ETC_FILES.items():
        (etc / name).write_text(text)


def _environment(job: Job) -> dict[str, str]:
    found = {**BASE_ENVIRONMENT, **job.environment}
    if job.writable and os.geteuid() != 0:
        found["PATH"] = f"/{SHIMS}:{found['PATH']}"
    return found


def sized_directories(job: Job) -> dict[str, Path]:
    """Path inside -> directory on which a file system of limited size and count is mounted.

    Only root can make those; without, bubblewrap mounts ones that are limited in size alone.
    """
    if job.private is None or os.geteuid() != 0:
        return {}
    names = ("/tmp", *job.volumes)  # noqa: S108 - inside
    places = {name: job.private / f"memory-{at}" for at, name in enumerate(names)}
    for place in places.values():
        place.mkdir(exist_ok=True)  # a container that is started again has them
    return places


def sized_options(job: Job, name: str) -> str:
    """Mount options of a memory file system."""
    limits = job.limits
    size_mib = limits.tmp_mib if name == "/tmp" else limits.volume_mib  # noqa: S108 - inside
    return f"mode=1777,size={size_mib}m,nr_inodes={limits.tmp_inodes}"


def _namespaces() -> list[str]:
    spaces = ("ipc", "pid", "net", "uts")
    words = [f"--unshare-{space}" for space in spaces]
    words += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--hostname", "sut"]
    return words if os.geteuid() == 0 else ["--unshare-user", "--disable-userns", *words]


def _privileges(uid: int) -> list[str]:
    """What the command may do, and on the way to it: as root, to become the user `uid`."""
    if os.geteuid() != 0:
        return ["--cap-drop", "ALL", "--uid", str(uid), "--gid", str(uid)]
    kept = RUN_CAPABILITIES if uid else BUILD_CAPABILITIES
    words = ["--cap-drop", "ALL"]
    for name in kept:
        words += ["--cap-add", f"CAP_{name}"]
    return words


def _as_user(uid: int) -> list[str]:
    if os.geteuid() != 0 or uid == 0:
        return ["/usr/bin/env", "--"]  # says why a command cannot run, with the usual status
    ids = [f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    return [shutil.which("setpriv", path="/usr/bin:/usr/sbin") or "setpriv", *ids,
            "--inh-caps=-all", "--bounding-set=-all", "--"]  # fmt: skip


def _file_systems(job: Job, sized: Mapping[str, Path]) -> list[str]:
    """Mounts in the order they are made, later ones on top."""
    image = "--bind" if job.writable else "--ro-bind"
    words = [image, str(job.root), "/", "--ro-bind", "/usr", "/usr"]
    words += [image, str(job.root / "usr/local"), "/usr/local"]
    for name in USR_LINKS:
        if Path("/", name).is_dir() and not Path("/", name).is_symlink():
            words += ["--ro-bind", f"/{name}", f"/{name}"]
    for base in _base_mount_points():
        words += ["--ro-bind", f"/{base}", f"/{base}"]
    words += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    words += _temporary("/dev/shm", SHARED_MEMORY_MIB)  # noqa: S108 - inside
    for source, seen_at in job.read_only.items():
        words += ["--ro-bind", str(source), seen_at]
    for name, place in sized.items():
        words += ["--bind", str(place), name]
    if job.private is not None and not sized:
        words += _temporary("/tmp", job.limits.tmp_mib)  # noqa: S108 - inside
        for volume in job.volumes:
            words += _temporary(volume, job.limits.volume_mib)
    return words


def _temporary(path: str, mib: int) -> list[str]:
    return ["--perms", "1777", "--size", str(mib * MIB), "--tmpfs", path]


def _base() -> Path:
    return Path(sys.base_prefix).resolve()


def _base_python() -> Path:
    """The interpreter under any virtual environment."""
    minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for name in (minor, "python3"):
        if (_base() / "bin" / name).is_file():
            return _base() / "bin" / name
    raise EngineFault(f"there is no interpreter under {_base()}", remedy="reinstall Python")


def _base_mount_points() -> list[str]:
    """Where the interpreter is seen inside, relative to the root; none if it is in /usr."""
    return [] if _base().is_relative_to("/usr") else [str(_base().relative_to("/"))]
