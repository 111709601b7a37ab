"""How a container is created: the hardened profile, as one pure function of spec and image.

Each line closes something that was reproduced; docs/threat-model.md tells which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from docker import APIClient
from docker.types import LogConfig, NetworkingConfig, Ulimit

from assay_sandbox.engine import ContainerSpec, ImageInfo
from assay_sandbox.errors import SpecRefused
from assay_sandbox.limits import Limits
from assay_sandbox.policies import seccomp_profile

MIB = 1024 * 1024
HOSTNAME = "app"
TRUSTED_UID = 10_001
"""User of our own images: no privilege is needed to send traffic or to play a dependency."""

SMALLEST_MEMORY_MIB = 6  # the engine accepts no less
VOLUME_OPTIONS = "rw,nosuid,nodev,mode=1777"
SYSCTLS = {
    "net.ipv4.ip_forward": "0",  # a probe on two networks must not be a router between them
    "net.ipv6.conf.all.disable_ipv6": "1",
    "net.ipv6.conf.default.disable_ipv6": "1",
}


@dataclass(frozen=True, slots=True)
class Placement:
    """What the engine decided for one container.

    Attributes:
        name: Its full name.
        labels: All of our labels.
        network: Name of the main network, or None for no network at all.
        address: Its address on the main network.
        hosts: Name -> address of stand-ins.
        cgroup_parent: Group to put it under, or None for the engine's own choice.
    """

    name: str
    labels: Mapping[str, str]
    network: str | None = None
    address: str | None = None
    hosts: Mapping[str, str] = field(default_factory=dict)
    cgroup_parent: str | None = None


def refuse_impossible(spec: ContainerSpec, host_cores: int) -> None:
    """Raise `SpecRefused` for a spec whose limits cannot all be put in force."""
    if spec.files and not spec.trusted:
        raise SpecRefused(
            f"files for the untrusted container {spec.role}: its root is read-only",
            remedy="bake them into its image, or mark our own image as trusted",
        )
    if spec.limits.memory_mib < SMALLEST_MEMORY_MIB:
        raise SpecRefused(
            f"a memory limit of {spec.limits.memory_mib} MiB is below the engine's least",
            remedy=f"give {spec.role} at least {SMALLEST_MEMORY_MIB} MiB",
        )
    missing = [core for core in spec.limits.cores if not 0 <= core < host_cores]
    if missing:
        raise SpecRefused(
            f"{spec.role} asks for cores {missing}, this host has 0..{host_cores - 1}",
            remedy="change the cores of its limits",
        )
    if any(PurePosixPath(path).is_relative_to("/tmp") for path in spec.files):  # noqa: S108
        raise SpecRefused(
            "files below /tmp would be hidden by its tmpfs", remedy="place them elsewhere"
        )


def create_arguments(
    api: APIClient, spec: ContainerSpec, image: ImageInfo, place: Placement
) -> dict[str, Any]:
    """Keyword arguments of the engine client's `create_container`."""
    uid = TRUSTED_UID if spec.trusted else spec.uid
    return {
        "image": image.digest,
        "name": place.name,
        "hostname": HOSTNAME,
        "user": f"{uid}:{uid}",
        "environment": dict(spec.environment) | _urls(spec),
        "labels": dict(place.labels),
        "healthcheck": {"test": ["NONE"]},  # the image's own would run beside the service
        "use_config_proxy": False,  # our proxy settings are none of its business
        "host_config": api.create_host_config(**_host_config(spec, image, place)),
        "networking_config": _endpoint(api, place),
        **_command(spec.command),
    }


def _urls(spec: ContainerSpec) -> dict[str, str]:
    return {o.environment: f"http://{name}:{o.port}" for name, o in spec.outward.items()}


def _command(command: Sequence[str] | None) -> dict[str, Any]:
    """Setting the entrypoint makes the engine forget the image's CMD too."""
    if command is None:
        return {}
    return {"entrypoint": [command[0]], "command": list(command[1:])}


def _endpoint(api: APIClient, place: Placement) -> NetworkingConfig | None:
    if place.network is None:
        return None
    endpoint = api.create_endpoint_config(ipv4_address=place.address)
    return api.create_networking_config({place.network: endpoint})


def _host_config(spec: ContainerSpec, image: ImageInfo, place: Placement) -> dict[str, Any]:
    return {
        **_isolation(spec, place),
        **_resources(spec.limits),
        "tmpfs": _tmpfs(spec.limits, image.volumes),
        "cgroup_parent": place.cgroup_parent,
        "log_config": LogConfig(type="none"),  # we count and bound the output ourselves
        "restart_policy": None,
    }


def _isolation(spec: ContainerSpec, place: Placement) -> dict[str, Any]:
    return {
        "read_only": not spec.trusted,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true", f"seccomp={seccomp_profile()}"],
        "init": True,  # orphans are reaped, signals have their default meaning
        "ipc_mode": "private",
        "cgroupns": "private",
        "network_mode": place.network or "none",
        "dns": ["127.0.0.1"],  # a dead one: the engine forwards names even from internal networks
        "dns_search": ["."],
        "dns_opt": ["timeout:1", "attempts:1"],  # asking it costs a second, not ten
        "extra_hosts": dict(place.hosts),
        "sysctls": SYSCTLS,
        "oom_score_adj": 500,  # if the host runs out of memory, it goes first
    }


def _resources(limits: Limits) -> dict[str, Any]:
    memory = limits.memory_mib * MIB
    return {
        "mem_limit": memory,
        "memswap_limit": memory,  # equal: no swap
        "pids_limit": limits.pids,
        "cpu_shares": limits.cpu_weight,
        "cpuset_cpus": ",".join(map(str, limits.cores)) or None,
        "shm_size": limits.tmp_mib * MIB,
        "ulimits": [
            _ulimit("nofile", limits.open_files),
            _ulimit("fsize", limits.file_mib * MIB),
            _ulimit("core", 0),
            _ulimit("msgqueue", 0),
        ],
    }


def _ulimit(name: str, value: int) -> Ulimit:
    return Ulimit(name=name, soft=value, hard=value)


def _tmpfs(limits: Limits, volumes: Sequence[str]) -> dict[str, str]:
    """A sized memory file system on /tmp and on each VOLUME, which would defeat read-only."""
    on_volumes = {v: f"{VOLUME_OPTIONS},size={limits.volume_mib}m" for v in volumes}
    on_tmp = f"{VOLUME_OPTIONS},noexec,size={limits.tmp_mib}m,nr_inodes={limits.tmp_inodes}"
    return {**on_volumes, "/tmp": on_tmp}  # noqa: S108
