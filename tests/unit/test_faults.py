"""Faults are on or off, heal once, and are told nonsense in words."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from assay_sandbox.docker_call import Until
from assay_sandbox.engine import Capability
from assay_sandbox.errors import EngineFault, SpecRefused
from assay_sandbox.faults.docker_levers import docker_levers
from assay_sandbox.faults.held import HeldFault, faults_of
from assay_sandbox.faults.local_levers import local_levers
from assay_sandbox.faults.registry import FAULTS, checked


@dataclass(slots=True)
class RecordedLever:
    """A lever that only remembers; `fails` names what does not work the next time."""

    done: list[str] = field(default_factory=list)
    fails: set[str] = field(default_factory=set)
    blocked: threading.Event | None = None
    asked: int = 0

    def pull(self, settings: Mapping[str, float], until: Until) -> None:
        self._do("pull")

    def release(self, until: Until) -> None:
        self._do("release")

    def _do(self, what: str) -> None:
        self.asked += 1
        if self.blocked is not None:
            self.blocked.wait(5)
        self.done.append(what)
        if what in self.fails:
            self.fails.remove(what)
            raise EngineFault(f"cannot {what}")


def eventually(condition: Callable[[], bool]) -> None:
    end_s = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.005)


def inject(fault: HeldFault, **settings: object) -> None:
    fault.inject(settings, deadline_s=5)


def heal(fault: HeldFault) -> None:
    fault.heal(deadline_s=5)


def test_a_fault_is_injected_and_healed_once_however_often_it_is_asked() -> None:
    lever = RecordedLever()
    fault = HeldFault("hang", lever)

    for _ in range(3):
        inject(fault)
    for _ in range(3):
        heal(fault)

    assert lever.done == ["pull", "release"]


def test_a_healed_fault_can_be_injected_again() -> None:
    lever = RecordedLever()
    fault = HeldFault("hang", lever)

    for _ in range(2):
        inject(fault)
        heal(fault)

    assert lever.done == ["pull", "release"] * 2


def test_healing_undoes_what_an_injection_that_failed_may_have_done() -> None:
    lever = RecordedLever(fails={"pull"})
    fault = HeldFault("hang", lever)

    with pytest.raises(EngineFault):
        inject(fault)
    heal(fault)

    assert lever.done == ["pull", "release"]


def test_an_injection_that_failed_can_be_tried_again() -> None:
    lever = RecordedLever(fails={"pull"})
    fault = HeldFault("hang", lever)

    with pytest.raises(EngineFault):
        inject(fault)
    inject(fault)

    assert lever.done == ["pull", "pull"]


def test_healing_that_failed_can_be_tried_again() -> None:
    lever = RecordedLever(fails={"release"})
    fault = HeldFault("hang", lever)

    inject(fault)
    with pytest.raises(EngineFault):
        heal(fault)
    heal(fault)

    assert lever.done == ["pull", "release", "release"]


def test_a_crash_heals_by_itself_after_its_down_time() -> None:
    lever = RecordedLever()
    fault = HeldFault("crash", lever)

    inject(fault, down_s=0.02)
    eventually(lambda: "release" in lever.done)
    heal(fault)

    assert lever.done == ["pull", "release"]


def test_what_could_not_heal_by_itself_is_healed_when_asked() -> None:
    lever = RecordedLever(fails={"release"})
    fault = HeldFault("crash", lever)

    inject(fault, down_s=0.02)
    eventually(lambda: "release" in lever.done)
    heal(fault)

    assert lever.done == ["pull", "release", "release"]


def test_a_down_time_that_was_cut_short_ends_no_later_crash() -> None:
    lever = RecordedLever()
    fault = HeldFault("crash", lever)

    inject(fault, down_s=0.1)
    heal(fault)
    inject(fault)
    time.sleep(0.3)

    assert lever.done == ["pull", "release", "pull"]


def test_healing_does_not_wait_for_a_hanging_injection_beyond_its_deadline() -> None:
    lever = RecordedLever(blocked=threading.Event())
    fault = HeldFault("hang", lever)
    hanging = threading.Thread(target=inject, args=(fault,))
    hanging.start()
    eventually(lambda: lever.asked > 0)
    began_s = time.monotonic()

    with pytest.raises(EngineFault, match="still being made or healed"):
        fault.heal(deadline_s=0.1)

    assert time.monotonic() - began_s < 10
    lever.blocked.set()
    hanging.join()


@pytest.mark.parametrize(
    ("fault", "settings", "told"),
    [
        ("cpu_throttle", {}, "share is missing"),
        ("cpu_throttle", {"share": 0}, "share is 0 and must be from 0.01 to 64"),
        ("cpu_throttle", {"share": True}, "share is True and must be a number"),
        ("cpu_throttle", {"share": float("nan")}, "share is nan and must be from"),
        ("memory_pressure", {"headroom_mib": "8"}, "headroom_mib is '8' and must be a number"),
        ("crash", {"down_s": -1}, "down_s is -1 and must be from 0 to 600"),
        ("hang", {"share": 1}, "share is not one of its settings"),
    ],
)
def test_nonsense_is_refused_in_words(
    fault: str, settings: Mapping[str, object], told: str
) -> None:
    with pytest.raises(SpecRefused, match=told):
        checked(fault, settings)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(SpecRefused, match="size is not one of its settings; share is missing"):
        checked("cpu_throttle", {"size": 1})


def test_a_crash_waits_to_be_healed_unless_told_otherwise() -> None:
    assert checked("crash", {}) == {"down_s": 0.0}


def test_both_engines_have_a_lever_for_every_fault() -> None:
    anything: Any = SimpleNamespace(container=None)

    assert set(docker_levers(anything, anything)) == set(FAULTS)
    assert set(local_levers(anything, 256, anything)) == set(FAULTS)


def test_an_engine_offers_what_it_declares_and_nothing_else() -> None:
    levers = {name: RecordedLever() for name in FAULTS}

    assert set(faults_of(levers, frozenset({Capability.HANG, Capability.CRASH}))) == {
        "hang",
        "crash",
    }


def test_every_fault_has_a_capability_of_its_own() -> None:
    capabilities = [kind.capability for kind in FAULTS.values()]

    assert len(set(capabilities)) == len(FAULTS)
    assert {c.value for c in capabilities} == {f"fault_{name}" for name in FAULTS}
