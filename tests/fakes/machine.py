"""A made-up machine for the doctor: a healthy one, unless a test says otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assay_sandbox.doctor.daemon import DaemonFacts, DaemonNetwork, NoDaemon
from assay_sandbox.doctor.machine import Machine, Trial

MONITORING = ("prometheus", "promtool", "prometheus-alertmanager", "amtool")
PROGRAMS = ("dockerd", "iptables", "bwrap", "mmdebstrap", "git", *MONITORING)
HEALTHY_FILES = {
    "proc/1/comm": "init",
    "proc/loadavg": "0.10 0.20 0.30 1/200 4242",
    "proc/meminfo": "MemTotal: 16000000 kB\nMemAvailable: 12000000 kB\nSwapTotal: 0 kB\n"
    "SwapFree: 0 kB",
    "proc/net/route": "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"
    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0",
    "proc/stat": "cpu 1000 0 500 98000 100 0 50 0 0 0",
    "etc/os-release": 'ID=debian\nVERSION_ID="12"',
    "sys/fs/cgroup/cgroup.controllers": "cpuset cpu io memory pids",
    "sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc",
}

DAEMON = DaemonFacts(
    host="unix:///var/run/docker.sock",
    version="24.0.7",
    api="1.43",
    cgroup_version="2",
    cgroup_driver="systemd",
    data_root="/",
    networks=(DaemonNetwork("bridge", ("172.17.0.0/16",), {}),),
    image_tags=("assay/probe:1",),
)

NO_DAEMON = NoDaemon("unix:///var/run/docker.sock", "no such file or directory")


def a_machine(root: Path, files: Mapping[str, str] | None = None, **changes: Any) -> Machine:
    """A healthy machine whose /proc, /sys and /etc lie under `root`."""
    for name, text in {**HEALTHY_FILES, **(files or {})}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    machine = Machine(
        daemon=DAEMON, root=root, which=finds(*PROGRAMS, "update-ca-certificates"),
        trial=succeeds, cores=4, places={"cache": root},
    )  # fmt: skip
    return replace(machine, **changes)


def finds(*programs: str) -> Any:
    """A PATH that holds these programs only."""
    return lambda name: f"/usr/bin/{name}" if name in programs else None


def succeeds(command: Sequence[str]) -> Trial:
    """Every program works."""
    return Trial(0, "")


def fails(command: Sequence[str]) -> Trial:
    """No program works."""
    return Trial(1, "Operation not permitted")
