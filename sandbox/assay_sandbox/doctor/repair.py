"""Install and start what is missing on Debian and Ubuntu. Planned in full before it begins."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assay_sandbox.docker_facts import DEFAULT_SOCKET
from assay_sandbox.doctor.daemon import NoDaemon
from assay_sandbox.doctor.machine import Machine

PACKAGES: dict[str, tuple[str, ...]] = {
    "dockerd": ("docker.io",),
    "iptables": ("iptables",),
    "bwrap": ("bubblewrap",),
    "mmdebstrap": ("mmdebstrap",),
    "promtool": ("prometheus",),
    "amtool": ("prometheus-alertmanager",),
    "git": ("git",),
    "update-ca-certificates": ("ca-certificates",),
}
"""Program -> Debian packages that bring it."""

ENGINE_PROGRAMS = ("dockerd", "iptables")

VENV_PACKAGE = "python3-venv"

DOCKERD_LOG = Path("/var/log/assay-dockerd.log")

PACKAGE_SERVICES = ("prometheus", "prometheus-alertmanager")
"""Services that come with a package of which we want a program only."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a repair, and why it is needed.

    Attributes:
        detached: Stays running after we have gone; its output goes to `DOCKERD_LOG`.
        optional: May fail (a service that was never there cannot be stopped).
        starts_engine: Done only when the engine answers.
    """

    why: str
    command: tuple[str, ...]
    detached: bool = False
    optional: bool = False
    starts_engine: bool = False


def plan(machine: Machine) -> tuple[Step, ...]:
    """What would mend this machine, in order; empty if nothing is missing."""
    return (*_install(machine), *_start_engine(machine))


def obstacle(machine: Machine) -> str | None:
    """Why we cannot carry out a plan here ourselves, or None if we can."""
    if not _is_debian(machine):
        return "this is not Debian or Ubuntu: install the equivalents of these packages"
    if os.geteuid() != 0:
        return "this needs root"
    return None


def _is_debian(machine: Machine) -> bool:
    release = dict(
        line.split("=", 1)
        for line in (machine.read("/etc/os-release") or "").splitlines()
        if "=" in line
    )
    names = f"{release.get('ID', '')} {release.get('ID_LIKE', '')}".replace('"', "").split()
    return bool({"debian", "ubuntu"} & set(names))


def missing_packages(machine: Machine) -> tuple[str, ...]:
    """Debian packages whose programs are not on the PATH."""
    programs = [p for p in PACKAGES if _engine_is_ours(machine) or p not in ENGINE_PROGRAMS]
    wanted = [name for p in programs if not _has(machine, p) for name in PACKAGES[p]]
    if machine.trial(("/usr/bin/python3", "-c", "import ensurepip, venv")).code != 0:
        wanted.append(VENV_PACKAGE)
    return tuple(wanted)


def _engine_is_ours(machine: Machine) -> bool:
    """Whether the engine is the usual one and down; any other is somebody else's to set up."""
    daemon = machine.daemon
    return isinstance(daemon, NoDaemon) and not daemon.forbidden and daemon.host == DEFAULT_SOCKET


def _has(machine: Machine, program: str) -> bool:
    """Root's daemons live in sbin, which is not on everybody's PATH."""
    return machine.which(program) is not None or any(
        (machine.root / folder / program).exists() for folder in ("usr/sbin", "sbin")
    )


def _install(machine: Machine) -> tuple[Step, ...]:
    packages = missing_packages(machine)
    if not packages:
        return ()
    apt = ("apt-get", "-y", "-q")
    steps = [
        Step("refresh the package lists", (*apt, "update")),
        Step("install what is missing", (*apt, "install", "--no-install-recommends", *packages)),
    ]
    if _has_systemd(machine):
        steps += [
            Step(
                f"keep only the programs of {name}",
                ("systemctl", "disable", "--now", name),
                optional=True,
            )
            for name in PACKAGE_SERVICES
            if name in packages
        ]
    return tuple(steps)


def _has_systemd(machine: Machine) -> bool:
    return machine.read("/proc/1/comm") == "systemd"


def _start_engine(machine: Machine) -> tuple[Step, ...]:
    """The way this machine starts things; nothing if the engine is up or not ours."""
    if not _engine_is_ours(machine):
        return ()
    why = "start the container engine"
    if _has_systemd(machine):
        return (Step(why, ("systemctl", "enable", "--now", "docker"), starts_engine=True),)
    return (Step(why, ("dockerd",), detached=True, starts_engine=True),)


@contextmanager
def services_stay_off() -> Iterator[None]:
    """While packages are installed, none of their services may be started.

    Debian asks /usr/sbin/policy-rc.d before a package starts a service; 101 says no. One
    that exists already is the operator's, and stays.
    """
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            policy.unlink(missing_ok=True)


def executable(command: tuple[str, ...]) -> tuple[str, ...]:
    """The command with its program's full path, looking into sbin too."""
    path = f"{os.environ.get('PATH', '')}:/usr/local/sbin:/usr/sbin:/sbin"
    return (shutil.which(command[0], path=path) or command[0], *command[1:])
