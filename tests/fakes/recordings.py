"""A service with troubles, as its `/metrics` tells them: the same at every pace of its clock.

What it exports depends on the virtual minute alone, apart from counts: those are of real
requests, `RATE_RPS` in a real second, whatever the pace.
"""

import base64
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from assay.evaluation.alerting import tsdb
from assay.evaluation.alerting.probes import Probe
from assay.evaluation.alerting.recording import (
    Reading,
    Recording,
    Series,
    read_recording,
    target_labels,
)
from assay.evaluation.alerting.rules import RuleFiles
from assay_probe import plan as plans
from assay_probe import records
from assay_probe.records import RangeRecord, Record, ScrapeRecord

ROOT = Path(__file__).parents[2]
PORT = 8080
TARGET = target_labels(PORT)
UNIX_S = 1_790_000_000.0
RATE_RPS = 60.0
LENGTH_MIN = 60
ERRORS = range(8, 16)
SLOW = range(20, 27)
DOWN = range(30, 33)
DRIFT = range(36, 46)
SILENT_WORKER = range(49, 56)
BOUNDS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)

RULES = b"""\
groups:
  - name: service
    rules:
      - record: job:requests:rate5m
        expr: sum(rate(http_requests_total[5m]))
      - record: job:errors:ratio5m
        expr: sum(rate(http_requests_total{code="500"}[5m])) / job:requests:rate5m
      - alert: ServiceDown
        expr: up{job="svc"} == 0
        for: 1m
        labels: {severity: critical}
      - alert: HighErrorRatio
        expr: job:errors:ratio5m > 0.05
        for: 2m
        labels: {severity: critical}
      - alert: TooFewRequests
        expr: job:requests:rate5m < 30
      - alert: HighLatency
        expr: >-
          histogram_quantile(0.9,
          sum by (le) (rate(http_request_duration_seconds_bucket[4m]))) > 0.1
        for: 1m
        keep_firing_for: 5m
      - alert: Restarted
        expr: resets(http_requests_total{code="200"}[10m]) > 0
  - name: model
    rules:
      - alert: FeatureDrift
        expr: feature_psi > 0.25
        for: 3m
        labels: {severity: warning, about: "{{ $labels.feature }}"}
      - alert: WorkerGone
        expr: absent(worker_queue{worker="b"})
        for: 2m
      - alert: QueueGrows
        expr: deriv(worker_queue{worker="a"}[6m]) > 0.05
"""


def exposition(at_min: float, *, pace: float = 60.0) -> bytes | None:
    """`/metrics` at a virtual minute; None while the service is down.

    Args:
        at_min: Virtual minutes since the recording began.
        pace: Virtual seconds per real second.
    """
    if int(at_min) in DOWN:
        return None
    born_min = DOWN.stop if at_min >= DOWN.stop else 0
    counts = _Counts(born_min, at_min, pace)
    lines = [
        "# TYPE http_requests_total counter",
        f'http_requests_total{{code="200"}} {counts.all - counts.failed}',
        f'http_requests_total{{code="500"}} {counts.failed}',
        "# TYPE http_request_duration_seconds histogram",
        *counts.histogram(),
        "# TYPE feature_psi gauge",
        f'feature_psi{{feature="income"}} {0.4 if int(at_min) in DRIFT else 0.05}',
        'feature_psi{feature="age"} 0.02',
        "# TYPE worker_queue gauge",
        f'worker_queue{{worker="a"}} {max(0.0, at_min - 40) * 12:.3f}',
        "# TYPE process_start_time_seconds gauge",
        f"process_start_time_seconds {UNIX_S + born_min * 60 / pace}",
    ]
    if int(at_min) not in SILENT_WORKER:
        lines.append('worker_queue{worker="b"} 3')
    return ("\n".join(lines) + "\n").encode()


