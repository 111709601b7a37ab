"""docker-compose.yml, really started: built, pushed to, hurt, watched, and taken down."""

import json
import os
import re
import secrets
import shutil
import signal
import urllib.parse
import urllib.request
from collections.abc import Iterator

import pytest
from tests.fakes.compose import (
    ROOT,
    SECRET,
    Stack,
    described,
    docker,
    stack_at,
    wait_until,
)
from tests.fakes.git_site import Clone, remote_lines
from tests.fakes.quick_challenge import APP, DOCKERFILE

from assay.bootstrap.driven_process import SECRETS

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.docker,
    pytest.mark.alone,
    pytest.mark.minutes,
    pytest.mark.skipif(
        shutil.which("docker-compose") is None, reason="docker-compose is not installed; .ci/tools"
    ),
]

OF_CHILDREN = """
for process in $(grep -la "assay[.]worker[.]child" /proc/[0-9]*/cmdline); do
    tr '\\0' '\\n' < "$(dirname "$process")/environ"
done
"""
OF_THE_SERVER = """
process=$(grep -la "/opt/assay/bin/[a]ssay" /proc/[0-9]*/cmdline | tail -1)
cat "$(dirname "$process")/status"
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stack_at(tmp_path_factory.mktemp("compose")) as started:
        yield started
    assert started.leftovers() == {"containers": [], "networks": [], "volumes": []}


@pytest.fixture(scope="module")
def dana(stack: Stack) -> Clone:
    return stack.candidate("dana@example.org")


@pytest.fixture(scope="module")
def pushed(dana: Clone) -> list[str]:
    """What the terminal showed of the first push."""
    commit(dana)
    done = dana.push()
    assert done.returncode == 0, done.stderr
    return remote_lines(done)


def commit(clone: Clone, boot_s: int = 0) -> str:
    """A good answer that nobody has built before, and that takes so long to start."""
    service = APP.replace("BOOT_S = 0", f"BOOT_S = {boot_s}")
    noise = {"notes.txt": secrets.token_hex(8)}
    return clone.commit({"Dockerfile": DOCKERFILE, "app.py": service, **noise})


def engines(stack: Stack, *words: str) -> list[str]:
    """What the workers' own engines say, one after the other."""
    return [docker("exec", container, "docker", *words) for container in stack.containers("worker")]


def ask(stack: Stack, path: str, query: str = "") -> object:
    url = f"http://127.0.0.1:{stack.prometheus_port}/api/v1/{path}"
    if query:
        url += "?query=" + urllib.parse.quote(query.replace("$__rate_interval", "2m"))
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.load(answer)["data"]


def test_a_push_is_judged_and_told_in_the_terminal(pushed: list[str]) -> None:
    for stage in ("build", "boot", "contract"):
        assert any(f"[{stage}] done" in line for line in pushed), pushed
    assert any("100.0" in line for line in pushed), pushed


