"""`doctor --fix` plans first, touches only what is missing, and leaves others' engines alone."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.fakes.machine import NO_DAEMON, a_machine, fails, finds

from assay_sandbox.doctor.daemon import NoDaemon
from assay_sandbox.doctor.perform import perform
from assay_sandbox.doctor.repair import Step, missing_packages, obstacle, plan
from assay_sandbox.errors import SandboxError


def commands(steps: tuple[Step, ...]) -> list[str]:
    return [" ".join(step.command) for step in steps]


def test_a_machine_that_lacks_nothing_is_left_alone(tmp_path: Path) -> None:
    assert plan(a_machine(tmp_path)) == ()


def test_only_missing_packages_are_installed(tmp_path: Path) -> None:
    machine = a_machine(
        tmp_path, which=finds("dockerd", "iptables", "mmdebstrap", "git", "update-ca-certificates")
    )

    packages = ("bubblewrap", "prometheus", "prometheus-alertmanager")
    assert missing_packages(machine) == packages
    assert commands(plan(machine)) == [
        "apt-get -y -q update",
        f"apt-get -y -q install --no-install-recommends {' '.join(packages)}",
    ]


def test_programs_in_sbin_count_as_installed(tmp_path: Path) -> None:
    (tmp_path / "usr/sbin").mkdir(parents=True)
    (tmp_path / "usr/sbin/iptables").touch()
    machine = a_machine(tmp_path, which=finds(), daemon=NO_DAEMON)

    assert "docker.io" in missing_packages(machine)
    assert "iptables" not in missing_packages(machine)


def test_a_machine_whose_engine_answers_gets_no_other(tmp_path: Path) -> None:
    machine = a_machine(tmp_path, which=finds())

    assert "docker.io" not in missing_packages(machine)


def test_a_python_without_venv_gets_one(tmp_path: Path) -> None:
    assert missing_packages(a_machine(tmp_path, trial=fails)) == ("python3-venv",)


def test_a_service_that_came_along_does_not_stay(tmp_path: Path) -> None:
    machine = a_machine(tmp_path, {"proc/1/comm": "systemd"}, which=finds())

    found = commands(plan(machine))
    assert "systemctl disable --now prometheus" in found
    assert "systemctl disable --now prometheus-alertmanager" in found


@pytest.mark.parametrize(
    ("init", "command", "detached"),
    [("systemd", "systemctl enable --now docker", False), ("bash", "dockerd", True)],
)
def test_an_engine_that_is_down_is_started_as_the_machine_starts_things(
    tmp_path: Path, init: str, command: str, detached: bool
) -> None:
    steps = plan(a_machine(tmp_path, {"proc/1/comm": init}, daemon=NO_DAEMON))

    assert commands(steps) == [command]
    assert steps[0].detached is detached
    assert steps[0].starts_engine


@pytest.mark.parametrize(
    "daemon",
    [
        NoDaemon("tcp://builder:2376", "connection refused"),
        NoDaemon("unix:///var/run/docker.sock", "permission denied"),
    ],
)
def test_an_engine_that_is_not_ours_to_start_is_left_alone(
    tmp_path: Path, daemon: NoDaemon
) -> None:
    assert plan(a_machine(tmp_path, daemon=daemon)) == ()
    assert "docker.io" not in missing_packages(a_machine(tmp_path, daemon=daemon, which=finds()))


@pytest.mark.parametrize("release", ["ID=ubuntu", "ID=mint\nID_LIKE=ubuntu", 'ID="debian"'])
def test_debian_and_its_children_can_be_mended(tmp_path: Path, release: str) -> None:
    reason = obstacle(a_machine(tmp_path, {"etc/os-release": release}))

    assert reason in (None, "this needs root")


def test_other_systems_get_the_commands_to_read_only(tmp_path: Path) -> None:
    reason = obstacle(a_machine(tmp_path, {"etc/os-release": "ID=fedora"}))

    assert reason is not None
    assert "not Debian" in reason


def test_a_step_that_fails_says_what_it_printed() -> None:
    step = Step("try", ("sh", "-c", "echo no space left; exit 7"))
    said: list[str] = []

    with pytest.raises(SandboxError, match="ended with 7:\nno space left") as caught:
        perform([step], said.append)

    assert said == ["try: sh -c echo no space left; exit 7"]
    assert "doctor --fix" in caught.value.remedy


def test_a_step_that_may_fail_does_not_stop_the_rest() -> None:
    said: list[str] = []
    steps = [replace(Step("a", ("false",)), optional=True), Step("b", ("true",))]

    perform(steps, said.append)

    assert said == ["a: false", "b: true"]
