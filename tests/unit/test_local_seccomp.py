"""The filter is run here, instruction by instruction, as the kernel would run it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay_sandbox import local_seccomp

ALLOW, KILL, EPERM, ENOSYS, EAFNOSUPPORT = 0x7FFF0000, 0x80000000, 0x50001, 0x50026, 0x50061
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
READ = {"x86_64": 0, "aarch64": 63}
PTRACE = {"x86_64": 101, "aarch64": 117}
SOCKET = {"x86_64": 41, "aarch64": 198}
CLONE = {"x86_64": 56, "aarch64": 220}
SET_AFFINITY = {"x86_64": 203, "aarch64": 122}
THREAD_FLAGS, NEW_USER = 0x3D0F00, 0x1000_0000

machines = pytest.mark.parametrize("machine", ["x86_64", "aarch64"])


def verdict(
    machine: str, number: int, first: int = 0, *, audit: int | None = None, **options: bool
) -> int:
    options.setdefault("allow_affinity", True)
    program = local_seccomp.program(machine=machine, **options)
    lines = list(struct.iter_unpack("HBBI", program))
    data = {0: number, 4: AUDIT[machine] if audit is None else audit, 16: first & 0xFFFFFFFF}
    at, accumulator = 0, 0
    while True:
        code, if_true, if_false, value = lines[at]
        at += 1
        if code == 0x20:
            accumulator = data[value]
        elif code == 0x06:
            return int(value)
        else:
            truth = {
                0x15: accumulator == value,
                0x35: accumulator >= value,
                0x45: bool(accumulator & value),
            }[code]
            at += if_true if truth else if_false


@machines
def test_ordinary_calls_are_allowed(machine: str) -> None:
    assert verdict(machine, READ[machine]) == ALLOW


@machines
def test_calls_no_service_needs_are_refused(machine: str) -> None:
    assert verdict(machine, PTRACE[machine]) == EPERM
    assert verdict(machine, 425) == ENOSYS


@machines
@pytest.mark.parametrize(("family", "expected"), [(1, ALLOW), (2, ALLOW), (10, ALLOW), (16, ALLOW)])
def test_sockets_of_known_families_are_allowed(machine: str, family: int, expected: int) -> None:
    assert verdict(machine, SOCKET[machine], family) == expected


@machines
@given(st.integers(0, 60).filter(lambda family: family not in (1, 2, 10, 16)))
def test_sockets_of_every_other_family_are_refused(machine: str, family: int) -> None:
    assert verdict(machine, SOCKET[machine], family) == EAFNOSUPPORT


@machines
def test_threads_can_be_made_and_namespaces_cannot(machine: str) -> None:
    assert verdict(machine, CLONE[machine], THREAD_FLAGS) == ALLOW
    assert verdict(machine, CLONE[machine], NEW_USER | 17) == EPERM


@machines
def test_cores_can_be_chosen_only_where_something_else_holds_them(machine: str) -> None:
    assert verdict(machine, SET_AFFINITY[machine], allow_affinity=True) == ALLOW
    assert verdict(machine, SET_AFFINITY[machine], allow_affinity=False) == EPERM


@machines
def test_a_foreign_abi_is_death(machine: str) -> None:
    assert verdict(machine, READ[machine], audit=0x40000003) == KILL
    assert verdict(machine, READ[machine] | 0x4000_0000) == KILL


def test_every_jump_lands_inside_the_program() -> None:
    for machine in AUDIT:
        lines = list(
            struct.iter_unpack("HBBI", local_seccomp.program(machine=machine, allow_affinity=False))
        )
        for at, (_, if_true, if_false, _) in enumerate(lines):
            assert at + 1 + max(if_true, if_false) <= len(lines)
