"""Submission and reference side by side: neither can reach, use up or break what is the other's."""

import contextlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.fakes.challenges import make_challenge
from tests.fakes.engines import ENGINES, MARKS, Stand
from tests.fakes.monitoring_worlds import Noting, silent
from tests.fakes.processes import descendants
from tests.fakes.program_images import program_image

from assay.adapters.host import host_of
from assay.adapters.images import Images
from assay.adapters.world import SandboxWorld
from assay.bootstrap.evaluating import FIRST_UID, uid_of
from assay.evaluation.ports import Role
from assay.kit.deadline import Deadline
from assay_sandbox import images, local_proc, local_trusted
from assay_sandbox.conformance_lab import SMALL, wait_for_word
from assay_sandbox.conformance_network import SCAN
from assay_sandbox.docker_container import DockerContainer
from assay_sandbox.docker_engine import DockerEngine
from assay_sandbox.docker_network import SUBNET_BITS
from assay_sandbox.engine import Capability, Container
from assay_sandbox.environment import SERVICE_ROLES, CoreLayout, Environment
from assay_sandbox.local_container import LocalContainer
from assay_sandbox.ownership import ROLE_LABEL, RUN_LABEL

pytestmark = pytest.mark.slow

PROGRAM = """
import os, time, urllib.request
print('address', os.environ['BUREAU_URL'])
number = 0
while True:
    number += 1
    try:
        with urllib.request.urlopen(os.environ['BUREAU_URL'] + '/income/A-1', timeout=2) as found:
            print('asked', number, found.read().decode())
    except OSError as problem:
        print('asked', number, 'and got nothing')
    time.sleep(0.1)
"""
"""Asks its bureau again and again, and says what it got."""
BUREAU = {
    "name": "bureau",
    "environment": "BUREAU_URL",
    "port": 8090,
    "behaviour": "lookup",
    "data": "bureau.jsonl",
    "settings": {"path": "/income/{id}", "fields": ["income"], "key": "id"},
}
KNOWN = b'{"id": "A-1", "income": 30000}\n'
Place = tuple[str, int]
ISOLATING = [pytest.param(name, marks=MARKS[name]) for name in ("docker", "bubblewrap")]


@dataclass
class Duet:
    """Both services of one run, and the engine they run on."""

    world: SandboxWorld
    engine: Noting

    @property
    def run_id(self) -> str:
        return self.world.environment.run_id

    def container(self, role: str) -> Container:
        (found,) = [one for one in self.engine.started if one.role == role]
        return found

    def start(self, image: str) -> None:
        for role in SERVICE_ROLES:
            self.world.boot(role, image, deadline=Deadline.after(60))
            wait_for_word(self.container(role), "asked")

    def answers(self, role: Role, *, after: int) -> list[str]:
        """What a service got, once it has asked three times more than the first `after`."""
        container = self.container(role)
        wait_for_word(container, f"asked {after + 3} ")
        said = (line.split(" ", 2) for line in container.logs().text.splitlines())
        return [words[2] for words in said if words[0] == "asked" and int(words[1]) > after]

    def asked(self, role: Role) -> int:
        """How often a service has asked so far."""
        return self.container(role).logs().text.count("asked ")


@pytest.fixture(scope="module", params=ISOLATING)
def stand(request: pytest.FixtureRequest) -> Iterator[Stand]:
    made = ENGINES[request.param]()
    yield made
    if isinstance(made.engine, DockerEngine):
        made.engine.close()


@pytest.fixture(scope="module")
def image(stand: Stand) -> Iterator[str]:
    with program_image(stand, PROGRAM, "duet") as reference:
        yield reference


