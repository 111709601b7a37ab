"""When the kernel took data in, however long the process took to wake up and read it.

Waking an idle core takes a tenth of a millisecond or more, and a busy one may be late by its
scheduler's slice; neither is time that the sender of the data took.
"""

import socket
import struct
import sys
import time

SO_TIMESTAMPNS = 35  # asm-generic/socket.h; also the type of the control message
CONTROL_BYTES = 64
BELIEVABLE_S = 0.1
"""An older stamp means that the wall clock was set in between, and is not used."""
_TIMESPEC = struct.Struct("qq")


def stamp_arrivals(connection: socket.socket) -> None:
    """Have the kernel stamp what arrives on this connection, where it can."""
    if sys.platform == "linux":
        connection.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)


def arrived_s(control: list[tuple[int, int, bytes]]) -> float:
    """The instant of `time.monotonic()` at which the data of one `recvmsg` had arrived.

    Args:
        control: The control messages that came with the data. Without a stamp to believe, now.
    """
    for level, kind, value in control:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = map(int, _TIMESPEC.unpack_from(value))
            age_s = time.time() - seconds - nanoseconds * 1e-9
            if 0.0 <= age_s < BELIEVABLE_S:
                return time.monotonic() - age_s
    return time.monotonic()
