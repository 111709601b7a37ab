"""The doctor: every doubt has its remedy, and silence is never health."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.machine import DAEMON, NO_DAEMON, a_machine, fails, finds

from assay_sandbox.doctor.checks import CHECKS, NOISE, examine, noise
from assay_sandbox.doctor.daemon import DaemonNetwork, NoDaemon, ask_daemon
from assay_sandbox.doctor.findings import Finding, Level
from assay_sandbox.doctor.machine import own_places, this_machine
from assay_sandbox.image_cache import cache_directory
from assay_sandbox.local_state import default_home


def test_a_healthy_machine_has_nothing_to_remedy(tmp_path: Path) -> None:
    report = examine(a_machine(tmp_path))

    assert {name: f for name, f in report.findings.items() if f.level is not Level.OK} == {}
    assert report.worst is Level.OK


@pytest.mark.parametrize(
    ("check", "level", "changes"),
    [
        ("container_engine", Level.FAIL, {"daemon": NO_DAEMON}),
        ("container_engine", Level.FAIL, {"daemon": replace(DAEMON, api="1.40")}),
        ("control_groups", Level.FAIL, {"daemon": replace(DAEMON, cgroup_driver="none")}),
        ("kernel_counters", Level.WARN, {"daemon": replace(DAEMON, host="tcp://far:2376")}),
        ("bubblewrap", Level.WARN, {"which": finds()}),
        ("bubblewrap", Level.WARN, {"trial": fails}),
        ("promtool", Level.WARN, {"which": finds()}),
        ("mmdebstrap", Level.WARN, {"which": finds()}),
        ("git", Level.FAIL, {"which": finds()}),
        ("cores", Level.FAIL, {"cores": 1}),
    ],
)
def test_what_is_missing_is_found(
    tmp_path: Path, check: str, level: Level, changes: dict[str, Any]
) -> None:
    finding = CHECKS[check](a_machine(tmp_path, **changes))

    assert finding.level is level
    assert finding.remedy


@pytest.mark.parametrize(
    ("check", "level", "file", "text"),
    [
        ("kernel_counters", Level.FAIL, "sys/fs/cgroup/cgroup.controllers", "cpu pids"),
        ("memory", Level.FAIL, "proc/meminfo", "MemAvailable: 1000000 kB"),
        ("memory", Level.WARN, "proc/meminfo", "MemAvailable: 3000000 kB"),
        ("load_average", Level.WARN, "proc/loadavg", "3.10 1.0 1.0 1/2 3"),
        ("steal_time", Level.WARN, "proc/stat", "cpu 900 0 0 9000 0 0 0 500"),
        ("steal_time", Level.WARN, "proc/stat", ""),
        ("swap", Level.WARN, "proc/meminfo", "SwapTotal: 900000 kB\nSwapFree: 100000 kB"),
        ("hyper_threads", Level.WARN, "sys/devices/system/cpu/smt/active", "1"),
        ("cpu_frequency", Level.WARN, "sys/devices/system/cpu/cpufreq/boost", "1"),
        (
            "cpu_frequency",
            Level.WARN,
            "sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
            "powersave",
        ),
        (
            "clock_source",
            Level.WARN,
            "sys/devices/system/clocksource/clocksource0/current_clocksource",
            "hpet",
        ),
    ],
)
def test_what_the_kernel_says_is_believed(
    tmp_path: Path, check: str, level: Level, file: str, text: str
) -> None:
    finding = CHECKS[check](a_machine(tmp_path, {file: text}))

    assert finding.level is level
    assert finding.remedy


def test_cgroup_v1_needs_its_three_hierarchies(tmp_path: Path) -> None:
    machine = a_machine(tmp_path, {"sys/fs/cgroup/memory/memory.usage_in_bytes": "1"})
    (tmp_path / "sys/fs/cgroup/cgroup.controllers").unlink()

    finding = CHECKS["kernel_counters"](machine)

    assert finding.level is Level.FAIL
    assert "without cpuacct, pids" in finding.found


def test_somebody_elses_network_in_our_address_pool_is_found(tmp_path: Path) -> None:
    theirs = DaemonNetwork("shop", ("10.213.4.0/24",), {"com.docker.compose.project": "shop"})

    finding = CHECKS["address_pool"](
        a_machine(tmp_path, daemon=replace(DAEMON, networks=(theirs,)))
    )

    assert finding.level is Level.WARN
    assert finding.found.startswith("4080 subnets")
    assert "network shop" in finding.found


def test_our_own_networks_do_not_take_the_address_pool(tmp_path: Path) -> None:
    ours = DaemonNetwork("assay-1", ("10.213.4.0/28",), {"assay.run": "1"})
    route = "head\nbr-1\t0004D50A\t00000000\t0001\t0\t0\t0\tF0FFFFFF\t0\t0\t0"
    machine = a_machine(
        tmp_path, {"proc/net/route": route}, daemon=replace(DAEMON, networks=(ours,))
    )

    assert CHECKS["address_pool"](machine).level is Level.OK


def test_a_route_over_our_whole_address_pool_stops_us(tmp_path: Path) -> None:
    route = "head\ntun0\t0000D50A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0"

    finding = CHECKS["address_pool"](a_machine(tmp_path, {"proc/net/route": route}))

    assert finding.level is Level.FAIL
    assert "0 subnets of 10.213.0.0/16 are free; route 10.213.0.0/16" in finding.found


def test_a_finding_that_is_not_ok_cannot_be_without_a_remedy() -> None:
    with pytest.raises(ValueError, match="needs a remedy"):
        Finding(Level.WARN, "something is odd")


def test_only_noise_is_recorded_as_noise(tmp_path: Path) -> None:
    machine = a_machine(tmp_path, {"proc/loadavg": "9.0 1 1 1/2 3"}, daemon=NO_DAEMON)

    assert noise(machine) == ("load average: 9.00 over the last minute on 4 cores",)
    assert set(NOISE) <= set(CHECKS)


def test_an_engine_named_by_the_environment_and_not_there_is_no_engine() -> None:
    answer = ask_daemon({"DOCKER_HOST": "unix:///nowhere/docker.sock"})

    assert answer == NoDaemon("unix:///nowhere/docker.sock", "no such file or directory")


@pytest.mark.parametrize(
    "names", [["ASSAY_CACHE"], ["ASSAY_HOME"], ["XDG_CACHE_HOME"], ["XDG_DATA_HOME"], []]
)
def test_room_is_looked_for_where_things_are_really_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    environment = {name: str(tmp_path / name) for name in names}

    places = own_places(environment)

    assert not any(tmp_path.iterdir()), "looking makes nothing"
    assert places == {
        "cache": cache_directory(environment),
        "evaluations": default_home(environment),
    }


@pytest.mark.parametrize("name", ["ASSAY_CACHE", "ASSAY_HOME"])
def test_a_full_disk_under_a_place_named_by_the_environment_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """There is never a free byte in /proc."""
    monkeypatch.setenv(name, "/proc/not-there-yet")

    finding = CHECKS["disk_space"](this_machine())

    assert finding.level is Level.FAIL
    assert re.search(r"\b0 GiB free for (cache|evaluations)", finding.found)
    assert name in (finding.remedy or "")


def test_every_check_has_an_answer_for_this_machine() -> None:
    report = examine(this_machine())

    assert set(report.findings) == set(CHECKS)
