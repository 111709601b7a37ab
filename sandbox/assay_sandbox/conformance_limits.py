"""Behaviours of an engine: limits in force, and the kernel's counters told truly."""

import time
from dataclasses import replace

from assay_sandbox.conformance_lab import (
    SMALL,
    expect,
    laboratory,
    wait_for_end,
    wait_for_word,
)
from assay_sandbox.engine import Engine, Exited

MIB = 1024 * 1024


def memory_hog_is_killed(engine: Engine, image: str) -> None:
    """More than its limit, and the main process dies by the out-of-memory killer."""
    with laboratory(engine, image) as lab:
        _, end = lab.run("x = bytearray(600 * 2**20); print(len(x))")
        expect(end == Exited(code=137, oom_killed=True), f"got {end}")


def memory_hog_child_is_seen(engine: Engine, image: str) -> None:
    """A child killed for its memory is told, though the main process lives on and exits well."""
    program = """
import os, time
child = os.fork()
if child == 0:
    x = bytearray(600 * 2**20)
    os._exit(0)
os.waitpid(child, 0)
print('survived')
time.sleep(1)
"""
    with laboratory(engine, image) as lab:
        container = lab.start(program)
        wait_for_word(container, "survived")
        usage = container.usage()
        expect(usage is not None and usage.oom_kills == 1, f"counters: {usage}")
        end = wait_for_end(container)
        expect(end == Exited(code=0, oom_killed=True), f"got {end}")


def processes_are_limited(engine: Engine, image: str) -> None:
    """A fork bomb stops at the limit."""
    program = """
import os, time
made = 0
try:
    while made < 1000:
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)
        made += 1
except OSError:
    pass
print(made)
os._exit(0)
"""
    with laboratory(engine, image) as lab:
        made = lab.answer(program)
        expect(20 <= made < SMALL.pids, f"made {made} processes under a limit of {SMALL.pids}")


def root_is_read_only(engine: Engine, image: str) -> None:
    """Nothing outside of the sized file systems can be written."""
    program = """
import json, os
places = ['/', '/usr', '/etc', '/var', '/home', '/opt', '/proc/sys/kernel/', '/sys']
made = []
for place in places:
    try:
        open(os.path.join(place, 'mark'), 'w')
        made.append(place)
    except OSError:
        pass
print(json.dumps(made))
"""
    with laboratory(engine, image) as lab:
        made = lab.answer(program)
        expect(made == [], f"could write in {made}")


def tmp_has_a_size(engine: Engine, image: str) -> None:
    """The tmpfs takes as much as it was given, and not more."""
    program = """
written = 0
try:
    with open('/tmp/fill', 'wb', buffering=0) as f:
        while written < 200 * 2**20:
            written += f.write(b'x' * 2**16)
except OSError:
    pass
print(written)
"""
    with laboratory(engine, image) as lab:
        written = lab.answer(program)
        limit = SMALL.tmp_mib * MIB
        expect(0.9 * limit <= written <= limit, f"wrote {written} of {limit} bytes")


def tmp_has_a_number_of_files(engine: Engine, image: str) -> None:
    """Empty files run out too."""
    program = """
made = 0
try:
    while made < 5000:
        open(f'/tmp/{made}', 'w').close()
        made += 1
except OSError:
    pass
print(made)
"""
    with laboratory(engine, image) as lab:
        made = lab.answer(program)
        expect(200 <= made <= SMALL.tmp_inodes, f"made {made} files of {SMALL.tmp_inodes}")


def cores_are_pinned(engine: Engine, image: str) -> None:
    """The process sees exactly its cores, and cannot leave them."""
    program = """
import json, os
try:
    os.sched_setaffinity(0, range(64))
except OSError:
    pass
print(json.dumps(sorted(os.sched_getaffinity(0))))
"""
    with laboratory(engine, image) as lab:
        cores = lab.answer(program, limits=replace(SMALL, cores=(0,)))
        expect(cores == [0], f"runs on {cores}")


