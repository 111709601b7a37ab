"""Behaviours of an engine: what is done to a running container is in force, and is undone."""

import time
from collections.abc import Callable, Mapping

from assay_sandbox.conformance_lab import (
    RUN_S,
    START_S,
    Lab,
    expect,
    laboratory,
    wait_for_end,
    wait_for_word,
)
from assay_sandbox.conformance_network import server
from assay_sandbox.engine import Attachment, Container, Engine, Exited, Network, Running
from assay_sandbox.errors import SpecRefused
from assay_sandbox.faults.registry import FAULTS

MIB = 1024 * 1024
TICK = """
import os, time
if os.fork() == 0:
    while True: print('child'); time.sleep(0.05)
print('up')
while True: print('parent'); time.sleep(0.05)
"""
BUSY = "print('up')\nwhile True: pass"
ASK = """
import time, urllib.request
print('up')
while True:
    try:
        urllib.request.urlopen('URL', timeout=0.4).read()
        print('answered')
    except OSError:
        print('nothing')
    time.sleep(0.1)
"""
SPEND = """
import time
while time.process_time() < 0.5: pass
print('up'); time.sleep(60)
"""
LEAST_S = 0.4  # the launcher of the local engine spends the rest before it is counted
GROW = """
import os, signal, time
held = [bytearray(b'x') * (32 * 2**20)]
def grow(number, frame):
    if os.fork() == 0:
        held.append(bytearray(b'x') * (64 * 2**20))
        os._exit(7)
    print('grew' if os.waitstatus_to_exitcode(os.wait()[1]) == 7 else 'refused')
signal.signal(signal.SIGUSR1, grow)
print('up')
while True: time.sleep(1)
"""
WRITE = """
import os, time
print('up')
while True:
    try:
        with open('/tmp/own', 'ab') as file: file.write(b'x' * 8192)
        print('wrote')
    except OSError as error:
        print(error.strerror)
    print('sees', sorted(os.listdir('/tmp')))
    time.sleep(0.05)
"""
SETTINGS: Mapping[str, Mapping[str, float]] = {
    "cpu_throttle": {"share": 0.1},
    "memory_pressure": {"headroom_mib": 8},
}


def inject(container: Container, fault: str, **settings: float) -> None:
    """Inject twice: the second time must change nothing."""
    for _ in range(2):
        container.fault(fault).inject(settings, deadline_s=START_S)


def heal(container: Container, fault: str) -> None:
    """Heal twice: the second time must change nothing."""
    for _ in range(2):
        container.fault(fault).heal(deadline_s=START_S)


def can(engine: Engine) -> list[str]:
    """The faults an engine declares."""
    return [name for name, kind in FAULTS.items() if kind.capability in engine.capabilities]


def count(container: Container, word: str) -> int:
    """How often it has printed a word."""
    return container.logs().text.count(word)


