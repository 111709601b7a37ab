"""A seccomp filter as raw BPF: what no web service needs and every escape does is refused.

bubblewrap takes the compiled program on a file descriptor, so no library is needed. The
list is the container engines' own default refusals plus io_uring, which they allowed for
years, and every socket family except unix, IPv4, IPv6 and netlink.
"""

import platform
import struct
from dataclasses import dataclass

_KILL, _ALLOW = 0x8000_0000, 0x7FFF_0000
_EPERM, _ENOSYS, _EAFNOSUPPORT = 0x0005_0001, 0x0005_0026, 0x0005_0061
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _JUMP_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_OFFSET, _ARCHITECTURE_OFFSET, _FIRST_ARGUMENT_OFFSET = 0, 4, 16
_X32_BIT = 0x4000_0000  # the second, overlapping ABI of x86-64
_NEW_NAMESPACES = (
    0x7E02_0000  # CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
)
_SOCKET_FAMILIES = (1, 2, 10, 16)

_BOTH = {
    "clone3": 435, "fsconfig": 431, "fsmount": 432, "fsopen": 430, "fspick": 433,
    "io_uring_enter": 426, "io_uring_register": 427, "io_uring_setup": 425,
    "memfd_secret": 447, "mount_setattr": 442, "move_mount": 429, "open_tree": 428,
    "pidfd_getfd": 438, "process_madvise": 440, "quotactl_fd": 443,
}  # fmt: skip
_X86_64 = {
    "acct": 163, "add_key": 248, "adjtimex": 159, "bpf": 321, "chroot": 161,
    "clock_adjtime": 305, "clock_settime": 227, "delete_module": 176, "fanotify_init": 300,
    "finit_module": 313, "init_module": 175, "ioperm": 173, "iopl": 172, "kcmp": 312,
    "kexec_file_load": 320, "kexec_load": 246, "keyctl": 250, "lookup_dcookie": 212,
    "migrate_pages": 256, "modify_ldt": 154, "mount": 165, "move_pages": 279,
    "name_to_handle_at": 303, "open_by_handle_at": 304, "perf_event_open": 298,
    "personality": 135, "pivot_root": 155, "process_vm_readv": 310, "process_vm_writev": 311,
    "ptrace": 101, "quotactl": 179, "reboot": 169, "request_key": 249, "setns": 308,
    "settimeofday": 164, "swapoff": 168, "swapon": 167, "syslog": 103, "umount2": 166,
    "unshare": 272, "userfaultfd": 323, "vmsplice": 278,
}  # fmt: skip
_AARCH64 = {
    "acct": 89, "add_key": 217, "adjtimex": 171, "bpf": 280, "chroot": 51,
    "clock_adjtime": 266, "clock_settime": 112, "delete_module": 106, "fanotify_init": 262,
    "finit_module": 273, "init_module": 105, "kcmp": 272, "kexec_file_load": 294,
    "kexec_load": 104, "keyctl": 219, "lookup_dcookie": 18, "migrate_pages": 238, "mount": 40,
    "move_pages": 239, "name_to_handle_at": 264, "open_by_handle_at": 265,
    "perf_event_open": 241, "personality": 92, "pivot_root": 41, "process_vm_readv": 270,
    "process_vm_writev": 271, "ptrace": 117, "quotactl": 60, "reboot": 142,
    "request_key": 218, "setns": 268, "settimeofday": 170, "swapoff": 225, "swapon": 224,
    "syslog": 116, "umount2": 39, "unshare": 97, "userfaultfd": 282, "vmsplice": 75,
}  # fmt: skip
_ABSENT = frozenset({"clone3", "io_uring_setup"})  # callers fall back only on "no such call"


@dataclass(frozen=True, slots=True)
class _Machine:
    audit: int
    socket: int
    clone: int
    set_affinity: int
    refused: dict[str, int]


_MACHINES = {
    "x86_64": _Machine(0xC000_003E, 41, 56, 203, _X86_64 | _BOTH),
    "aarch64": _Machine(0xC000_00B7, 198, 220, 122, _AARCH64 | _BOTH),
}


def supported(machine: str | None = None) -> bool:
    """Whether there is a filter for this (default: the present) kind of machine."""
    return (machine or platform.machine()) in _MACHINES


def program(*, allow_affinity: bool, machine: str | None = None) -> bytes:
    """The compiled filter.

    Args:
        allow_affinity: Let the service choose among its cores; only where a cpuset holds
            it on the right ones anyway.
        machine: "x86_64" or "aarch64"; default the present machine.
    """
    target = _MACHINES[machine or platform.machine()]
    lines = _right_abi(target) + _refusals(target, allow_affinity=allow_affinity)
    lines += _no_new_namespaces(target.clone) + _sockets(target.socket)
    lines.append(_line(_RETURN, _ALLOW))
    return b"".join(lines)


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)


def _right_abi(target: _Machine) -> list[bytes]:
    return [
        _line(_LOAD, _ARCHITECTURE_OFFSET),
        _line(_JUMP_EQUAL, target.audit, 1, 0),
        _line(_RETURN, _KILL),
        _line(_LOAD, _NUMBER_OFFSET),
        _line(_JUMP_AT_LEAST, _X32_BIT, 0, 1),
        _line(_RETURN, _KILL),
    ]


def _refusals(target: _Machine, *, allow_affinity: bool) -> list[bytes]:
    refused = dict(target.refused)
    if not allow_affinity:
        refused["sched_setaffinity"] = target.set_affinity
    lines = []
    for name, number in sorted(refused.items()):
        lines.append(_line(_JUMP_EQUAL, number, 0, 1))
        lines.append(_line(_RETURN, _ENOSYS if name in _ABSENT else _EPERM))
    return lines


def _no_new_namespaces(clone: int) -> list[bytes]:
    return [
        _line(_JUMP_EQUAL, clone, 0, 4),
        _line(_LOAD, _FIRST_ARGUMENT_OFFSET),
        _line(_JUMP_ANY_BIT, _NEW_NAMESPACES, 0, 1),
        _line(_RETURN, _EPERM),
        _line(_RETURN, _ALLOW),
    ]


def _sockets(socket: int) -> list[bytes]:
    count = len(_SOCKET_FAMILIES)
    families = [
        _line(_JUMP_EQUAL, family, count - at, 0) for at, family in enumerate(_SOCKET_FAMILIES)
    ]
    return [
        _line(_JUMP_EQUAL, socket, 0, count + 3),
        _line(_LOAD, _FIRST_ARGUMENT_OFFSET),
        *families,
        _line(_RETURN, _EAFNOSUPPORT),
        _line(_RETURN, _ALLOW),
    ]
