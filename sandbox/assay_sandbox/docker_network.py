"""Private networks: no route out, none to the host, none to another run, on fixed addresses.

An engine's "internal" network still reaches the host through the bridge's own address, so
the bridge is told to have none (`inhibit_ipv4`); measured in both directions.
"""

import ipaddress
import re
import secrets
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from docker import DockerClient
from docker.types import IPAMConfig, IPAMPool

from assay_sandbox.docker_call import EngineRefused, Until, call
from assay_sandbox.engine import Network
from assay_sandbox.errors import EngineFault, SpecRefused
from assay_sandbox.ownership import PREFIX, Owner, checked_word, labels_of

POOL = IPv4Network("10.213.0.0/16")
SUBNET_BITS = 28
HOST_INDEXES = range(2, 14)
TRIES = 24
OPTIONS = {
    "com.docker.network.bridge.inhibit_ipv4": "true",
    "com.docker.network.bridge.enable_ip_masquerade": "false",
}


def host_address(subnet: IPv4Network, host_index: int) -> str:
    """The address of a fixed host number, or `SpecRefused` if there is no such number."""
    if host_index not in HOST_INDEXES:
        raise SpecRefused(
            f"host number {host_index} is not one of {HOST_INDEXES[0]}..{HOST_INDEXES[-1]}",
            remedy="choose another number; the rest of the subnet belongs to the engine",
        )
    return str(subnet[host_index])


def free_subnets(taken: Sequence[IPv4Network], key: str) -> Iterator[IPv4Network]:
    """Subnets of our pool that touch none of the taken ones, beginning where `key` falls.

    Starting at different places keeps two runs that look at the same instant apart.
    """
    subnets = list(POOL.subnets(new_prefix=SUBNET_BITS))
    first = zlib.crc32(key.encode()) % len(subnets)
    for subnet in subnets[first:] + subnets[:first]:
        if not any(subnet.overlaps(other) for other in taken):
            yield subnet


def host_routes(table: str) -> list[IPv4Network]:
    """Networks this host has routes to, from the text of /proc/net/route; not the default."""
    rows = (line.split() for line in table.splitlines()[1:])
    found = [(_little_endian(r[1]), _little_endian(r[7])) for r in rows if len(r) > 7]
    return [IPv4Network(f"{to}/{mask}") for to, mask in found if str(mask) != "0.0.0.0"]  # noqa: S104


def _little_endian(text: str) -> IPv4Address:
    return IPv4Address(struct.pack("<I", int(text, 16)))


def engine_subnets(networks: Iterable[dict[str, Any]]) -> list[IPv4Network]:
    """IPv4 subnets in use by the engine's networks."""
    configs = (c for n in networks for c in ((n.get("IPAM") or {}).get("Config") or ()))
    subnets = (ipaddress.ip_network(c["Subnet"]) for c in configs if c.get("Subnet"))
    return [s for s in subnets if isinstance(s, IPv4Network)]


def create_network(
    client: DockerClient,
    run_id: str,
    name: str,
    owner: Owner,
    *,
    engine_is_local: bool,
    until: Until,
) -> Network:
    """Create a private network on a free subnet of ours.

    Raises:
        EngineFault: no free subnet, or the engine refused.
    """
    run, word = checked_word(run_id, "run id"), checked_word(name, "network name")
    full_name = f"{PREFIX}{run}-{word}-{secrets.token_hex(3)}"
    routes = host_routes(Path("/proc/net/route").read_text()) if engine_is_local else []
    known = call("list its networks", client.api.networks, deadline_s=until.left_s())
    subnets = free_subnets([*engine_subnets(known), *routes], full_name)
    for _, subnet in zip(range(TRIES), subnets, strict=False):
        reference = _try_subnet(client, full_name, subnet, labels_of(run, word, owner), until)
        if reference is not None:
            return Network(reference=reference, name=name, run_id=run_id)
    raise EngineFault(
        f"no free /{SUBNET_BITS} subnet in {POOL} for network {name} of run {run_id}",
        remedy="`docker network ls` shows what holds them; `assay doctor` counts the free ones",
    )


def _try_subnet(
    client: DockerClient, name: str, subnet: IPv4Network, labels: dict[str, str], until: Until
) -> str | None:
    """Create it here; None if somebody else was quicker to take this subnet."""
    ipam = IPAMConfig(pool_configs=[IPAMPool(subnet=str(subnet), gateway=str(subnet[1]))])
    try:
        made = call(
            f"create the network {name}",
            lambda: client.api.create_network(
                name,
                driver="bridge",
                internal=True,
                enable_ipv6=False,
                options=OPTIONS,
                ipam=ipam,
                labels=labels,
            ),
            deadline_s=until.left_s(),
        )
    except EngineRefused as refusal:
        if re.search("overlap", refusal.reason, re.IGNORECASE):
            return None
        raise
    return str(made["Id"])


def subnet_of(client: DockerClient, network: Network, until: Until) -> IPv4Network:
    """The subnet of a network that was created before."""
    found = call(
        f"describe the network {network.name}",
        lambda: client.api.inspect_network(network.reference),
        deadline_s=until.left_s(),
    )
    subnets = engine_subnets([found])
    if not subnets:
        raise EngineFault(f"network {network.name} has no IPv4 subnet", remedy="reap the run")
    return subnets[0]
