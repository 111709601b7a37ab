"""The engine of a machine without a container engine: practice runs, and your own code.

It finds out by trying what this machine allows, and says so in `capabilities`:

    bubblewrap   own namespaces, the image's files and this machine's /usr, loopback only
    plain        processes with limits and nothing else

Scores of this engine are not comparable with those of a container engine.
"""

import os
import sys
from pathlib import Path
from typing import Literal

from assay_sandbox import local_bwrap, local_cgroup, local_images, local_seccomp, local_trusted
from assay_sandbox.docker_call import Until
from assay_sandbox.engine import (
    BuildOutcome,
    BuildSpec,
    Capability,
    ContainerSpec,
    ImageInfo,
    LogSink,
    Network,
)
from assay_sandbox.errors import EngineFault, EngineUnavailable
from assay_sandbox.image_cache import digest_of
from assay_sandbox.kept_images import KeptImage, discard_local_image, local_images_in
from assay_sandbox.local_build import Builder
from assay_sandbox.local_bwrap import BubblewrapJail
from assay_sandbox.local_container import LocalContainer
from assay_sandbox.local_job import Jail
from assay_sandbox.local_plain import PlainJail
from assay_sandbox.local_start import Starter
from assay_sandbox.local_state import State, default_home
from assay_sandbox.ownership import PREFIX, checked_word

Mode = Literal["bubblewrap", "plain"]


class LocalEngine:
    """The `Engine` protocol on processes of this machine; see there."""

    name = "local"

    def __init__(self, home: Path | None = None, *, mode: Mode | None = None) -> None:
        """Find out what this machine allows.

        Args:
            home: Where images are kept; default `$ASSAY_HOME` or the user's data directory.
            mode: Insist on one; default bubblewrap if it works here, else plain.

        Raises:
            EngineUnavailable: bubblewrap was insisted on and does not work.
            EngineFault: `home` cannot be written.
        """
        self.plain_because = _reason_for_plain(mode)
        self._isolated = self.plain_because is None
        self._with_groups = sys.platform.startswith("linux") and local_cgroup.available()
        self._state = State(home or default_home())
        self._jail: Jail = BubblewrapJail() if self._isolated else PlainJail()
        self.capabilities = capabilities_of(isolated=self._isolated, with_groups=self._with_groups)
        self._starter = Starter(
            self._jail, self._isolated, self._with_groups, self._state, self.capabilities
        )

    @property
    def mode(self) -> Mode:
        """Which of the two ways this machine allows."""
        return "bubblewrap" if self._isolated else "plain"

    def what_is_not_isolated(self) -> list[str]:
        """What a reader of a report has to know, in plain sentences."""
        said = ["Services ran without a container engine: scores are for practice only."]
        said += _ISOLATED_GAPS if self._isolated else _PLAIN_GAPS
        if self.plain_because:
            said.append(f"Bubblewrap was not used: {self.plain_because}.")
        if self._isolated and os.geteuid() != 0:
            said += _UNPRIVILEGED_GAPS
        if self._isolated and not local_seccomp.supported():
            said.append("System calls were not filtered: there is no filter for this processor.")
        if not self._with_groups:
            said += _GROUPLESS_GAPS
        return said

    def build(self, spec: BuildSpec, *, deadline_s: float, on_log: LogSink) -> BuildOutcome:
        """Make an image; see `local_build`."""
        checked_word(spec.run_id, "run id")
        builder = Builder(self._jail, self._state, self._with_groups)
        return builder.build(spec, deadline_s=deadline_s, on_log=on_log)

    def image(self, reference: str) -> ImageInfo | None:
        """Describe an image. Our own program is always there: it is this Python."""
        if _is_ours(reference):
            return _ours(reference)
        found = self._find(reference)
        return found.info() if found is not None else None

    def network(self, run_id: str, name: str) -> Network:
        """Name a network. What is on it is reached through relays alone."""
        run, word = checked_word(run_id, "run id"), checked_word(name, "network name")
        return Network(reference=f"{PREFIX}{run}-{word}", name=word, run_id=run)

    def start(self, spec: ContainerSpec, *, deadline_s: float) -> LocalContainer:
        """Start a container. Trusted ones run this Python, whatever their image is called."""
        checked_word(spec.run_id, "run id")
        checked_word(spec.role, "role")
        image = None if spec.trusted else self._find(spec.image)
        if image is None and not spec.trusted:
            raise EngineFault(
                f"there is no image {spec.image!r} on the local engine",
                remedy="build it with this engine first; images of others are not seen",
            )
        return self._starter.start(spec, image, Until.after(deadline_s))

    def reap(self, run_id: str | None = None) -> tuple[str, ...]:
        """Remove what a run, or a dead owner, left behind."""
        removed = []
        for container in self._starter.running(run_id) if run_id is not None else ():
            container.remove()
            removed.append(f"container {container.record.id}")
        return (*removed, *self._state.reap(run_id))

    def kept_images(self, prefix: str) -> tuple[KeptImage, ...]:
        """See `ImageStore`."""
        return local_images_in(self._state.image_directory("any", self._jail.name).parent, prefix)

    def discard_image(self, reference: str) -> bool:
        """See `ImageStore`. A container that runs from it is not seen: mind when it was used."""
        return discard_local_image(self._state.image_directory(reference, self._jail.name))

    def _find(self, reference: str) -> local_images.LocalImage | None:
        return local_images.load(self._state.image_directory(reference, self._jail.name))


