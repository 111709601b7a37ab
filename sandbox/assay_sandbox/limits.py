"""Every limit put on a container or a build, with its unit in its name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one running container may use.

    Attributes:
        memory_mib: Hard limit of the memory cgroup; swap is off, so this is the whole.
        pids: Processes and threads together.
        cores: Host cores the container is pinned to, empty for no pinning. Whole cores,
            never a fractional quota: a quota turns latency into a lottery (measured).
        cpu_weight: Relative weight on a contended core, in docker `--cpu-shares` units
            (2..262144). Services under measurement and the probe get the maximum.
        tmp_mib: Size of the tmpfs on /tmp; every image VOLUME gets a tmpfs of `volume_mib`.
        tmp_inodes: Number of files the /tmp tmpfs may hold.
        volume_mib: Size of the tmpfs put on each VOLUME the image declares.
        open_files: RLIMIT_NOFILE.
        file_mib: RLIMIT_FSIZE.
        log_bytes: Output kept and counted; one byte more and the container is killed.
    """

    memory_mib: int = 1024
    pids: int = 256
    cores: tuple[int, ...] = ()
    cpu_weight: int = 262_144
    tmp_mib: int = 64
    tmp_inodes: int = 4096
    volume_mib: int = 16
    open_files: int = 4096
    file_mib: int = 1024
    log_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BuildLimits:
    """What one image build may use; its wall-clock deadline is an argument of `build`."""

    memory_mib: int = 4096
    pids: int = 512
    cores: tuple[int, ...] = ()
    file_mib: int = 2048
    log_bytes: int = 2 * 1024 * 1024
    image_mib: int = 4096