@contextlib.contextmanager
def running(stand: Stand, image: str, run_id: str = "") -> Iterator[Duet]:
    """Both services of a run as an evaluation starts them, removed at the end."""
    engine, layout = Noting(stand.engine), CoreLayout.of_host(1)
    run_id = run_id or secrets.token_hex(4)
    probe = local_trusted.IMAGES[0]
    if isinstance(stand.engine, DockerEngine):
        probe = images.ensure_probe(stand.engine.client, silent)
    world = SandboxWorld(
        engine=engine,  # type: ignore[arg-type]
        environment=Environment(engine, run_id, layout, SMALL, probe, uid_of(run_id)),  # type: ignore[arg-type]
        challenge=make_challenge(dependency=[BUREAU]),
        harness={"bureau.jsonl": KNOWN},
        images=Images({}, None, probe),
        host=host_of(stand.engine, layout),
        reuse_layers=False,
    )
    with world:
        duet = Duet(world, engine)
        duet.start(image)
        yield duet


# ------------------------------------------------------------------------------ dependencies


def test_each_service_asks_a_stand_in_of_its_own(stand: Stand, image: str) -> None:
    """When the submission's is gone, and only then, the submission gets nothing."""
    with running(stand, image) as duet:
        roles = [one.role for one in duet.engine.started]
        before = {role: duet.answers(role, after=0) for role in SERVICE_ROLES}
        duet.world.environment.remove(duet.container("standin-sub"))
        last = {role: duet.asked(role) + 1 for role in SERVICE_ROLES}
        after = {role: duet.answers(role, after=last[role]) for role in SERVICE_ROLES}

    assert roles == ["standin-sub", "submission", "standin-ref", "reference"]
    assert {json.loads(one)["income"] for said in before.values() for one in said} == {30000}
    assert set(after["submission"]) == {"and got nothing"}
    assert {json.loads(one)["income"] for one in after["reference"]} == {30000}


def only_docker(stand: Stand) -> DockerEngine:
    if not isinstance(stand.engine, DockerEngine):
        pytest.skip("the local engine has relays in place of networks")
    return stand.engine


def test_a_service_shares_its_network_with_its_own_stand_in_alone(stand: Stand, image: str) -> None:
    docker = only_docker(stand)
    with running(stand, image) as duet:
        seen = {one.role: Seen.of(docker, duet, one.role) for one in duet.engine.started}
        networks = {role: one.networks for role, one in seen.items()}

    for role in SERVICE_ROLES:
        (members,) = networks[role].values()
        assert members == {seen[role].about["Id"], seen[f"standin-{role[:3]}"].about["Id"]}
    assert networks["submission"] == networks["standin-sub"]
    assert networks["reference"] == networks["standin-ref"]


def test_a_service_reaches_its_own_stand_in_and_nothing_around_the_others(
    stand: Stand, image: str
) -> None:
    docker = only_docker(stand)
    with running(stand, image) as duet:
        hosts = {role: hosts_around(duet, role) for role in SERVICE_ROLES}
        ports = [port for role in SERVICE_ROLES for port in ports_beside(duet, role)]
        everywhere = [(host, port) for role in hosts for host in hosts[role] for port in ports]
        seen = [Seen.of(docker, duet, role) for role in SERVICE_ROLES]
        with ThreadPoolExecutor() as both:  # each waits for the many that do not answer
            scans = both.map(lambda one: one.connected(everywhere), seen)
            found = dict(zip(SERVICE_ROLES, scans, strict=True))
        stand_ins = {
            role: duet.container(f"standin-{role[:3]}").address() for role in SERVICE_ROLES
        }

    assert not set(hosts["submission"]) & set(hosts["reference"])
    for role in SERVICE_ROLES:
        assert {host for host, _ in found[role]} == {stand_ins[role][0]}, found
        assert stand_ins[role][0] in hosts[role]


