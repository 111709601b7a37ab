"""The container engine: does it answer, can its containers be measured, is there room for nets."""

from ipaddress import IPv4Network

from assay_sandbox.docker_facts import DEFAULT_SOCKET
from assay_sandbox.docker_network import POOL, free_subnets, host_routes
from assay_sandbox.doctor.daemon import DaemonNetwork, NoDaemon
from assay_sandbox.doctor.findings import Finding, fail, ok, warn
from assay_sandbox.doctor.machine import Machine
from assay_sandbox.images import BASE_IMAGES
from assay_sandbox.ownership import RUN_LABEL

FEWEST_SUBNETS = 16
"""An evaluation takes two; with fewer free ones, evaluations side by side collide."""

OLDEST_API = (1, 41)
"""The oldest engine API the hardened profile was proven on (Docker 20.10)."""

NO_ENGINE = "run `assay doctor --fix` as root on Debian or Ubuntu, or install and start Docker"


def container_engine(machine: Machine) -> Finding:
    """An engine answers, with an API that is new enough."""
    daemon = machine.daemon
    if isinstance(daemon, NoDaemon):
        found = f"none at {daemon.host} ({daemon.reason}): only --sandbox local"
        return fail(found, _engine_remedy(daemon))
    found = f"{daemon.version}, API {daemon.api}, at {daemon.host}"
    if _version(daemon.api) < OLDEST_API:
        return fail(found, "upgrade the engine to Docker 20.10 (API 1.41) or newer")
    return ok(found)


def _engine_remedy(daemon: NoDaemon) -> str:
    if daemon.forbidden:
        return "run as root, or join the group that owns the socket: usermod -aG docker $USER"
    if daemon.host != DEFAULT_SOCKET:
        return f"start the engine at {daemon.host}, or unset DOCKER_HOST"
    return NO_ENGINE


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def control_groups(machine: Machine) -> Finding:
    """Which cgroup version the kernel offers and how the engine drives it."""
    version = "2" if machine.read("/sys/fs/cgroup/cgroup.controllers") is not None else "1"
    if isinstance(machine.daemon, NoDaemon):
        return ok(f"version {version}")
    driver = machine.daemon.cgroup_driver
    found = f"version {machine.daemon.cgroup_version}, driver {driver}"
    if driver == "none":
        return fail(found, "a rootless engine without cgroups enforces no limit: run it as root")
    return ok(found)


def kernel_counters(machine: Machine) -> Finding:
    """CPU-seconds and memory of containers can be read from the kernel."""
    if not _is_local(machine):
        return warn(
            "the engine is remote: its kernel's counters are out of reach",
            "run assay on the engine's own machine; cost and memory stay unmeasured otherwise",
        )
    controllers = machine.read("/sys/fs/cgroup/cgroup.controllers")
    if controllers is not None:
        return _counters_v2(controllers)
    missing = [name for name in ("cpuacct", "memory", "pids") if not _mounted_v1(machine, name)]
    if missing:
        return fail(
            f"cgroup v1 without {', '.join(missing)}",
            "mount the cgroup hierarchies (apt-get install cgroupfs-mount) and restart dockerd",
        )
    return ok("cgroup v1: cpuacct, memory and pids are readable")


def _is_local(machine: Machine) -> bool:
    daemon = machine.daemon
    return isinstance(daemon, NoDaemon) or daemon.host.startswith("unix://")


def _counters_v2(controllers: str) -> Finding:
    missing = {"cpu", "memory", "pids"} - set(controllers.split())
    if missing:
        return fail(
            f"cgroup v2 without {', '.join(sorted(missing))}",
            "enable the controllers on the kernel command line (cgroup_enable=memory)",
        )
    return ok("cgroup v2: cpu, memory and pids are readable")


def _mounted_v1(machine: Machine, name: str) -> bool:
    probe = {"cpuacct": "cpuacct.usage", "memory": "memory.usage_in_bytes", "pids": "tasks"}[name]
    return machine.read(f"/sys/fs/cgroup/{name}/{probe}") is not None


def address_pool(machine: Machine) -> Finding:
    """Enough of the addresses evaluations take their networks from is free."""
    foreign = {**_foreign_networks(machine), **_foreign_routes(machine)}
    holders = sorted(name for name, subnet in foreign.items() if subnet.overlaps(POOL))
    free = sum(1 for _ in free_subnets(list(foreign.values()), "doctor"))
    found = f"{free} subnets of {POOL} are free"
    if not holders:
        return ok(found)
    found += f"; {', '.join(holders)} lies in it"
    remedy = "remove that network or route, or move it to another range"
    return fail(found, remedy) if free < FEWEST_SUBNETS else warn(found, remedy)


def _foreign_networks(machine: Machine) -> dict[str, IPv4Network]:
    return {
        f"network {network.name}": IPv4Network(subnet)
        for network in _networks(machine)
        if RUN_LABEL not in network.labels
        for subnet in network.subnets
    }


def _foreign_routes(machine: Machine) -> dict[str, IPv4Network]:
    known = {IPv4Network(subnet) for network in _networks(machine) for subnet in network.subnets}
    routes = host_routes(machine.read("/proc/net/route") or "")
    return {f"route {route}": route for route in routes if route not in known}


def _networks(machine: Machine) -> tuple[DaemonNetwork, ...]:
    return () if isinstance(machine.daemon, NoDaemon) else machine.daemon.networks


def base_images(machine: Machine) -> Finding:
    """Images evaluations build on are there already, so the first one need not wait."""
    if isinstance(machine.daemon, NoDaemon):
        return ok("not needed without a container engine")
    there = {tag.partition(":")[0] for tag in machine.daemon.image_tags}
    missing = [r.repository for r in BASE_IMAGES.values() if r.repository not in there]
    if missing:
        return ok(f"{', '.join(missing)}: made at first use, which takes minutes")
    return ok(f"{len(BASE_IMAGES)} of {len(BASE_IMAGES)} are there")
