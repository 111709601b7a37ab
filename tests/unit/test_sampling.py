"""Counters over time, told for any window."""

import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from assay_sandbox.engine import Usage
from assay_sandbox.sampling import MIB, UsageSampler, core_seconds

STAT = """cpu  300 0 100 900 0 0 0 20 0 0
cpu0 100 10 50 500 7 3 2 15 99 0
cpu1 200 0 50 400 0 0 0 5 0 0
cpu10 9999 0 0 0 0 0 0 0 0 0
"""


@dataclass
class Scripted:
    """A container whose counters are told beforehand."""

    readings: list[Usage | None]
    given: list[Usage] = field(default_factory=list)

    def usage(self) -> Usage | None:
        return self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]


def reading(at_s: float, cpu_s: float, mib: float = 0) -> Usage:
    return Usage(at_s, cpu_s, int(mib * MIB), 0, 1, 0, 0.0)


def sampled(container: Scripted, times: int) -> UsageSampler:
    sampler = UsageSampler()
    sampler.add(container)
    for _ in range(times - 1):
        sampler.sample()
    return sampler


def test_busy_time_counts_the_wanted_cores_only_and_neither_idle_nor_guest_time() -> None:
    busy_s, steal_s = core_seconds(STAT, (0,))

    assert busy_s == pytest.approx((100 + 10 + 50 + 3 + 2) / 100)
    assert steal_s == pytest.approx(0.15)


def test_core_one_is_not_mistaken_for_core_ten() -> None:
    assert core_seconds(STAT, (1,))[0] == pytest.approx(2.5)


def test_a_window_interpolates_between_readings() -> None:
    container = Scripted([reading(10, 1.0, 100), reading(12, 2.0, 300)])
    sampler = sampled(container, 2)

    window = sampler.window(container, 10.5, 11.5)

    assert window is not None
    assert window.cpu_s == pytest.approx(0.5)
    assert window.memory_mib_mean == pytest.approx(200)
    assert window.memory_mib_max == pytest.approx(250)


def test_a_container_that_cannot_be_measured_has_no_window() -> None:
    container = Scripted([None])

    assert sampled(container, 3).window(container, 0, 1e9) is None


def test_a_time_in_which_nothing_was_read_has_no_window() -> None:
    container = Scripted([reading(10, 1.0), reading(12, 2.0)])
    sampler = sampled(container, 2)

    assert sampler.window(container, 3, 9) is None
    assert sampler.window(container, 13, 14) is None


def test_a_discarded_container_stays_readable_and_is_asked_no_more() -> None:
    container = Scripted([reading(10, 1.0), reading(11, 2.0), reading(12, 9.0)])
    sampler = sampled(container, 1)

    sampler.discard(container)
    sampler.sample()

    assert [s.cpu_s for s in sampler.samples(container)] == [1.0, 2.0]


def test_a_repeated_last_reading_of_the_dead_is_kept_once() -> None:
    container = Scripted([reading(10, 1.0), reading(10, 1.0)])

    assert len(sampled(container, 4).samples(container)) == 1


def test_foreign_time_is_what_no_sampled_container_used(tmp_path: Path) -> None:
    stat = tmp_path / "stat"
    stat.write_text("cpu0 0 0 0 0 0 0 0 0 0 0\n")
    now = time.monotonic()
    container = Scripted([reading(now, 0.0), reading(now + 1, 0.6)])
    sampler = UsageSampler(cores=(0,), proc=tmp_path)
    sampler.add(container)
    sampler.sample()
    stat.write_text("cpu0 100 0 0 0 0 0 0 10 0 0\n")
    sampler.sample()

    window = sampler.window(container, now - 1, now + 1)

    assert window is not None
    assert window.foreign_cpu_s == pytest.approx(1.0 - 0.6)
    assert window.steal_s == pytest.approx(0.1)


def test_the_thread_samples_at_its_pace_until_it_is_stopped() -> None:
    @dataclass
    class Ticking:
        calls: int = 0

        def usage(self) -> Usage:
            self.calls += 1
            return reading(time.monotonic(), self.calls / 100)

    container = Ticking()
    sampler = UsageSampler(period_s=0.01)
    sampler.start()
    sampler.add(container)
    time.sleep(0.3)
    sampler.stop()
    taken = container.calls
    time.sleep(0.05)

    assert 5 <= taken <= 40
    assert container.calls == taken


def test_stopping_what_was_never_started_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="not started"):
        UsageSampler().stop()