def more(container: Container, word: str) -> Callable[[], bool]:
    """Whether it has printed a word again since this was called."""
    before = count(container, word)
    return lambda: count(container, word) > before


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait until something is the case."""
    end_s = time.monotonic() + RUN_S
    while not condition():
        expect(time.monotonic() < end_s, f"never happened: {what}")
        time.sleep(0.02)


def capabilities_and_faults_agree(engine: Engine, image: str) -> None:
    """A container offers the faults the engine declares, and refuses others in words."""
    with laboratory(engine, image) as lab:
        container = _started(lab, TICK)
        for name, kind in FAULTS.items():
            try:
                container.fault(name)
                offered = True
            except SpecRefused:
                offered = False
            declared = kind.capability in engine.capabilities
            expect(offered == declared, f"{name}: declared {declared}, offered {offered}")


def hang_stops_everything_and_loses_nothing(engine: Engine, image: str) -> None:
    """No process of it runs on; healed, all of them do."""
    with laboratory(engine, image) as lab:
        container = _started(lab, TICK)
        wait_for_word(container, "child")
        inject(container, "hang")
        time.sleep(0.2)  # for what is in the pipe
        still = container.logs().total_bytes
        time.sleep(0.5)
        expect(container.logs().total_bytes == still, "it went on while it hung")
        expect(isinstance(container.state(), Running), f"it is {container.state()}")
        heal(container, "hang")
        for word in ("child", "parent"):
            wait_until(more(container, word), f"{word} goes on")


def crash_ends_it_and_healing_starts_it_again(engine: Engine, image: str) -> None:
    """It dies by SIGKILL, and comes back as the same container: address, output, removal."""
    with laboratory(engine, image) as lab:
        network = lab.network("app")
        container = lab.start(server("app", 8000), attachments=(Attachment(network, 2),), port=8000)
        wait_for_word(container, "up")
        address = container.address()
        asking = _asking(lab, container, network)
        wait_until(more(asking, "answered"), "an answer before the crash")
        inject(container, "crash")
        expect(container.state() == Exited(code=137), f"it is {container.state()}")
        wait_until(more(asking, "nothing"), "no answer while it is down")
        heal(container, "crash")
        expect(isinstance(container.state(), Running), f"it is {container.state()}")
        wait_until(lambda: count(container, "up") == 2, "its output goes on after the old one")
        expect(container.address() == address, f"it moved from {address}")
        wait_until(more(asking, "answered"), "an answer after the crash")
        container.remove()
        expect(isinstance(container.state(), Exited), "it was not removed")


def crash_can_heal_by_itself(engine: Engine, image: str) -> None:
    """After `down_s` it runs again; healing then starts it no second time."""
    with laboratory(engine, image) as lab:
        container = _started(lab, TICK)
        inject(container, "crash", down_s=0.5)
        expect(isinstance(container.state(), Exited), "it did not die")
        wait_until(lambda: count(container, "up") == 2, "it is started again")
        heal(container, "crash")
        time.sleep(0.3)
        expect(count(container, "up") == 2, "it was started a third time")
        expect(isinstance(container.state(), Running), f"it is {container.state()}")


def counters_go_on_over_a_crash(engine: Engine, image: str) -> None:
    """CPU-seconds of both lives are summed, and never fall."""
    with laboratory(engine, image) as lab:
        container = _started(lab, SPEND)
        first = container.usage()
        inject(container, "crash")
        between = container.usage()
        heal(container, "crash")
        wait_until(lambda: count(container, "up") == 2, "the second life spends as much")
        second = container.usage()
        if first is None or between is None or second is None:
            raise AssertionError("no counters")
        expect(between.cpu_s >= first.cpu_s >= LEAST_S, f"{first.cpu_s}, then {between.cpu_s}")
        expect(second.cpu_s - between.cpu_s >= LEAST_S, f"{between.cpu_s}, then {second.cpu_s}")
        expect(second.memory_bytes > 0, "the second life holds memory")


def throttled_cpu_is_a_share_of_a_core(engine: Engine, image: str) -> None:
    """Under the quota it gets its share and no more; healed, a whole core again."""
    with laboratory(engine, image) as lab:
        container = _started(lab, BUSY)
        inject(container, "cpu_throttle", share=0.2)
        time.sleep(0.3)
        throttled = _cores_used(container)
        heal(container, "cpu_throttle")
        time.sleep(0.3)
        healed = _cores_used(container)
        expect(0.1 <= throttled <= 0.3, f"used {throttled:.2f} cores of 0.2")
        expect(healed > 2 * throttled, f"used {healed:.2f} cores after healing")


def memory_pressure_leaves_the_headroom(engine: Engine, image: str) -> None:
    """What it holds stays, much more is refused by the kernel; healed, it can be had."""
    with laboratory(engine, image) as lab:
        container = _started(lab, GROW)
        _ask_to_grow(container, "grew")
        inject(container, "memory_pressure", headroom_mib=16)
        expect(isinstance(container.state(), Running), "the pressure itself killed it")
        _ask_to_grow(container, "refused")
        heal(container, "memory_pressure")
        _ask_to_grow(container, "grew")


def network_cut_and_healed_at_the_same_address(engine: Engine, image: str) -> None:
    """Cut off it is reached by nobody; healed, it answers where it did. It notices nothing."""
    with laboratory(engine, image) as lab:
        network = lab.network("app")
        container = lab.start(server("app", 8000), attachments=(Attachment(network, 2),), port=8000)
        wait_for_word(container, "up")
        asking = _asking(lab, container, network)
        wait_until(more(asking, "answered"), "an answer before the cut")
        inject(container, "network_cut")
        time.sleep(0.5)  # for an answer under way
        answered = more(asking, "answered")
        wait_until(more(asking, "nothing"), "no answer while it is cut off")
        expect(not answered(), "it was reached through the cut")
        heal(container, "network_cut")
        wait_until(more(asking, "answered"), "an answer after healing")
        expect(count(container, "up") == 1, "it was started again")


def full_disk_refuses_and_leaves_no_trace(engine: Engine, image: str) -> None:
    """Writing fails for want of room; the service sees no foreign file, then or afterwards."""
    with laboratory(engine, image) as lab:
        container = _started(lab, WRITE)
        wait_for_word(container, "wrote")
        inject(container, "disk_full")
        time.sleep(0.2)  # for a write under way
        wrote = more(container, "wrote")
        wait_until(more(container, "No space left"), "a write is refused")
        expect(not wrote(), "there was room")
        heal(container, "disk_full")
        wait_until(more(container, "wrote"), "a write works again")
        foreign = [x for x in container.logs().text.splitlines() if "sees" in x and x != SEEN]
        expect(foreign == [], f"the service saw {foreign[:3]}")


SEEN = "sees ['own']"


def healing_what_died_or_is_gone_is_no_error(engine: Engine, image: str) -> None:
    """Every fault heals quietly if its container died by itself, or was removed, meanwhile."""
    for name in can(engine):
        with laboratory(engine, image) as lab:
            container = _started(lab, TICK)
            heal(container, name)
            inject(container, name, **SETTINGS.get(name, {}))
            container.signal("SIGKILL")
            heal(container, name)
            container.remove()
            heal(container, name)
        with laboratory(engine, image) as lab:
            container = _started(lab, TICK)
            inject(container, name, **SETTINGS.get(name, {}))
            container.remove()
            heal(container, name)
            expect(isinstance(container.state(), Exited), f"{name} brought it back")


def what_died_by_itself_suffers_nothing_and_stays_dead(engine: Engine, image: str) -> None:
    """No fault is an error on a dead container, and none starts it again."""
    with laboratory(engine, image) as lab:
        container = lab.start("raise SystemExit(3)")
        wait_for_end(container)
        for name in can(engine):
            inject(container, name, **SETTINGS.get(name, {}))
            heal(container, name)
            expect(container.state() == Exited(code=3), f"{name}: {container.state()}")


def reaping_takes_what_is_under_a_fault(engine: Engine, image: str) -> None:
    """Frozen, throttled, cut off or down: a run is removed whole."""
    for name in can(engine):
        with laboratory(engine, image) as lab:
            container = _started(lab, TICK)
            inject(container, name, **SETTINGS.get(name, {}))
            engine.reap(lab.run_id)
            expect(engine.reap(lab.run_id) == (), f"{name}: the second time something was left")
            expect(isinstance(container.state(), Exited), f"{name}: it lives")


def _started(lab: Lab, program: str) -> Container:
    """A program on a network of its own, once it says that it is up."""
    place = Attachment(lab.network("app"), 2)
    container = lab.start(program, attachments=(place,), port=8000)
    wait_for_word(container, "up")
    return container


def _asking(lab: Lab, container: Container, network: Network) -> Container:
    """A probe that asks the container for an answer all the time."""
    host, port = container.address()
    return lab.start(
        ASK.replace("URL", f"http://{host}:{port}/"),
        role="probe",
        attachments=(Attachment(network, 4),),
        trusted=True,
    )


def _cores_used(container: Container) -> float:
    before = container.usage()
    time.sleep(1.5)
    after = container.usage()
    if before is None or after is None:
        raise AssertionError("no counters")
    return (after.cpu_s - before.cpu_s) / (after.at_s - before.at_s)


def _ask_to_grow(container: Container, answer: str) -> None:
    answered = more(container, answer)
    container.signal("SIGUSR1")
    wait_until(answered, f"it says that it {answer}")
