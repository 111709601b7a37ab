"""Servers, generators and cores for the load benchmarks."""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assay_probe import plan as plans
from assay_probe.plan import OpenLoopPlan, OpenLoopWindow, RequestSpec, Target
from assay_probe.records import OpenLoopRecord, load

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, GENERATOR_CORE = {CORES[0]}, {CORES[-1]}
SPARE_S = 60.0
"""Beyond the measured time, before a process counts as stuck."""


def may_protect() -> bool:
    """Whether we can give real-time priority, as the platform gives weight by cgroup."""
    soft, _ = resource.getrlimit(resource.RLIMIT_RTPRIO)
    return shutil.which("chrt") is not None and (os.geteuid() == 0 or soft >= PRIORITY)


PRIORITY = 5


@contextmanager
def server(script: str) -> Iterator[dict[str, Any]]:
    """A server of this folder on the first core; yields what it printed about itself."""
    with subprocess.Popen(
        [sys.executable, str(HERE / script)], stdout=subprocess.PIPE, text=True
    ) as process:
        os.sched_setaffinity(process.pid, SERVER_CORE)
        if may_protect():
            os.sched_setscheduler(process.pid, os.SCHED_FIFO, os.sched_param(PRIORITY))
        try:
            assert process.stdout is not None
            about = json.loads(process.stdout.readline())
            yield {**about, "url": f"http://127.0.0.1:{about['port']}"}
        finally:
            process.kill()


def on_generator_core(
    command: Sequence[str], seconds: float, *, protected: bool = True
) -> tuple[str, float]:
    """Run a generator on the last core; its output and the CPU-seconds it used.

    Protected from neighbours, it is late only by its own fault; a generator that saturates
    its core on purpose is not protected, or the rest of the machine would stand still.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "sandbox")}
    placed = ["taskset", "-c", str(min(GENERATOR_CORE))]
    if protected and may_protect():
        placed += ["chrt", "--fifo", str(PRIORITY)]
    output = subprocess.run(
        [*placed, *command],
        check=True,
        capture_output=True,
        text=True,
        timeout=seconds + SPARE_S,
        env=environment,
    ).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return output, cpu_s


def open_loop(url: str, windows: Sequence[tuple[float, float, int]]) -> list[OpenLoopRecord]:
    """Our generator over windows of (rate, seconds, seed)."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [{"id": f"r{i}", "body": {"row": i}, "expected": 0.5} for i in range(100)]
        Path(folder, "rows.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
        plan = OpenLoopPlan(
            [Target("server", url)],
            RequestSpec("POST", "/score", "rows.jsonl", "p", 0.001, timeout_s=10.0),
            [OpenLoopWindow("server", f"{r:.0f} rps", r, s, seed) for r, s, seed in windows],
        )
        path = Path(folder, "plan.json")
        path.write_text(plans.dump(plan))
        command = [sys.executable, "-m", "assay_probe", str(path)]
        output, _ = on_generator_core(command, sum(s for _, s, _ in windows))
    records = [load(line) for line in output.splitlines()]
    return [record for record in records if isinstance(record, OpenLoopRecord)]


def locust(url: str, users: int, pacing_s: float, seconds: float) -> dict[str, Any]:
    """Closed-loop Locust; see `closed_loop_locust`."""
    script = [sys.executable, str(HERE / "closed_loop_locust.py"), url]
    options = ["--users", str(users), "--pacing-s", str(pacing_s), "--seconds", str(seconds)]
    output, _ = on_generator_core([*script, *options], seconds, protected=pacing_s > 0)
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def wrk(url: str, connections: int, seconds: float) -> dict[str, Any] | None:
    """wrk with one thread, or None if it is not installed."""
    if shutil.which("wrk") is None:
        return None
    options = [f"-c{connections}", "-t1", f"-d{max(1, round(seconds))}s", "--timeout", "10s"]
    script = ["-s", str(HERE / "percentiles.lua")]
    command = ["wrk", *options, *script, f"{url}/score"]
    output, cpu_s = on_generator_core(command, seconds, protected=connections < 10)
    return {**json.loads(output.splitlines()[-1]), "cpu_s": cpu_s}
