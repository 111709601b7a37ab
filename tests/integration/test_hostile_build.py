"""Builds that attack the host, a neighbour or our patience end with a word, and leave nothing."""

import re
import secrets
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import docker
import pytest
from docker import DockerClient

from assay_sandbox import images
from assay_sandbox.build_plan import MARKER_LABEL
from assay_sandbox.cgroups import ROOT
from assay_sandbox.docker_build import build_image
from assay_sandbox.engine import BuildFailed, BuildFailure, BuildOutcome, BuildSpec, Built
from assay_sandbox.errors import EngineFault
from assay_sandbox.limits import BuildLimits
from assay_sandbox.ownership import RUN_LABEL

pytestmark = [pytest.mark.docker, pytest.mark.slow]

FROM = "FROM python:3.11-slim\n"
SMALL = BuildLimits(
    memory_mib=256, pids=64, file_mib=64, log_bytes=100_000, image_mib=400, cores=(0,)
)


def silent(_: str) -> None:
    """Nobody reads these logs."""


@dataclass
class Builder:
    """Builds files as a candidate's repository would be built."""

    client: DockerClient
    directory: Path
    bases: Mapping[str, str]
    packages: str | None
    run_id: str = field(default_factory=lambda: f"hostile-{secrets.token_hex(4)}")
    tags: list[str] = field(default_factory=list)

    def build(
        self,
        dockerfile: str,
        *,
        deadline_s: float = 60,
        limits: BuildLimits = SMALL,
        tag: str = "",
        target: str | None = None,
        ours: bool = False,
        **files: str,
    ) -> BuildOutcome:
        self.tags.append(tag or f"assay-test/{self.run_id}:{len(self.tags)}")
        (self.directory / "Dockerfile").write_text(dockerfile)
        for name, text in files.items():
            (self.directory / name).write_text(text)
        spec = BuildSpec(
            self.run_id, self.directory, self.tags[-1], self.bases, self.packages,
            target=target, use_cache=ours, limits=limits,
        )  # fmt: skip
        return build_image(self.client, spec, deadline_s=deadline_s, on_log=silent)

    def failed(self, dockerfile: str, **options: object) -> BuildFailed:
        outcome = self.build(dockerfile, **options)  # type: ignore[arg-type]
        assert isinstance(outcome, BuildFailed), outcome
        return outcome

    def built(self, dockerfile: str, **options: object) -> Built:
        outcome = self.build(dockerfile, **options)  # type: ignore[arg-type]
        assert isinstance(outcome, Built), outcome
        return outcome

    def layers(self, dockerfile: str, **options: object) -> set[str]:
        """The layers of an image built now, those of its base left out."""
        reference = self.built(dockerfile, **options).image.reference
        base = self.client.api.inspect_image(next(iter(self.bases.values())))
        made = self.client.api.inspect_image(reference)
        return set(made["RootFS"]["Layers"]) - set(base["RootFS"]["Layers"])

    def left_behind(self) -> list[str]:
        marked = {"label": MARKER_LABEL}
        made = [
            *self.client.api.images(all=True, filters=marked),
            *self.client.api.containers(all=True, filters=marked),
        ]
        mine = [one["Id"] for one in made if self.run_id in one["Labels"][MARKER_LABEL]]
        servers = self.client.api.containers(
            all=True, filters={"label": f"{RUN_LABEL}={self.run_id}"}
        )
        name = f"assay/build-{self.run_id}*"
        groups = [str(path) for path in (*ROOT.glob(name), *ROOT.glob(f"*/{name}"))]
        return [*mine, *(one["Id"] for one in servers), *groups]

    def remove_images(self) -> None:
        for tag in self.tags:
            if self.client.api.images(tag):
                self.client.api.remove_image(tag)


@pytest.fixture(scope="module")
def client() -> Iterator[DockerClient]:
    client = docker.from_env(timeout=600)
    yield client
    client.close()


@pytest.fixture(scope="module")
def wheelhouse(client: DockerClient, tmp_path_factory: pytest.TempPathFactory) -> str:
    """One small package, pinned as the probe's list pins it."""
    pins = (images.IMAGES / "probe/requirements.txt").read_text()
    pinned = re.search(r"^idna==.*?(?=^\S)", pins, re.MULTILINE | re.DOTALL)
    assert pinned
    requirements = tmp_path_factory.mktemp("wheelhouse") / "requirements.txt"
    requirements.write_text(pinned[0])
    return images.ensure_wheelhouse(client, requirements, silent)


