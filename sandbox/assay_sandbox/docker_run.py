"""Starting one container: decide, create, connect, place files, attach, start, count."""

import contextlib
import re
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath

from docker import DockerClient

from assay_sandbox import cgroups
from assay_sandbox.docker_call import EngineRefused, Until, call
from assay_sandbox.docker_container import DockerContainer, Identity
from assay_sandbox.docker_facts import EngineFacts
from assay_sandbox.docker_files import archive
from assay_sandbox.docker_images import describe_image
from assay_sandbox.docker_network import host_address, subnet_of
from assay_sandbox.docker_profile import Placement, create_arguments, refuse_impossible
from assay_sandbox.engine import Attachment, Capability, ContainerSpec, ImageInfo, Network
from assay_sandbox.errors import EngineFault, SpecRefused
from assay_sandbox.faults.disk_fill import ALWAYS, DiskFill
from assay_sandbox.faults.docker_levers import Patient, docker_levers
from assay_sandbox.faults.held import faults_of
from assay_sandbox.ownership import PREFIX, Owner, checked_word, labels_of

GROUP = "assay"
"""Top control group of everything we start."""

IMAGE_TO_BLAME = re.compile(
    r"no command specified|invalid volume spec|destination can't be|mount path must be absolute"
    r"|executable file not found|no such file or directory|permission denied|exec format error"
    r"|is a directory|unable to find user|argument list too long|starting container process",
    re.IGNORECASE,
)
"""Refusals that a healthy engine gives because of what the image says of itself."""

COULD_NOT_RUN, NOT_FOUND = 126, 127  # as a shell reports them


