"""The ways into and out of a sandbox: relays between the host's loopback and the sandboxes'."""

import os
import socket
import sys
from pathlib import Path

from assay_sandbox.docker_call import Until
from assay_sandbox.errors import EngineFault
from assay_sandbox.local_process import Launch, Process

RELAY = Path(__file__).with_name("local_relay.py")
LOOPBACK = "127.0.0.1"
BACKLOG = 1024
RELAY_LOG_BYTES = 1024 * 1024
POLL_S = 0.002


def free_port() -> int:
    """A port of the loopback that is free now."""
    with socket.create_server((LOOPBACK, 0)) as found:
        return int(found.getsockname()[1])


def relay_inward(
    inner_pid: int, port: int, cores: tuple[int, ...], host_port: int = 0
) -> tuple[Process, int]:
    """Relay a port of the host's loopback, a new one if none is named, to `port` of a sandbox's.

    The host's port accepts from the start; a service that does not listen yet is seen as a
    connection that is reset.

    Returns:
        The relay, and the host's port.
    """
    listener = socket.create_server((LOOPBACK, host_port), backlog=BACKLOG)
    words = ("inward", str(inner_pid), str(listener.fileno()), str(port))
    taken = int(listener.getsockname()[1])
    with listener:
        return _start(words, cores, (listener.fileno(),)), taken


def relay_outward(
    inner_pid: int,
    ports: tuple[int, ...],
    target_pid: int,
    cores: tuple[int, ...],
    deadline_s: float,
) -> Process:
    """Relay ports of a sandbox's loopback to the same ports of another's; listening on return.

    Raises:
        EngineFault: a port is taken inside, or one of the two is gone.
    """
    words = ("outward", str(inner_pid), str(target_pid), ",".join(str(port) for port in ports))
    relay = _start(words, cores, ())
    if not serves(relay, Until.after(deadline_s)):
        relay.kill()
        raise EngineFault(
            f"no way to the stand-ins: {relay.log.tail().text.strip()[-300:]}",
            remedy="the service's own port must differ from those of its stand-ins",
        )
    return relay


def serves(relay: Process, until: Until) -> bool:
    """Wait for a relay that has just been started; False if it ended, or there was no time."""
    while "ready" not in relay.log.tail().text:
        if until.left_s() == 0 or relay.wait(POLL_S):
            return False
    return True


def _start(words: tuple[str, ...], cores: tuple[int, ...], fds: tuple[int, ...]) -> Process:
    return Process(
        Launch(
            command=(sys.executable, "-I", "-S", str(RELAY), *words),
            environment={},
            directory=None,
            cores=_apart_from(cores),
            resource_limits={"RLIMIT_CORE": 0},
            group=None,
            log_bytes=RELAY_LOG_BYTES,
            pass_fds=fds,
        ),
        deadline_s=5.0,
    )


def _apart_from(cores: tuple[int, ...]) -> tuple[int, ...]:
    """The cores a relay may use: those its service does not, if there are any."""
    if not cores or not hasattr(os, "sched_getaffinity"):
        return ()
    return tuple(sorted(os.sched_getaffinity(0) - set(cores)))
