"""A container engine of a test's own, to be killed: another `dockerd`, never the machine's.

It has its own data, sockets, bridges and firewall rules, the latter in a network namespace that
is made for it. Images are handed over from the machine's engine, so nothing is made twice.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import docker
from tests.fakes.platform_site import processes

from assay.bootstrap import provision
from assay.toolkit.package import load_challenge
from assay_sandbox.docker_engine import DockerEngine, knock
from assay_sandbox.errors import EngineFault

NEEDED = ("dockerd", "nsenter", "ip", "iptables")
UP_S, DOWN_S = 60.0, 40.0
LOAD_S = 300
VERSION = "1.41"
"""Of the interface; named, the client does not ask for it before we can."""
NETWORK = "172.31.250.1/24"
"""Of its default bridge. Nobody uses it, and it is inside the namespace alone."""


def obstacle() -> str:
    """Why there can be no second engine here; "" if there can."""
    if os.geteuid() != 0:
        return "only root can start a second engine"
    missing = [name for name in NEEDED if shutil.which(name) is None]
    return f"a second engine needs {', '.join(missing)}" if missing else ""


class OwnEngine:
    """One `dockerd`. Works between `start` and `kill` or `stop`; `remove` leaves nothing of it."""

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="assay-engine-"))
        self.name = self.directory.name
        self._process: subprocess.Popen[bytes] | None = None
        _run("ip", "netns", "add", self.name)
        self._inside("ip", "link", "set", "lo", "up")
        (self.directory / "daemon.json").write_text(json.dumps(self._settings()))

    @property
    def url(self) -> str:
        """As in DOCKER_HOST."""
        return f"unix://{self.directory}/docker.sock"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it answers.

        One that ends at once is started again, as a supervisor does: it takes a helper of its
        predecessor that is just dying for one it can use.
        """
        self._process = self._started()
        end_s = time.monotonic() + UP_S
        while not self.answers():
            assert time.monotonic() < end_s, f"it does not answer: {self.said()}"
            if self._process.poll() is not None:
                self._process = self._started()
            time.sleep(0.1)

    def _started(self) -> "subprocess.Popen[bytes]":
        with (self.directory / "said.log").open("ab") as said:
            return subprocess.Popen(
                [*self._nsenter(), "dockerd", "--config-file", str(self.directory / "daemon.json")],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )

    def answers(self) -> bool:
        with contextlib.suppress(EngineFault, docker.errors.APIError, OSError):
            knock(self.url)  # the client leaks a socket when nobody listens
            client = docker.APIClient(base_url=self.url, version=VERSION, timeout=5)
            with contextlib.closing(client):
                return bool(client.ping())
        return False

    def kill(self) -> None:
        """The engine's process alone, as the kernel does when memory is short."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """As an operator does."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(DOWN_S)
            return
        self.kill()

    def load(self, references: Iterable[str]) -> None:
        """Take images over from the machine's engine."""
        for reference in references:
            with contextlib.ExitStack() as stack:
                theirs = stack.enter_context(contextlib.closing(docker.APIClient(timeout=LOAD_S)))
                ours = stack.enter_context(
                    contextlib.closing(docker.APIClient(base_url=self.url, timeout=LOAD_S))
                )
                for _ in ours.load_image(theirs.get_image(reference)):
                    pass
                assert ours.images(name=reference), f"{reference} was not taken over"

    def said(self) -> str:
        """The end of its log."""
        return (self.directory / "said.log").read_text(errors="replace")[-3000:]

    def remove(self) -> None:
        """Stop it and remove what it made: processes, mounts, namespace, directory."""
        self.stop()
        end_s = time.monotonic() + DOWN_S
        while ours := [pid for pid, words in processes() if str(self.directory) in words]:
            assert time.monotonic() < end_s, f"{ours} do not end"
            for pid in ours:  # shims that an engine left behind which was killed
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)
        for mount in self._mounts():
            _run("umount", "--lazy", mount)
        _run("ip", "netns", "del", self.name)
        shutil.rmtree(self.directory)

    def _settings(self) -> dict[str, object]:
        own = self.directory
        return {
            "data-root": f"{own}/data",
            "exec-root": f"{own}/exec",
            "pidfile": f"{own}/dockerd.pid",
            "hosts": [self.url],
            "bip": NETWORK,
            "userland-proxy": False,
            "shutdown-timeout": 5,
        }

    def _nsenter(self) -> list[str]:
        return ["nsenter", f"--net=/run/netns/{self.name}"]

    def _inside(self, *words: str) -> None:
        _run(*self._nsenter(), *words)

    def _mounts(self) -> list[str]:
        """What is mounted below its directory, the innermost first."""
        rows = (line.split()[1] for line in Path("/proc/mounts").read_text().splitlines())
        return sorted((row for row in rows if row.startswith(f"{self.directory}/")), reverse=True)


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=60)


@contextlib.contextmanager
def own_engines(number: int, challenge: Path, scratch: Path) -> Iterator[list[OwnEngine]]:
    """So many engines with all the images that evaluations of a challenge need."""
    references = images_of(challenge, scratch)
    with contextlib.ExitStack() as stack:
        engines = []
        for _ in range(number):
            engine = OwnEngine()
            stack.callback(engine.remove)
            engine.start()
            engine.load(references)
            engines.append(engine)
        yield engines


def images_of(challenge: Path, scratch: Path) -> list[str]:
    """What the machine's engine has of a challenge, made there where it is missing."""
    engine = DockerEngine().connect()
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        made = provision.images_of(engine, load_challenge(challenge), scratch, _unheard)
    finally:
        engine.close()
    ours = made.ours
    named = {*ours.bases.values(), ours.packages, ours.probe, ours.monitoring, made.reference}
    return sorted(name for name in named if name)


def _unheard(_event: object) -> None:
    """Nobody is told."""