def capabilities_of(*, isolated: bool, with_groups: bool) -> frozenset[Capability]:
    """What this engine enforces or measures, in each of its modes. Pure but for the user."""
    found = {Capability.LOG_LIMIT, Capability.HANG, Capability.CRASH}
    if isolated:
        found |= {
            Capability.FILESYSTEM,
            Capability.READ_ONLY_ROOT,
            Capability.NETWORK,
            Capability.DNS_CLOSED,
            Capability.NETWORK_CUT,
        }
        if local_seccomp.supported():
            found |= {Capability.SECCOMP, Capability.CPU_PINNING}
        if os.geteuid() == 0:
            found |= {Capability.OWN_UID, Capability.DISK_LIMIT, Capability.DISK_FULL}
    if with_groups:
        found |= {
            Capability.MEMORY_LIMIT,
            Capability.PIDS_LIMIT,
            Capability.CPU_PINNING,
            Capability.CPU_WEIGHT,
            Capability.KERNEL_COUNTERS,
            Capability.CPU_THROTTLE,
            Capability.MEMORY_PRESSURE,
        }
    return frozenset(found)


def _reason_for_plain(mode: Mode | None) -> str | None:
    if mode == "plain":
        return "plain processes were asked for"
    reason = local_bwrap.unavailable_reason()
    if reason is not None and mode == "bubblewrap":
        raise EngineUnavailable(
            f"bubblewrap cannot be used: {reason}", remedy="use a container engine, or plain mode"
        )
    return reason


def _is_ours(reference: str) -> bool:
    return reference.partition(":")[0] in local_trusted.IMAGES


def _ours(reference: str) -> ImageInfo:
    """Our own programs, told apart by their source."""
    return ImageInfo(
        reference=reference,
        digest=f"source:{digest_of([sys.version], [local_trusted.SOURCE])}",
        size_mib=None,
        base_size_mib=None,
        user="",
        command=local_trusted.DEFAULT_COMMAND,
    )


_ISOLATED_GAPS = [
    "A service saw this machine's /usr, read-only, instead of the files of a base image.",
    "Builds installed nothing but Python packages, and image sizes were not measured.",
    "Every request passed through a relay, which adds about 0.1 ms and uses CPU of its own.",
]
_UNPRIVILEGED_GAPS = [
    "To the kernel all processes of a run were this user's own.",
    "The number of files in /tmp was not limited.",
]
_GROUPLESS_GAPS = [
    "Memory was limited for each process on its own, not for a service as a whole.",
    "The number of processes was not limited.",
    "CPU time and memory were summed over processes, not read from the kernel's counters.",
]
_PLAIN_GAPS = [
    "Services ran as ordinary processes of this user: run only your own code like this.",
    "They could read and write this user's files, and reach every network this machine reaches.",
    "Absolute paths of the image were replaced by text; a path built by a program was not.",
]