@dataclass(frozen=True)
class Seen:
    """A container as the engine describes it."""

    docker: DockerEngine
    about: Mapping[str, Any]

    @classmethod
    def of(cls, docker: DockerEngine, duet: Duet, role: str) -> "Seen":
        labels = [f"{RUN_LABEL}={duet.run_id}", f"{ROLE_LABEL}={role}"]
        (row,) = docker.client.api.containers(filters={"label": labels})
        return cls(docker, docker.client.api.inspect_container(row["Id"]))

    @property
    def networks(self) -> dict[str, set[str]]:
        """Each of its networks, with everybody on it."""
        api, mine = self.docker.client.api, self.about["NetworkSettings"]["Networks"]
        found = [one["NetworkID"] for one in mine.values()]
        return {one: set(api.inspect_network(one)["Containers"]) for one in found}

    def connected(self, places: list[Place]) -> list[Place]:
        """Those of the places that can be reached from inside of it."""
        api = self.docker.client.api
        program = f"PLACES = {places!r}\n{SCAN}"
        started = api.exec_create(self.about["Id"], ["python3", "-c", program])
        return [tuple(place) for place in json.loads(api.exec_start(started["Id"]))]


def hosts_around(duet: Duet, role: Role) -> list[str]:
    """Every address of the network of a service."""
    host, _ = duet.container(f"standin-{role[:3]}").address()
    return [str(one) for one in ip_network(f"{host}/{SUBNET_BITS}", strict=False).hosts()]


def ports_beside(duet: Duet, role: Role) -> list[int]:
    """The ports of the stand-in of a service: the one it was told, and the one that steers."""
    _, control_port = duet.container(f"standin-{role[:3]}").address()
    (url,) = re.findall(r"address (\S+)", duet.container(role).logs().text)
    return [control_port, urlsplit(url).port or 0]


# ------------------------------------------------------------------------------------- users


def test_no_service_of_any_run_has_another_ones_user(stand: Stand, image: str) -> None:
    """Some limits of the kernel count per user: processes, watches, messages, keys."""
    if Capability.OWN_UID not in stand.engine.capabilities:
        pytest.skip("this engine declares no users of their own")
    runs = two_runs()
    with running(stand, image, runs[0]) as one, running(stand, image, runs[1]) as other:
        users = [users_of(duet.container(role)) for duet in (one, other) for role in SERVICE_ROLES]
        trusted = users_of(one.container("standin-sub")) | users_of(one.container("standin-ref"))

    assert [len(each) for each in users] == [1, 1, 1, 1], "one user for all its processes"
    everybody = set().union(*users)
    assert len(everybody) == 4
    assert min(everybody) >= FIRST_UID
    assert not everybody & trusted


def test_the_user_of_a_service_has_no_privileges_and_no_other_groups(
    stand: Stand, image: str
) -> None:
    if Capability.OWN_UID not in stand.engine.capabilities:
        pytest.skip("this engine declares no users of their own")
    with running(stand, image) as duet:
        for role in SERVICE_ROLES:
            for pid in pids_of(duet.container(role)):
                status = status_of(pid)
                assert len({*status["Uid"], *status["Gid"]}) == 1, (role, status)
                assert set(status["Groups"]) <= set(status["Gid"]), (role, status)
                held = {status[name][0] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd")}
                assert held == {"0" * 16}, (role, status)


def two_runs() -> tuple[str, str]:
    """Two runs as they begin; of ten thousand pairs of users they seldom draw the same."""
    one = secrets.token_hex(4)
    return one, next(o for o in iter(lambda: secrets.token_hex(4), "") if uid_of(o) != uid_of(one))


def pids_of(container: Container) -> set[int]:
    """The processes of a container, as this machine numbers them."""
    if isinstance(container, LocalContainer):
        assert container.process.inner_pid is not None
        found = local_proc.pids_of_namespace(container.process.inner_pid)
        return {pid for pid in found if status_of(pid)["Name"] != ["bwrap"]}  # waits for the others
    assert isinstance(container, DockerContainer)
    main = int(
        container._client.api.inspect_container(container._identity.reference)["State"]["Pid"]
    )
    return {main, *descendants(main)}


def users_of(container: Container) -> set[int]:
    """The users its processes really are, to the kernel of this machine."""
    return {int(uid) for pid in pids_of(container) for uid in status_of(pid)["Uid"]}


def status_of(pid: int) -> dict[str, list[str]]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: rest.split() for name, _, rest in (line.partition(":") for line in lines)}
