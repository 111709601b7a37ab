"""The instant at which the kernel took data in is told apart from when it was read."""

import socket
import struct
import sys
import time

import pytest

from assay_probe.kernel_clock import (
    CONTROL_BYTES,
    SO_TIMESTAMPNS,
    arrived_s,
    stamp_arrivals,
)


def stamp(age_s: float) -> list[tuple[int, int, bytes]]:
    whole, part = divmod(time.time() - age_s, 1)
    return [(socket.SOL_SOCKET, SO_TIMESTAMPNS, struct.pack("qq", int(whole), int(part * 1e9)))]


def test_a_stamp_moves_the_instant_back() -> None:
    before_s = time.monotonic()
    assert arrived_s(stamp(0.05)) - before_s == pytest.approx(-0.05, abs=0.04)


@pytest.mark.parametrize("age_s", [3600.0, -3600.0])
def test_a_wall_clock_that_was_set_in_between_is_not_believed(age_s: float) -> None:
    before_s = time.monotonic()
    assert arrived_s(stamp(age_s)) >= before_s


def test_without_a_stamp_it_is_now() -> None:
    before_s = time.monotonic()
    assert arrived_s([]) >= before_s


@pytest.mark.skipif(sys.platform != "linux", reason="stamps are Linux's")
def test_late_reading_does_not_make_the_data_late() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sender = socket.create_connection(listener.getsockname())
        receiver, _ = listener.accept()
        stamp_arrivals(receiver)
        for _ in range(20):  # the kernel begins to stamp a moment after it was asked
            sent_s = time.monotonic()
            sender.sendall(b"x")
            time.sleep(0.05)
            _data, control, _flags, _peer = receiver.recvmsg(16, CONTROL_BYTES)
            if control:
                break
        assert arrived_s(control) - sent_s < 0.04
        sender.close()
        receiver.close()