@dataclass(frozen=True, slots=True)
class Launcher:
    """Starts containers of one owner on one engine."""

    client: DockerClient
    facts: EngineFacts
    owner: Owner

    def start(self, spec: ContainerSpec, until: Until) -> DockerContainer:
        """Create and start; whatever was made is removed again if that fails.

        Raises:
            SpecRefused: a limit cannot be enforced here.
            EngineFault: the engine failed.
        """
        self._refuse(spec)
        image = self._image(spec.image, until)
        addresses = self._addresses(spec, until)
        place = self._place(spec, addresses, until)
        try:
            return self._run(spec, image, place, addresses, until)
        except BaseException:
            self._discard(place)
            raise

    def _run(
        self,
        spec: ContainerSpec,
        image: ImageInfo,
        place: Placement,
        addresses: Mapping[str, str],
        until: Until,
    ) -> DockerContainer:
        container = self._described(spec, image, place, addresses)
        try:
            self._create(spec, image, place, until)
            self._connect(spec, place, addresses, until)
            self._place_files(spec, place, until)
            container.launch(until)
        except EngineRefused as refusal:
            if spec.trusted or not IMAGE_TO_BLAME.search(refusal.reason):
                raise
            code = NOT_FOUND if "not found" in refusal.reason else COULD_NOT_RUN
            container.never_started(code, refusal.reason)
            return container
        container.settle(until)
        return container

    def _described(
        self,
        spec: ContainerSpec,
        image: ImageInfo,
        place: Placement,
        addresses: Mapping[str, str],
    ) -> DockerContainer:
        """The container as an object, with all that can be done to it."""
        fill = DiskFill((ALWAYS, *image.volumes))

        def removed() -> None:
            fill.free()
            self._remove_group(place)

        container = DockerContainer(
            self.client,
            Identity(place.name, spec.role, spec.port, addresses),
            spec.limits.log_bytes,
            on_removed=removed,
        )
        patient = Patient(self.client, container, place.name, spec.limits.memory_mib, addresses)
        container.prepare(
            faults_of(docker_levers(patient, fill), self.facts.capabilities),
            lambda until: self._count(spec, place, container, until),
        )
        return container

    # ------------------------------------------------------------ deciding

    def _refuse(self, spec: ContainerSpec) -> None:
        checked_word(spec.run_id, "run id")
        checked_word(spec.role, "role")
        refuse_impossible(spec, self.facts.cores)
        needed = {Capability.MEMORY_LIMIT, Capability.PIDS_LIMIT, Capability.SECCOMP}
        if spec.limits.cores:
            needed.add(Capability.CPU_PINNING)
        missing = sorted(needed - self.facts.capabilities)
        if missing:
            raise SpecRefused(
                f"this engine cannot enforce {', '.join(missing)}",
                remedy="run `assay doctor`, or use another engine (DOCKER_HOST)",
            )

    def _image(self, reference: str, until: Until) -> ImageInfo:
        image = describe_image(self.client, reference, deadline_s=until.left_s())
        if image is None:
            raise EngineFault(
                f"the engine has no image {reference}", remedy="build it before starting it"
            )
        return image

    def _addresses(self, spec: ContainerSpec, until: Until) -> dict[str, str]:
        """Network reference -> address, in the order of the attachments."""
        return {a.network.reference: self._address(a, until) for a in spec.attachments}

    def _address(self, attachment: Attachment, until: Until) -> str:
        if attachment.host_index is not None:
            subnet = subnet_of(self.client, attachment.network, until)
            return host_address(subnet, attachment.host_index)
        return self._free_address(attachment.network, until)

    def _free_address(self, network: Network, until: Until) -> str:
        """The highest unused one: the low ones are for those who are told beforehand."""
        found = call(
            f"describe the network {network.name}",
            lambda: self.client.api.inspect_network(network.reference),
            deadline_s=until.left_s(),
        )
        used = {c["IPv4Address"].split("/")[0] for c in (found.get("Containers") or {}).values()}
        subnet = subnet_of(self.client, network, until)
        free = [a for i in range(13, 1, -1) if (a := host_address(subnet, i)) not in used]
        if not free:
            raise EngineFault(f"network {network.name} is full", remedy="attach fewer containers")
        return free[0]

    def _place(self, spec: ContainerSpec, addresses: Mapping[str, str], until: Until) -> Placement:
        name = f"{PREFIX}{spec.run_id}-{spec.role}-{secrets.token_hex(3)}"
        main = next(iter(addresses), None)
        return Placement(
            name=name,
            labels=labels_of(spec.run_id, spec.role, self.owner),
            network=main,
            address=addresses[main] if main else None,
            hosts=self._hosts(spec, addresses, until),
            cgroup_parent=self._cgroup_parent(spec.run_id, name),
        )

    def _hosts(
        self, spec: ContainerSpec, addresses: Mapping[str, str], until: Until
    ) -> dict[str, str]:
        outside = [n for n, o in spec.outward.items() if o.network.reference not in addresses]
        if outside:
            raise SpecRefused(
                f"{spec.role} may call {', '.join(outside)} but is not on that network",
                remedy="add an attachment to the stand-in's network",
            )
        return {
            name: host_address(subnet_of(self.client, o.network, until), o.host_index)
            for name, o in spec.outward.items()
        }

    def _cgroup_parent(self, run_id: str, name: str) -> str | None:
        if not self.facts.owns_cgroups:
            return None
        if self.facts.cgroup_driver == "systemd":
            words = [w.replace("-", "_") for w in (run_id, name)]  # a dash means "inside of"
            return f"{GROUP}-{words[0]}-{words[1]}.slice"
        return str(group_path(run_id, name))

    # ------------------------------------------------------------ doing

    def _create(
        self, spec: ContainerSpec, image: ImageInfo, place: Placement, until: Until
    ) -> None:
        arguments = create_arguments(self.client.api, spec, image, place)
        call(
            f"create {spec.role}",
            lambda: self.client.api.create_container(**arguments),
            deadline_s=until.left_s(),
        )

    def _connect(
        self, spec: ContainerSpec, place: Placement, addresses: Mapping[str, str], until: Until
    ) -> None:
        """The engine accepts one network at the creation; the others follow."""
        for attachment in spec.attachments[1:]:
            reference = attachment.network.reference
            call(
                f"connect {spec.role} to {attachment.network.name}",
                partial(
                    self.client.api.connect_container_to_network,
                    place.name,
                    reference,
                    ipv4_address=addresses[reference],
                ),
                deadline_s=until.left_s(),
            )

    def _place_files(self, spec: ContainerSpec, place: Placement, until: Until) -> None:
        if spec.files:
            content = archive(spec.files)
            call(
                f"place files in {spec.role}",
                lambda: self.client.api.put_archive(place.name, "/", content),
                deadline_s=until.left_s(),
            )

    def _count(
        self, spec: ContainerSpec, place: Placement, container: DockerContainer, until: Until
    ) -> None:
        """Find the kernel's counters, make the CPU weight count, shut the engine's resolver."""
        if Capability.KERNEL_COUNTERS not in self.facts.capabilities:
            return
        found = call(
            f"describe {spec.role}",
            lambda: self.client.api.inspect_container(place.name),
            deadline_s=until.left_s(),
        )
        pid, reference = found["State"]["Pid"], found["Id"]
        own = cgroups.group_of_container(pid, reference)
        container.count_in(own, self._outer_group(spec.run_id, place, own))
        if own is not None and self.facts.owns_cgroups:
            cgroups.raise_weight(own, spec.limits.cpu_weight, top=self._top_group())
        if own is not None and spec.attachments and not spec.trusted:
            close_resolver(pid)

    def _outer_group(
        self, run_id: str, place: Placement, own: cgroups.Cgroup | None
    ) -> cgroups.Cgroup | None:
        """The group made for this container alone, which outlives it."""
        if place.cgroup_parent is None:
            return None
        if self.facts.cgroup_driver == "cgroupfs":
            return cgroups.group_at(group_path(run_id, place.name))
        return own.parent() if own is not None else None

    def _top_group(self) -> str:
        return f"{GROUP}.slice" if self.facts.cgroup_driver == "systemd" else GROUP

    # ------------------------------------------------------------ undoing

    def _discard(self, place: Placement) -> None:
        with contextlib.suppress(EngineFault):
            call(
                f"remove {place.name}",
                lambda: self.client.api.remove_container(place.name, force=True, v=True),
            )
        self._remove_group(place)

    def _remove_group(self, place: Placement) -> None:
        """The container's own group, and the run's once it is empty."""
        if place.cgroup_parent is not None and self.facts.cgroup_driver == "cgroupfs":
            path = PurePosixPath(place.cgroup_parent)
            cgroups.remove_groups(path)
            cgroups.remove_groups(path.parent, patience_s=0.0)


def group_path(run_id: str, name: str) -> PurePosixPath:
    """The control group around one container."""
    return PurePosixPath("/", GROUP, run_id, name)


def close_resolver(pid: int) -> bool:
    """Refuse packets to the engine's resolver in this network namespace; True if done.

    Its resolver is dead already (`dns`), but a flood of questions would still burn the
    engine's CPU (measured: four CPU-seconds in five). Names come from /etc/hosts alone.
    """
    if not (shutil.which("nsenter") and shutil.which("iptables")):
        return False
    rule = ["-I", "OUTPUT", "-d", "127.0.0.11", "-j", "REJECT"]
    command = ["nsenter", "-t", str(pid), "-n", "iptables", "-w", "2", *rule]
    try:
        done = subprocess.run(command, capture_output=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