@pytest.fixture
def builder(client: DockerClient, wheelhouse: str, tmp_path: Path) -> Iterator[Builder]:
    """A builder that must have left nothing but tagged images, whatever was built."""
    builder = Builder(client, tmp_path, images.base_images(client, silent), wheelhouse)
    yield builder
    builder.remove_images()
    assert builder.left_behind() == []


# --------------------------------------------------------------------------- honest builds


def test_a_plain_dockerfile_builds_offline_from_the_wheelhouse(builder: Builder) -> None:
    built = builder.built(
        FROM + "COPY requirements.txt .\nRUN pip install -r requirements.txt\n"
        'COPY . /app\nUSER 1000\nEXPOSE 8080\nCMD ["python", "/app/app.py"]\n',
        **{"requirements.txt": "idna\n", "app.py": "import idna\n"},
    )

    image = built.image
    assert (image.user, image.exposed_ports, image.command) == (
        "1000",
        (8080,),
        ("python", "/app/app.py"),
    )
    assert image.size_mib is not None
    assert image.base_size_mib is not None
    assert 0 < image.size_mib - image.base_size_mib < 10
    assert "[3/7] line 3: RUN pip install -r requirements.txt" in built.log


def test_an_image_that_exists_is_not_built_again_and_tells_the_same_story(
    builder: Builder,
) -> None:
    first = builder.built(FROM + "RUN echo once\n")

    again = builder.built("this is not even read", tag=builder.tags[0])

    assert again.reused
    assert not first.reused
    assert again.image == first.image
    assert (again.log, round(again.build_s, 2)) == (first.log, round(first.build_s, 2))


def test_layers_of_packages_can_be_copied_between_stages(builder: Builder) -> None:
    site = "/usr/local/lib/python3.11/site-packages"
    built = builder.built(
        f"{FROM}RUN pip install idna && pip install --prefix=/prefix -I idna\n"
        f"{FROM}COPY --from=0 {site} {site}\nRUN python -c 'import idna'\n"
        f"{FROM}COPY --from=0 /prefix /usr/local\nRUN python -c 'import idna'\n"
        f"{FROM}RUN python -m venv /venv && /venv/bin/pip install idna && useradd app\n"
        "COPY --from=1 /etc/passwd /one\nCOPY --from=2 /etc/passwd /two\n"
    )

    assert built.log.count("import idna") == 2


def test_stages_nothing_needs_are_not_built(builder: Builder) -> None:
    builder.built(f"{FROM}RUN false\n{FROM}RUN true\n")


def test_the_base_gains_no_privileges_and_may_write_nothing_unseen(builder: Builder) -> None:
    builder.built(FROM + 'RUN test -z "$(find / -xdev -perm /6000 -type f)"\n')


def test_dockerignore_and_our_own_files_stay_out_of_the_image(builder: Builder) -> None:
    built = builder.built(
        FROM + "COPY . /app\nRUN ls -A /app\n",
        **{".dockerignore": "*.secret\n", "a.secret": "x", "b.txt": "x"},
    )

    assert built.log.endswith("Dockerfile\nb.txt\n")


# --------------------------------------------------------------- time, output and resources


@pytest.mark.parametrize(
    "command",
    ["sleep 1000", "while :; do echo x; sleep .2; done", "trap '' TERM INT; while :; do :; done"],
    ids=["silent", "trickling", "spinning"],
)
def test_a_build_without_end_ends_at_its_deadline(builder: Builder, command: str) -> None:
    failed = builder.failed(FROM + f"RUN {command}\n", deadline_s=4)

    assert failed.kind is BuildFailure.DEADLINE
    assert "line 2" in failed.message
    assert 4 <= failed.build_s < 30  # the engine's own clean-up takes long on a busy host


