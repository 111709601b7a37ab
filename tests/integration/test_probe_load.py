"""Load against loopback services: what is offered, what is counted, and from when."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

from hdrh.histogram import HdrHistogram
from tests.fakes.probe_runs import right, run_plan, server, serving, spec

from assay_probe.plan import OpenLoopPlan, OpenLoopWindow, SaturationPlan, SaturationWindow, Target
from assay_probe.records import Event, OpenLoopRecord, SaturationRecord

STALL_S = 0.5


def window(
    label: str = "w", rate_rps: float = 100.0, duration_s: float = 1.0, seed: int = 7
) -> OpenLoopWindow:
    return OpenLoopWindow("service", label, rate_rps, duration_s, seed)


def test_a_stall_is_charged_to_every_request_it_should_have_delayed(tmp_path: Path) -> None:
    """A closed loop would report one slow request; arrivals do not wait for each other."""
    turn, number = threading.Lock(), itertools.count()

    def one_stall(_path: str, _body: bytes) -> tuple[int, bytes]:
        with turn:
            if next(number) == 20:
                time.sleep(STALL_S)
        return 200, b'{"p": 0.5}'

    with serving(one_stall) as target:
        record = run_plan(OpenLoopPlan([target], spec(tmp_path), [window()]), tmp_path).one(
            OpenLoopRecord
        )
    begin_us = record.intended_us[20]
    # Requests a few milliseconds apart may overtake one another on their way to the service.
    behind_us = begin_us + 30_000
    for intended_us, latency_us in zip(record.intended_us, record.latency_us, strict=True):
        left_of_stall_us = begin_us + STALL_S * 1e6 - intended_us
        if intended_us > behind_us and left_of_stall_us > 0:
            assert latency_us >= left_of_stall_us - 60_000
    assert sum(us > 100_000 for us in record.latency_us) > 25


def test_the_same_seed_sends_the_same_requests_at_the_same_offsets(tmp_path: Path) -> None:
    bodies: list[bytes] = []

    def remember(_path: str, body: bytes) -> tuple[int, bytes]:
        bodies.append(body)
        return right("", b"")

    windows = [window("a", rate_rps=60), window("b", rate_rps=60)]
    with serving(remember) as target:
        run = run_plan(OpenLoopPlan([target], spec(tmp_path, unique="row"), windows), tmp_path)
    first, second = run.of(OpenLoopRecord)
    assert first.schedule_sha256 == second.schedule_sha256
    assert first.intended_us == second.intended_us
    half = len(bodies) // 2
    assert sorted(bodies[:half]) == sorted(bodies[half:])
    assert len(set(bodies)) == half


def test_a_generator_that_fell_behind_says_so_and_keeps_its_schedule(tmp_path: Path) -> None:
    def freeze(event: Event, process: Popen[str]) -> None:
        if event.done == 1:
            time.sleep(0.4)
            os.kill(process.pid, signal.SIGSTOP)
            time.sleep(0.3)
            os.kill(process.pid, signal.SIGCONT)

    with serving(right) as target:
        windows = [window("calm", duration_s=3), window("frozen", duration_s=3)]
        plan = OpenLoopPlan([target], spec(tmp_path), windows)
        calm, frozen = run_plan(plan, tmp_path, freeze).of(OpenLoopRecord)
    assert frozen.send_lag_us_max > 200_000
    assert frozen.intended_us == calm.intended_us
    assert frozen.send_lag_us_p50 < 100_000, "what came after the freeze was sent in time again"


def test_every_request_has_a_letter_a_latency_and_an_intended_time(tmp_path: Path) -> None:
    answers = itertools.cycle(
        [
            (200, b'{"p": 0.5}'),
            (200, b'{"p": 0.9}'),
            (200, b"oops"),
            (422, b"{}"),
            (500, b"{}"),
            (200, b'{"p": 0.5' + b" " * 70_000 + b"}"),
        ]
    )
    with serving(lambda _path, _body: next(answers)) as target:
        plan = OpenLoopPlan([target], spec(tmp_path), [window(rate_rps=60)])
        record = run_plan(plan, tmp_path).one(OpenLoopRecord)
    assert record.offered == len(record.outcomes) == len(record.latency_us)
    assert set(record.outcomes) == set("owm45x")
    histogram = HdrHistogram.decode(record.hdr.encode())
    assert histogram.get_total_count() == record.offered
    assert abs(histogram.get_value_at_percentile(100) / max(record.latency_us) - 1) < 0.002


def test_unanswered_requests_are_given_up_at_the_timeout_and_the_next_window_begins(
    tmp_path: Path,
) -> None:
    released = threading.Event()

    def never(_path: str, _body: bytes) -> tuple[int, bytes]:
        released.wait(20)
        return right("", b"")

    with serving(never) as target:
        windows = [window("a", 40, 0.5), window("b", 40, 0.5)]
        run = run_plan(OpenLoopPlan([target], spec(tmp_path, timeout_s=0.3), windows), tmp_path)
        released.set()
    for record in run.of(OpenLoopRecord):
        assert set(record.outcomes) == {"t"}
        assert all(290_000 < us < 1_500_000 for us in record.latency_us)
    first, second = run.of(OpenLoopRecord)
    assert second.started_s > first.ended_s
    assert first.ended_s - first.started_s < 10


def test_a_service_that_is_not_there_is_refused_not_slow(tmp_path: Path) -> None:
    nobody = Target("service", "http://127.0.0.1:1")
    plan = OpenLoopPlan([nobody], spec(tmp_path), [window(rate_rps=50, duration_s=0.4)])
    assert set(run_plan(plan, tmp_path).one(OpenLoopRecord).outcomes) == {"r"}


def test_connections_are_reused_within_a_window(tmp_path: Path) -> None:
    with server(right) as running:
        target = Target("service", f"http://127.0.0.1:{running.server_port}")
        plan = OpenLoopPlan([target], spec(tmp_path), [window(rate_rps=100)])
        record = run_plan(plan, tmp_path).one(OpenLoopRecord)
    assert running.accepted < record.offered / 4


def test_a_duet_drives_both_targets_at_once_with_the_same_rows(tmp_path: Path) -> None:
    seen: dict[str, list[int]] = {"fast": [], "slow": []}

    def service(name: str, delay_s: float) -> Callable[[str, bytes], tuple[int, bytes]]:
        def answer(_path: str, body: bytes) -> tuple[int, bytes]:
            seen[name].append(json.loads(body)["row"])
            time.sleep(delay_s)
            return right("", b"")

        return answer

    with serving(service("fast", 0.01)) as fast, serving(service("slow", 0.02)) as slow:
        plan = SaturationPlan(
            [Target("fast", fast.url), Target("slow", slow.url)],
            spec(tmp_path, rows=1000),
            [SaturationWindow(["fast", "slow"], "duet", 2, 2.0, 0.3, seed=5)],
        )
        records = {r.target: r for r in run_plan(plan, tmp_path).of(SaturationRecord)}
    assert records["fast"].started_s == records["slow"].started_s
    assert len(records["fast"].correct_per_second) == 2
    ratio = records["fast"].outcomes["o"] / records["slow"].outcomes["o"]
    assert 1.2 < ratio < 3
    assert 20_000 <= records["slow"].latency_us_p50 < 120_000
    assert len(set(seen["slow"][:20]) & set(seen["fast"][:60])) >= 18
    assert len(set(seen["slow"][:20])) > 15, "workers must not send the same rows"


def test_saturation_counts_only_the_counted_part(tmp_path: Path) -> None:
    sent = itertools.count()

    def answer(_path: str, _body: bytes) -> tuple[int, bytes]:
        next(sent)
        time.sleep(0.01)
        return right("", b"")

    with serving(answer) as target:
        plan = SaturationPlan(
            [target], spec(tmp_path), [SaturationWindow(["service"], "w", 4, 1.0, 1.0, seed=5)]
        )
        record = run_plan(plan, tmp_path).one(SaturationRecord)
    counted = record.outcomes["o"]
    assert sum(record.correct_per_second) == counted
    assert counted < 0.7 * next(sent)


NEVER_EARLY = """
import time
from assay_probe.pacer import new_pacer
pacer, begin_s = new_pacer(), time.monotonic() + 0.01
for i in range(200):
    instant_s = begin_s + i * (0.0003 if i % 2 else 0.0040)
    waited = pacer.wait_until(instant_s)
    assert time.monotonic() >= instant_s - 20e-6, "early"
assert not pacer.wait_until(begin_s), "the past is not waited for"
pacer.close()
"""


def test_nothing_is_sent_before_its_instant() -> None:
    subprocess.run([sys.executable, "-c", NEVER_EARLY], check=True, timeout=20)