def test_what_was_pushed_was_built_on_an_engine_that_the_machine_knows_nothing_of(
    stack: Stack, pushed: list[str]
) -> None:
    listing = ("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "assay/tree-doubling")
    theirs = {image for said in engines(stack, *listing) for image in said.split()}

    assert theirs - set(docker(*listing).split())


def test_the_engine_has_no_way_out(stack: Stack) -> None:
    within = "nsenter --net --target $(cat /run/assay-engine/pid)"
    routes = stack.within("worker", "sh", "-c", f"{within} ip route; {within} ip -6 route")
    links = stack.within("worker", "sh", "-c", f"{within} ip -o link")

    assert "default" not in routes
    assert re.findall(r"^\d+: (eth\S*)", links, re.M) == []


def test_the_container_of_a_worker_sees_no_disk_of_the_machine(stack: Stack) -> None:
    devices = stack.within("worker", "sh", "-c", "find /dev -type b")
    rights = described(stack.containers("worker")[0])["HostConfig"]

    assert devices == ""
    assert rights["Privileged"] is False
    assert not any("docker.sock" in bind for bind in rights["Binds"])


def test_the_process_that_evaluates_has_no_secret(stack: Stack, pushed: list[str]) -> None:
    said = stack.within("worker", "sh", "-c", OF_CHILDREN)

    assert "DOCKER_HOST=" in said
    assert [name for name in SECRETS if f"{name}=" in said] == []
    assert SECRET not in said


def test_a_secret_file_reaches_its_program_and_no_description_of_the_container(
    stack: Stack,
) -> None:
    own = ("--user", "10001", "web")
    environment = stack.within(*own, "sh", "-c", OF_THE_SERVER.replace("status", "environ"))

    assert f"ASSAY_SECRET_KEY={SECRET}" in environment
    assert SECRET not in str(described(stack.containers("web")[0]))


def test_pages_are_served_without_the_rights_of_root(stack: Stack) -> None:
    status = stack.within("web", "sh", "-c", OF_THE_SERVER)

    assert re.search(r"^Uid:\s+10001\s", status, re.M)
    assert re.search(r"^CapEff:\s+0+$", status, re.M)


def test_the_pages_of_the_rules_are_installed(stack: Stack) -> None:
    assert "points" in stack.within("web", "assay", "challenge", "lint", "--explain", "points-sum")


def test_the_owner_signs_in_by_the_link_that_the_command_prints(stack: Stack) -> None:
    link = stack.within("web", "assay", "sign-in").splitlines()[-1]

    with urllib.request.urlopen(link, timeout=10) as answer:
        assert "Sign in" in answer.read().decode()


def test_when_a_worker_is_killed_the_other_goes_on_and_it_comes_back(
    stack: Stack, dana: Clone, pushed: list[str]
) -> None:
    commit(dana, boot_s=20)
    with dana.start("push", "origin", "main") as client:
        victim = busy_worker(stack)
        os.kill(described(victim)["State"]["Pid"], signal.SIGKILL)
        said = client.communicate(timeout=240)[1]

    assert client.returncode == 0, said
    assert "100.0" in said, said
    wait_until(lambda: described(victim)["State"]["Running"], 60, "the worker is not back")
    assert described(victim)["RestartCount"] == 1
    wait_until(lambda: stack.figures()["assay_workers"] == 2, 90, "it does not work again")


def busy_worker(stack: Stack) -> str:
    """The container in which a submission runs: its own engine knows one."""
    workers = stack.containers("worker")
    found: list[str] = []

    def looked() -> bool:
        running = ("docker", "ps", "--quiet", "--filter", "label=assay.role=submission")
        found[:] = [worker for worker in workers if docker("exec", worker, *running)]
        return bool(found)

    wait_until(looked, 120, "no engine is at work")
    return found[0]


def test_prometheus_sees_assay_and_the_machine(stack: Stack) -> None:
    def up() -> set[str]:
        targets = ask(stack, "targets")
        assert isinstance(targets, dict)
        active = targets["activeTargets"]
        return {one["labels"]["job"] for one in active if one["health"] == "up"}

    wait_until(lambda: up() == {"assay", "machine"}, 60, "targets are down")


def test_every_panel_of_the_dashboard_finds_something(stack: Stack, pushed: list[str]) -> None:
    board = json.loads((ROOT / "deploy/grafana/dashboards/assay.json").read_text())
    queries = {t["expr"] for panel in board["panels"] for t in panel.get("targets", [])}

    def empty() -> list[str]:
        return [query for query in queries if not ask(stack, "query", query)["result"]]  # type: ignore[index]

    wait_until(lambda: empty() == [], 60, f"nothing is found by {empty()}")


def test_nothing_is_wrong_in_the_eyes_of_the_alerts(stack: Stack) -> None:
    data = ask(stack, "rules")
    assert isinstance(data, dict)
    rules = [rule for group in data["groups"] for rule in group["rules"]]
    firing = {rule["name"] for rule in rules if rule["state"] == "firing"}

    assert {rule["health"] for rule in rules} <= {"ok", "unknown"}
    assert firing <= {"AssayMachineStolen"}, firing


def test_a_backup_is_made_while_everything_runs(stack: Stack, pushed: list[str]) -> None:
    said = stack.within("web", "assay", "backup", "/var/lib/assay/all.tar.gz")

    assert "MiB" in said


def test_a_stopped_installation_ends_in_order_and_comes_back_with_everything(
    stack: Stack, dana: Clone
) -> None:
    stack.compose("stop")
    ends = {
        service: [described(one)["State"]["ExitCode"] for one in stack.containers(service)]
        for service in ("database", "web", "worker")
    }
    stack.up()

    assert ends == {"database": [0], "web": [0], "worker": [0, 0]}
    assert dana.git("fetch", "origin").returncode == 0