class _Counts:
    """Requests since the process was born."""

    def __init__(self, born_min: float, at_min: float, pace: float) -> None:
        per_min = RATE_RPS * 60 / pace
        self.all = int((at_min - born_min) * per_min)
        self.failed = int(_overlap(ERRORS, born_min, at_min) * per_min * 0.2)
        self.slow = int(_overlap(SLOW, born_min, at_min) * per_min * 0.5)

    def histogram(self) -> list[str]:
        """Requests take 8 ms, slow ones 400 ms."""
        name = "http_request_duration_seconds"
        below = [self.all - (self.slow if b < 0.4 else 0) if b > 0.008 else 0 for b in BOUNDS_S]
        return [
            *(f'{name}_bucket{{le="{b}"}} {n}' for b, n in zip(BOUNDS_S, below, strict=True)),
            f'{name}_bucket{{le="+Inf"}} {self.all}',
            f"{name}_sum {(self.all - self.slow) * 0.008 + self.slow * 0.4}",
            f"{name}_count {self.all}",
        ]


def _overlap(minutes: range, since_min: float, until_min: float) -> float:
    return max(0.0, min(until_min, minutes.stop) - max(since_min, minutes.start))


def scrape(slot: int, body: bytes | None, *, every_s: float = 0.25) -> ScrapeRecord:
    """What the recorder writes of one scrape."""
    return ScrapeRecord(
        slot=slot,
        due_s=slot * every_s,
        took_s=0.004,
        status=200 if body is not None else None,
        failure="" if body is not None else "refused",
        bytes=len(body or b""),
        series=(body or b"").count(b"\n"),
        body=base64.b64encode(zlib.compress(body)).decode() if body is not None else "",
    )


def reading(bodies: Iterable[bytes | str | None]) -> Reading:
    """The recording of some bodies, a slot each."""
    encoded = (b.encode() if isinstance(b, str) else b for b in bodies)
    scrapes = [scrape(slot, body) for slot, body in enumerate(encoded)]
    return read_recording(scrapes, target=TARGET, every_s=0.25, unix_s=UNIX_S)


def troubled(
    minutes: int = LENGTH_MIN, body: Callable[[float], bytes | None] = exposition
) -> Recording:
    """The service above, scraped for so many virtual minutes."""
    return reading(body(slot / 4) for slot in range(minutes * 4)).recording


def wide(series: int, slots: int) -> Recording:
    """A service that exports very many counters `x`, each with a label of its own."""
    every = np.arange(slots, dtype=np.int32)
    counting = every.astype(np.float64)
    many = (
        Series("x", (("id", f"{n:05}"), *TARGET), True, every, counting * (n % 7 + 1))
        for n in range(series)
    )
    return Recording(tuple(many), np.ones(slots, dtype=np.bool_), 0.25, UNIX_S)


def on_this_machine(plan: plans.Plan, files: Mapping[str, bytes]) -> list[Record]:
    """A `Runner`: the probe as a process here, with this machine's promtool and prometheus."""
    with tempfile.TemporaryDirectory() as name:
        for path, content in {**files, "plan.json": plans.dump(plan).encode()}.items():
            (Path(name) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(name) / path).write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-m", "assay_probe", f"{name}/plan.json"],
            env={"PYTHONPATH": str(ROOT / "sandbox"), "PATH": "/usr/bin:/bin", "TMPDIR": name},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert not list(Path(name).glob("range-replay-*")), "it left files behind"
        assert not _running_in(name), "it left a process behind"
    assert done.returncode == 0, done.stderr
    return [records.load(line) for line in done.stdout.splitlines()]


def _running_in(folder: str) -> list[bytes]:
    """Command lines of processes that have files in this folder."""
    lines = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(entry.read_bytes())
        except OSError:  # it has just ended
            continue
    return [line for line in lines if folder.encode() in line]


def by_tsdb(
    recording: Recording,
    rules: RuleFiles,
    *,
    probes: Iterable[Probe] = (),
    timeout_s: float = 60.0,
    keep: frozenset[str] | None = None,
) -> tsdb.Answered:
    """What the second engine says, wherever promtool could have been asked."""
    asked = tsdb.range_replay(recording, rules, probes=probes, timeout_s=timeout_s)
    found = on_this_machine(asked.plan, {tsdb.SAMPLES: tsdb.openmetrics(recording, keep)})
    return tsdb.read_answers(asked, [r for r in found if isinstance(r, RangeRecord)], recording)


def edges(episodes: Sequence[object]) -> list[tuple[str, str, float, float | None]]:
    """Alert, feature, start and end of each episode."""
    return [(e.alert, e.labels.get("feature", ""), e.start_min, e.end_min) for e in episodes]