def user_is_its_own(engine: Engine, image: str) -> None:
    """The spec's user and no other, without any privilege."""
    program = """
import json, os
status = dict(l.split(':\\t', 1) for l in open('/proc/self/status') if ':\\t' in l)
print(json.dumps([os.getuid(), os.getgid(), int(status['CapEff'], 16), int(status['NoNewPrivs'])]))
"""
    with laboratory(engine, image) as lab:
        seen = lab.answer(program)
        expect(seen == [20_000, 20_000, 0, 1], f"uid, gid, capabilities, no-new-privs: {seen}")


def dangerous_system_calls_are_refused(engine: Engine, image: str) -> None:
    """ptrace, unshare, keyctl, bpf, io_uring, and sockets of strange families."""
    program = """
import ctypes, json, platform, socket
NUMBERS = {'x86_64': {'ptrace': 101, 'unshare': 272, 'keyctl': 250, 'bpf': 321, 'io_uring': 425},
           'aarch64': {'ptrace': 117, 'unshare': 97, 'keyctl': 219, 'bpf': 280, 'io_uring': 425}}
libc = ctypes.CDLL(None, use_errno=True)
allowed = []
for name, number in NUMBERS[platform.machine()].items():
    first = 0x10000000 if name == 'unshare' else 0
    ctypes.set_errno(0)
    libc.syscall(number, first, 0, 0, 0, 0)
    if ctypes.get_errno() not in (1, 38):
        allowed.append(name)
for family in (17, 38, 40):
    try:
        socket.socket(family, socket.SOCK_DGRAM).close()
        allowed.append(family)
    except OSError:
        pass
print(json.dumps(allowed))
"""
    with laboratory(engine, image) as lab:
        allowed = lab.answer(program)
        expect(allowed == [], f"not refused: {allowed}")


def cpu_seconds_are_exact(engine: Engine, image: str) -> None:
    """Within 3 % of what the process itself used, children included, and no less after the exit.

    Compared between two moments of the same life: what starting and ending an interpreter
    costs is not the process's own.
    """
    program = """
import json, os, time
def say():
    t = os.times()
    print(json.dumps(sum(t[:4])), flush=True)
    time.sleep(0.5)
say()
if os.fork() == 0:
    while time.process_time() < 0.6: pass
    os._exit(0)
while time.process_time() < 1.0: pass
os.wait()
say()
"""
    with laboratory(engine, image) as lab:
        container = lab.start(program)
        own_s: list[float] = []
        counted_s: list[float] = []

        def compare(line: str) -> None:
            usage = container.usage()
            own_s.append(float(line))
            counted_s.append(usage.cpu_s if usage is not None else 0.0)

        container.follow(compare, deadline_s=30)
        usage = container.usage()
        container.remove()
        expect(usage is not None and usage.cpu_s >= counted_s[-1], f"{usage} after the exit")
        truth_s, cpu_s = own_s[-1] - own_s[0], counted_s[-1] - counted_s[0]
        expect(abs(cpu_s - truth_s) <= 0.03 * truth_s + 0.03, f"{cpu_s} of {truth_s} CPU-seconds")


def memory_is_what_the_process_holds(engine: Engine, image: str) -> None:
    """Anonymous memory now, and a peak that does not fall."""
    program = """
import time
x = bytearray(b'x') * (100 * 2**20)
print('full', flush=True)
time.sleep(1)
del x
print('empty', flush=True)
time.sleep(30)
"""
    with laboratory(engine, image) as lab:
        container = lab.start(program)
        wait_for_word(container, "full")
        full = container.usage()
        wait_for_word(container, "empty")
        time.sleep(0.2)
        empty = container.usage()
        container.remove()
        if full is None or empty is None:
            raise AssertionError("no counters")
        expect(100 * MIB <= full.memory_bytes <= 130 * MIB, f"full: {full.memory_bytes}")
        expect(empty.memory_bytes <= 30 * MIB, f"empty: {empty.memory_bytes}")
        expect(empty.memory_peak_bytes >= 100 * MIB, f"peak: {empty.memory_peak_bytes}")