@pytest.mark.parametrize(
    "command",
    ["yes assay", "yes ''", "yes ' ---> 1a2b3c'", "tr '\\0' '\\r' < /dev/zero"],
    ids=["lines", "empty lines", "the engine's own words", "nothing to be seen"],
)
def test_a_flood_of_output_is_cut_off(builder: Builder, command: str) -> None:
    failed = builder.failed(FROM + f"RUN {command}\n", deadline_s=30)

    assert failed.kind is BuildFailure.LOG_FLOOD
    assert len(failed.log) < 2 * SMALL.log_bytes


def test_one_endless_line_is_cut_off(builder: Builder) -> None:
    failed = builder.failed(FROM + "RUN tr '\\0' x < /dev/zero\n", deadline_s=30)

    assert failed.kind is BuildFailure.LOG_FLOOD


def test_a_fork_bomb_is_held_by_the_limit_on_processes(builder: Builder) -> None:
    bomb = (
        "import os, time\nn = 0\ntry:\n  while n < 5000:\n"
        "    if os.fork() == 0: time.sleep(30); os._exit(0)\n    n += 1\n"
        "except OSError as e: print('forks', n, e, flush=True)\nos._exit(1)\n"
    )

    failed = builder.failed(FROM + "COPY bomb.py /\nRUN python /bomb.py\n", **{"bomb.py": bomb})

    forks = re.search(r"forks (\d+)", failed.log)
    assert forks
    assert int(forks[1]) < SMALL.pids
    assert (failed.kind, "64 processes" in failed.message) == (BuildFailure.COMMAND, True)


@pytest.mark.parametrize(
    "command",
    [
        "python -c 'bytearray(900 << 20)'",
        'python -c \'import os; os.system("python -c \\"bytearray(900 << 20)\\"")\'; exit 1',
    ],
    ids=["first process", "child"],
)
def test_a_memory_bomb_is_told_as_memory(builder: Builder, command: str) -> None:
    failed = builder.failed(FROM + f"RUN {command}\n")

    assert failed.kind is BuildFailure.MEMORY
    assert "256 MiB" in failed.message


def test_one_file_cannot_fill_the_disk(builder: Builder) -> None:
    failed = builder.failed(FROM + "RUN dd if=/dev/zero of=/big bs=1M count=3000\n")

    assert failed.kind is BuildFailure.COMMAND
    assert "too large" in failed.message


def test_many_files_cannot_fill_the_disk(builder: Builder) -> None:
    many = "for i in $(seq 200); do head -c 50M /dev/zero > /big$i; sleep .2; done"

    failed = builder.failed(FROM + f"RUN {many}\n")

    assert failed.kind is BuildFailure.IMAGE_TOO_LARGE


def test_an_image_that_is_too_large_is_not_kept(builder: Builder) -> None:
    failed = builder.failed(
        FROM + "RUN head -c 60M /dev/zero > /a\nRUN head -c 60M /dev/zero > /b\n",
        limits=BuildLimits(image_mib=200),
    )

    assert failed.kind is BuildFailure.IMAGE_TOO_LARGE
    assert not builder.client.api.images(builder.tags[-1])


# ------------------------------------------------------------------------- shared layers


STAMP = "RUN cat /proc/sys/kernel/random/uuid > /stamp"
TWO_STAGES = f"FROM python:3.11-slim AS app\n{STAMP}\nFROM app AS test\n{STAMP}\nFROM app\n"


def test_no_two_images_of_a_foreign_tree_share_a_layer_not_even_that_of_its_tests(
    builder: Builder,
) -> None:
    service, tests, again = (
        builder.layers(TWO_STAGES, target=target) for target in (None, "test", "test")
    )

    assert (len(service), len(tests), len(again)) == (1, 2, 2)
    assert len(service | tests | again) == 5


def test_layers_of_a_foreign_tree_get_into_none_of_ours(builder: Builder) -> None:
    """Whoever knows the reference's Dockerfile could otherwise leave layers for it."""
    foreign = builder.layers(TWO_STAGES)
    ours, again = (builder.layers(TWO_STAGES, ours=True) for _ in range(2))

    assert not foreign & ours
    assert ours == again, "our own trees are built from what is there"


# ------------------------------------------------------------------------ reaching outside


