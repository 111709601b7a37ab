"""An installation by docker-compose.yml, as an operator starts it, and taken down again."""

import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from html import unescape
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from tests.fakes.git_site import Clone
from tests.fakes.ports import free_port
from tests.fakes.quick_challenge import write_quick_challenge

from assay.toolkit.package import load_challenge
from assay_sandbox import images
from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.wheels import fetch_wheels

ROOT = Path(__file__).parents[2]
BUILD_BASE = ROOT / "deploy" / "base" / "build.py"
SERVICES = ("web", "worker", "prometheus", "machine")
"""Without Grafana, whose image is not ours to build."""
COMMAND_S, BUILD_S = 300, 1800
SECRET = "of this test, and long enough for it"
WHEELS = "/var/cache/assay/wheels"
PROJECT = "com.docker.compose.project"


@dataclass
class Stack:
    """One project of docker-compose.

    Attributes:
        root: Directory with its challenge and its candidates' clones.
        workers: How many.
    """

    root: Path
    workers: int = 2
    project: str = field(default_factory=lambda: f"assaytest{secrets.token_hex(3)}")
    port: int = field(default_factory=free_port)
    prometheus_port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        own = {
            "ASSAY_TAG": "e2e",
            "ASSAY_PORT": str(self.port),
            "ASSAY_PUBLIC_URL": self.url,
            "ASSAY_PROMETHEUS_PORT": str(self.prometheus_port),
            "ASSAY_CHALLENGES_DIR": str(self.root / "challenges"),
            "ASSAY_SECRETS_DIR": str(self.root / "secrets"),
            "ASSAY_WORKERS": str(self.workers),
            "ASSAY_WORKER_MEMORY": "4g",
            "ASSAY_ALLOW_UNPROVEN": "yes",
            "BASE_IMAGE": base_image(),
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_DOCKER_CLI_BUILD": "0",
            "DOCKER_BUILDKIT": "0",
        }
        return {**{k: v for k, v in os.environ.items() if not k.startswith("ASSAY_")}, **own}

    def compose(self, *words: str, seconds: float = COMMAND_S) -> str:
        """What docker-compose prints, when it works. No `.env` has a part in it."""
        nothing = self.root / "no.env"
        nothing.touch()
        done = subprocess.run(
            ["docker-compose", "--env-file", str(nothing), *words],
            cwd=ROOT,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def up(self) -> None:
        """Start everything, and wait until every worker has given a sign of life."""
        self.compose("up", "-d", "--no-build", *SERVICES)
        wanted = float(self.workers)
        wait_until(lambda: self.figures()["assay_workers"] == wanted, 120, "workers do not come")

    def containers(self, service: str) -> list[str]:
        """Ids, in order of their numbers."""
        return sorted(self.compose("ps", "-q", service).split(), key=lambda i: number_of(i))

    def within(self, service: str, *words: str) -> str:
        """What a command prints that runs in the first container of a service."""
        return self.compose("exec", "-T", service, *words).strip()

    def figures(self) -> dict[str, float]:
        """What `/metrics` says."""
        with urllib.request.urlopen(f"{self.url}/metrics", timeout=10) as answer:
            rows = re.findall(r"^(assay\S+) (\S+)$", answer.read().decode(), re.M)
        return {name: float(value) for name, value in rows}

    def candidate(self, email: str) -> Clone:
        """Somebody who was invited by the CLI, pressed Start on the page, and cloned."""
        link = self.within("web", "assay", "invite", email, "--challenge", "doubling", "--unproven")
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        opener.open(link.splitlines()[-1], timeout=10).read()
        started = urllib.request.Request(f"{self.url}/candidate/start", method="POST", data=b"")
        with opener.open(started, timeout=30) as answer:
            page = unescape(answer.read().decode())
        commands = re.findall(r"<pre><code>(.*?)</code></pre>", page)
        assert len(commands) > 1, page
        repository, token = commands[0].split()[2], commands[1]
        address = repository.replace("candidate@", f"candidate:{token}@", 1)
        return Clone.of(address, self.root / "clones" / email.partition("@")[0])

    def give_images(self) -> None:
        """What an evaluation of the challenge takes from outside: here workers reach nothing."""
        names, wheels = self._provisions()
        workers = self.containers("worker")
        pack = ["tar", "-C", str(wheels[0].parent), "-c", *(one.name for one in wheels)]
        kept = f"mkdir -p {WHEELS} && tar -C {WHEELS} -x"
        pipe(pack, ["docker", "exec", "-i", workers[0], "sh", "-c", kept])
        for worker in workers:
            load = ["docker", "exec", "-i", worker, "docker", "load"]
            pipe(["docker", "save", *names], load)

    def leftovers(self) -> dict[str, list[str]]:
        """Whatever the machine's engine still has of this project."""
        label = ("--quiet", "--filter", f"label={PROJECT}={self.project}")
        return {
            "containers": docker("ps", "--all", *label).split(),
            "networks": docker("network", "ls", *label).split(),
            "volumes": docker("volume", "ls", *label).split(),
        }

    def _provisions(self) -> tuple[list[str], list[Path]]:
        """Names of images, and directories of wheels."""
        package = load_challenge(self.root / "challenges" / "doubling")
        with closing(DockerEngine()) as engine:
            client = engine.client
            bases = images.base_images(client, print, "python")
            packages = images.ensure_wheelhouse(client, package.wheelhouse, print)
            probe = images.ensure_probe(client, print)
            architecture = str(client.version()["Arch"])
        lists = (package.wheelhouse, images.IMAGES / "probe" / "requirements.txt")
        wheels = [fetch_wheels(one, architecture, print) for one in lists]
        return sorted({*bases.values(), packages, probe}), wheels


@contextmanager
def stack_at(root: Path, workers: int = 2) -> Iterator[Stack]:
    """Built, started and given its images; at the end taken down, whatever happened."""
    write_quick_challenge(root / "challenges")
    (root / "secrets").mkdir()
    secret = root / "secrets" / "ASSAY_SECRET_KEY"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    stack = Stack(root, workers)
    stack.compose("build", *SERVICES, "database", seconds=BUILD_S)
    try:
        stack.up()
        stack.give_images()
        yield stack
    except BaseException:
        print(stack.compose("ps"), stack.compose("logs", "--tail", "60"))
        raise
    finally:
        stack.compose("down", "-v", "--remove-orphans")


_base: dict[str, str] = {}


def base_image() -> str:
    """The image the others are built on, made now if it is not there."""
    if not _base:
        done = subprocess.run(
            [sys.executable, str(BUILD_BASE)],
            stdout=subprocess.PIPE,
            text=True,
            timeout=BUILD_S,
            check=True,
        )
        _base["name"] = done.stdout.strip()
    return _base["name"]


def pipe(source: list[str], target: list[str]) -> None:
    """Run two commands, the one's output being the other's input."""
    with subprocess.Popen(source, stdout=subprocess.PIPE) as giving:
        subprocess.run(
            target, stdin=giving.stdout, check=True, capture_output=True, timeout=COMMAND_S
        )
        assert giving.wait(COMMAND_S) == 0


def docker(*words: str) -> str:
    """What the machine's own engine says."""
    done = subprocess.run(
        ["docker", *words], capture_output=True, text=True, timeout=COMMAND_S, check=True
    )
    return done.stdout


def described(container: str) -> dict[str, Any]:
    """A container, as the machine's own engine knows it."""
    found: dict[str, Any] = json.loads(docker("inspect", container))[0]
    return found


def number_of(container: str) -> int:
    """Its number among those of its service."""
    return int(described(container)["Config"]["Labels"]["com.docker.compose.container-number"])


def wait_until(true: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Wait until it is so; what cannot be asked yet is not so."""
    end_s = time.monotonic() + seconds
    while True:
        try:
            if true():
                return
        except (OSError, KeyError):
            pass
        assert time.monotonic() < end_s, f"{otherwise} within {seconds:.0f} s"
        time.sleep(0.5)
