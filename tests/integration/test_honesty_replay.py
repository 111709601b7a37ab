"""Honest figures agree with what was sent once they have gone through promtool; others do not."""

import base64
import bisect
import shutil
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import pytest
from tests.fakes.probe_runs import run_plan

from assay.domain.honesty import agrees
from assay.domain.incidents import SliReading
from assay.evaluation.alerting.honesty import questions, readings, stretches
from assay.evaluation.alerting.monitoring_file import Sli
from assay.evaluation.alerting.recording import read_recording, target_labels
from assay.evaluation.alerting.replay import replay
from assay.evaluation.alerting.rules import read_rules
from assay_probe.plan import Plan
from assay_probe.records import Record, ScrapeRecord, SegmentRecord

pytestmark = [
    pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed here"),
    pytest.mark.slow,
]

EVERY_S, LENGTH_S, RATE_RPS = 0.25, 45.0, 60.0
OUTAGE = (20.0, 30.0)
"""Requests sent in it fail with 503, two in three, and slowly."""
LE = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25)
SLIS = {
    "requests": Sli(expr="sum(increase(r_total[$window]))"),
    "errors": Sli(expr='sum(increase(r_total{status=~"5.."}[$window])) or vector(0)'),
    "latency_mean": Sli(expr="sum(rate(s_sum[$window])) / sum(rate(s_count[$window]))"),
    "latency_p95": Sli(expr="histogram_quantile(0.95, sum by (le) (rate(s_bucket[$window])))"),
    "predictions": Sli(expr="sum by (d) (increase(d_total[$window]))", label="d"),
}
RULES = {"r.yml": b"groups: [{name: g, rules: [{alert: Down, expr: up == 0}]}]"}


class Request:
    """One request, as a service and a probe see it."""

    def __init__(self, at_s: float, rng: Random) -> None:
        failing = OUTAGE[0] <= at_s < OUTAGE[1]
        self.at_s = at_s
        self.took_s = rng.uniform(0.03, 0.09) if failing else rng.expovariate(1 / 0.008) + 0.001
        self.status = "503" if failing and rng.random() < 0.66 else "200"
        self.decision = (
            "" if self.status == "503" else rng.choice(["approve", "approve", "decline"])
        )

    @property
    def ended_s(self) -> float:
        return self.at_s + self.took_s


def traffic() -> list[Request]:
    rng, at_s, found = Random(4), 0.0, []  # noqa: S311  (a schedule, not a secret)
    while (at_s := at_s + rng.expovariate(RATE_RPS)) < LENGTH_S:
        found.append(Request(at_s, rng))
    return found


def segment(index: int, start_s: float, end_s: float, requests: list[Request]) -> SegmentRecord:
    """What the probe saw: one millisecond more than the service on every answer."""
    mine = [r for r in requests if start_s <= r.at_s < end_s]
    classes = ["approve", "decline"]
    return SegmentRecord(
        index=index,
        incident="",
        origin_s=0.0,
        started_s=start_s,
        ended_s=end_s,
        intended_us=[round(r.at_s * 1e6) for r in mine],
        latency_us=[round(r.took_s * 1e6) + 1_000 for r in mine],
        outcomes="".join("5" if r.status == "503" else "o" for r in mine),
        drifted="0" * len(mine),
        fallbacks=0,
        classes=classes,
        class_of=[classes.index(r.decision) if r.decision else -1 for r in mine],
        send_lag_us=[0] * len(mine),
    )


Lie = Callable[[str, float], float]


def scrape(slot: int, ended: list[Request], lie: Lie) -> ScrapeRecord:
    """The exposition at a slot of everything that ended before it, as `lie` puts it."""
    took = [r.took_s for r in ended]
    counters = {
        **{f'r_total{{status="{s}"}}': sum(r.status == s for r in ended) for s in ("200", "503")},
        **{
            f'd_total{{d="{d}"}}': sum(r.decision == d for r in ended)
            for d in ("approve", "decline")
        },
        **{f's_bucket{{le="{le}"}}': sum(t <= le for t in took) for le in LE},
        's_bucket{le="+Inf"}': len(took),
        "s_count": len(took),
        "s_sum": sum(took),
    }
    types = "".join(f"# TYPE {n} counter\n" for n in ("r_total", "d_total"))
    lines = "".join(f"{name} {lie(name, value)!r}\n" for name, value in counters.items())
    body = f"{types}# TYPE s histogram\n{lines}".encode()
    packed = base64.b64encode(zlib.compress(body)).decode()
    return ScrapeRecord(slot, slot * EVERY_S, 0.002, 200, "", len(body), 10, packed)


def judged(folder: Path, lie: Lie = lambda _, value: value) -> dict[str, list[SliReading]]:
    """The readings of a service that exports its counters through `lie`, by SLI."""
    requests = sorted(traffic(), key=lambda r: r.ended_s)
    ends = [r.ended_s for r in requests]
    scrapes = [
        scrape(slot, requests[: bisect.bisect(ends, slot * EVERY_S + 0.001)], lie)
        for slot in range(round(LENGTH_S / EVERY_S))
    ]
    edges = [0.0, *OUTAGE, LENGTH_S]
    sent = sorted(requests, key=lambda r: r.at_s)
    segments = [segment(n, edges[n], edges[n + 1], sent) for n in range(3)]
    read = read_recording(scrapes, target=target_labels(8000), every_s=EVERY_S, unix_s=1e9)
    asked = questions(SLIS, stretches(segments, scrapes, read.samples, 2.0))

    def run(plan: Plan, files: Mapping[str, bytes]) -> list[Record]:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return run_plan(plan, folder).records

    _, answers = replay(read.recording, read_rules(RULES), run=run, probes=[q.probe for q in asked])
    found: dict[str, list[SliReading]] = {}
    for reading in readings(asked, answers, segments, read.recording.series):
        found.setdefault(reading.sli, []).append(reading)
    return found


def test_an_honest_service_is_seen_to_be_honest(tmp_path: Path) -> None:
    found = judged(tmp_path)

    assert set(found) == set(SLIS)
    assert all(agrees(r) for told in found.values() for r in told), found
    assert all(
        abs(r.reported - r.sent) <= 2 for name in ("requests", "errors") for r in found[name]
    )
    assert {r.label for r in found["predictions"]} == {"approve", "decline"}
    assert sum(r.sent for r in found["requests"]) > 2_000


def test_requests_that_are_not_counted_show(tmp_path: Path) -> None:
    found = judged(
        tmp_path, lambda name, value: value * 0.97 if name.startswith("r_total") else value
    )

    assert not any(agrees(r) for r in found["requests"])
    assert all(agrees(r) for r in found["latency_mean"])


def test_errors_that_are_hidden_show_where_there_were_any(tmp_path: Path) -> None:
    found = judged(tmp_path, lambda name, value: 0.0 if "503" in name else value)
    with_errors = [r for r in found["errors"] if r.sent > 2]

    assert with_errors
    assert not any(agrees(r) for r in with_errors)
    assert all(agrees(r) for r in found["predictions"])


def test_a_latency_made_up_shows(tmp_path: Path) -> None:
    found = judged(tmp_path, lambda name, value: value * 0.2 if name == "s_sum" else value)

    assert not all(agrees(r) for r in found["latency_mean"])
    assert all(agrees(r) for r in found["latency_p95"])