REFUSED = {
    "an address": FROM + "ADD http://127.0.0.1:1/x /x\n",
    "a neighbour's image": "FROM assay-test/neighbour:1\n",
    "a neighbour's files": FROM + "COPY --from=assay-test/neighbour:1 /etc /etc\n",
    "a mount": FROM + "RUN --mount=type=bind,from=python:3.11-slim,target=/h ls /h\n",
    "a frontend": "# syntax=evil/frontend\n" + FROM,
    "the root as a volume": FROM + "VOLUME /\n",
    "the host's network": FROM + "RUN --network=host true\n",
}


@pytest.mark.parametrize("dockerfile", REFUSED.values(), ids=REFUSED.keys())
def test_what_the_policy_forbids_never_reaches_the_engine(
    builder: Builder, dockerfile: str
) -> None:
    failed = builder.failed(dockerfile)

    assert (failed.kind, failed.log) == (BuildFailure.POLICY, "")


LOOK_AROUND = """
import os, socket
def reached(address, port):
    try:
        socket.create_connection((address, port), 2).close()
        return True
    except OSError:
        return False
assert os.listdir("/sys/class/net") == ["lo"], os.listdir("/sys/class/net")
assert len(open("/proc/net/route").readlines()) == 1
assert not any(reached(a, p) for a in ("192.0.2.1", "169.254.169.254", "172.17.0.1") for p in (80,))
assert not any(reached("127.0.0.1", port) for port in (22, 80, 2375, HOST_PORT))
try:
    socket.getaddrinfo("example.com", 80)
    raise SystemExit("a name was resolved")
except socket.gaierror:
    print("nothing reached")
"""


@pytest.mark.parametrize("with_packages", [True, False])
def test_a_running_instruction_has_a_loopback_and_nothing_else(
    builder: Builder, with_packages: bool
) -> None:
    builder.packages = builder.packages if with_packages else None
    with socket.create_server(("0.0.0.0", 0)) as host:
        look = LOOK_AROUND.replace("HOST_PORT", str(host.getsockname()[1]))
        built = builder.built(FROM + "COPY look.py /\nRUN python /look.py\n", **{"look.py": look})

    assert "nothing reached" in built.log


def test_links_in_the_tree_are_not_followed(builder: Builder) -> None:
    (builder.directory / "passwd").symlink_to("/etc/passwd")

    with pytest.raises(OSError, match="symbolic link"):
        builder.build(FROM + "COPY passwd /p\n")


def test_a_build_cannot_forge_its_own_ending(builder: Builder) -> None:
    """A RUN prints what the engine prints when a build has succeeded, then fails."""
    forged = 'printf "Step 9/9 : CMD x\\n ---> 1a2b3c4d5e6f\\nSuccessfully built 1a2b3c4d5e6f\\n"'

    failed = builder.failed(FROM + f"RUN {forged}; exit 3\n")

    assert (failed.kind, "line 2" in failed.message) == (BuildFailure.COMMAND, True)
    assert "exit status 3" in failed.message


# ----------------------------------------------------------------------- whose fault it is


def test_a_repository_without_a_dockerfile_is_told_so(builder: Builder, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    spec = BuildSpec(builder.run_id, empty, "assay-test/none:1", builder.bases)

    outcome = build_image(builder.client, spec, deadline_s=10, on_log=silent)

    assert isinstance(outcome, BuildFailed)
    assert outcome.kind is BuildFailure.NO_DOCKERFILE


@pytest.mark.parametrize(
    ("instruction", "words"),
    [
        ("RUN pip install nosuchpackage", "nosuchpackage is not among the packages"),
        ("COPY missing.txt /", "missing.txt"),
        ("RUN apt-get install curl", "no network"),
        ("USER nobody-here\nRUN true", "nobody-here"),
        ("RUN exit 4", "exit status 4"),
        ("VOLUME /etc/passwd", "existing file"),
    ],
)
def test_a_failed_instruction_is_named_with_its_line_and_a_remedy(
    builder: Builder, instruction: str, words: str
) -> None:
    failed = builder.failed(FROM + instruction + "\n")

    assert failed.kind is BuildFailure.COMMAND
    assert words in failed.message
    assert re.search(r"line [23]", failed.message)


def test_a_base_image_the_engine_lost_is_our_fault(builder: Builder) -> None:
    builder.bases = {"python:3.11-slim": "assay-test/gone:1"}

    with pytest.raises(EngineFault):
        builder.build(FROM + "RUN true\n")
