"""A group with an interval of its own is evaluated at that interval, on the virtual clock too.

promtool evaluates every group each 15 s. Where one asks for something else the second engine
decides, and it is held here against a real Prometheus that evaluates these groups live.
"""

import contextlib
import http.client
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.fakes.probe_runs import server
from tests.fakes.recordings import TARGET, on_this_machine, reading

from assay.domain.incidents import Episode, Replay
from assay.evaluation.alerting.dilate import dilated
from assay.evaluation.alerting.recording import Recording
from assay.evaluation.alerting.replay import replay
from assay.evaluation.alerting.rules import RuleFiles, read_rules, written
from assay_probe.daemon import Daemon

pytestmark = [
    pytest.mark.skipif(
        not all(shutil.which(name) for name in ("promtool", "prometheus")),
        reason="Prometheus is not installed here",
    ),
    pytest.mark.slow,
]

PACE = 60
LENGTH_MIN = 14
HIGH = ((3.0, 5.5), (8.0, 10.0))
"""Virtual minutes in which the gauge is high."""
RULES = b"""\
groups:
  - name: usual
    rules:
      - {alert: Usual, expr: x > 5, for: 30s}
      - {alert: FromSlow, expr: slow:x > 5}
  - name: slow
    interval: 60s
    rules:
      - {record: "slow:x", expr: x}
      - {alert: Slow, expr: x > 5}
      - {alert: SlowFor, expr: x > 5, for: 60s}
  - name: between
    interval: 30s
    rules:
      - {alert: Between, expr: "slow:x > 5 and x > 5"}
"""
FILES = read_rules({"r.yml": RULES})
INTERVAL_S = {"Usual": 15, "FromSlow": 60, "Slow": 60, "SlowFor": 60, "Between": 60}
"""How far an onset may be from the live one: groups begin anywhere within their interval."""


def exposed(at_min: float) -> str:
    high = any(start <= at_min < end for start, end in HIGH)
    return f"# TYPE x gauge\nx {10 if high else 1}\n"


def recorded() -> Recording:
    return reading([exposed(slot / 4) for slot in range(4 * LENGTH_MIN)]).recording


def replayed(files: RuleFiles = FILES) -> Replay:
    found, _ = replay(recorded(), files, run=on_this_machine)
    assert (found.error, found.rule_errors) == ("", ())
    return found


def spans(found: tuple[Episode, ...], alert: str) -> list[tuple[float, float | None]]:
    return [(one.start_min, one.end_min) for one in found if one.alert == alert]


def test_each_group_is_evaluated_at_its_own_interval() -> None:
    """Whole minutes for the slow one: what is high from 3 to 5.5 fires from 3 to 6."""
    found = replayed().episodes

    assert spans(found, "Usual") == [(3.5, 5.5), (8.5, 10.0)]
    assert spans(found, "Slow") == [(3.0, 6.0), (8.0, 10.0)]
    assert spans(found, "SlowFor") == [(4.0, 6.0), (9.0, 10.0)]


def test_what_a_slow_group_records_is_there_until_it_is_evaluated_again() -> None:
    found = replayed().episodes

    assert spans(found, "FromSlow") == [(3.0, 6.0), (8.0, 10.0)]
    assert spans(found, "Between") == [(3.0, 5.5), (8.0, 10.0)]


def test_of_the_same_rules_without_intervals_promtool_decides() -> None:
    usual = read_rules(
        {"r.yml": RULES.replace(b"interval: 60s", b"").replace(b"interval: 30s", b"")}
    )

    assert (replayed().engine, replayed(usual).engine) == ("tsdb", "promtool")
    assert spans(replayed(usual).episodes, "Slow") == [(3.0, 5.5), (8.0, 10.0)]


@pytest.mark.parametrize("interval", ["20s", "40s", "1s"])
def test_an_interval_that_is_no_multiple_of_a_scrape_works_as_well(interval: str) -> None:
    text = f"groups: [{{name: g, interval: {interval}, rules: [{{alert: Slow, expr: x > 5}}]}}]"
    step_min = max(15, int(interval[:-1])) / 60
    found = spans(replayed(read_rules({"r.yml": text.encode()})).episodes, "Slow")

    assert len(found) == 2
    for (start, end), (high, low) in zip(found, HIGH, strict=True):
        assert end is not None
        assert 0 <= start - high < step_min
        assert 0 <= end - low < step_min + 0.25


@contextlib.contextmanager
def live(port: int) -> Iterator[int]:
    """A Prometheus that scrapes and evaluates sixty times as often."""
    every = f"{15_000 // PACE}ms"
    config = {
        "global": {
            "scrape_interval": every, "scrape_timeout": every, "evaluation_interval": every,
        },
        "rule_files": ["rules.yml"],
        "scrape_configs": [{
            "job_name": dict(TARGET)["job"],
            "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
        }],
    }  # fmt: skip
    with server(lambda _path, _body: (404, b"")) as free:
        own_port = free.server_port
    with tempfile.TemporaryDirectory(prefix="group-intervals-") as name:
        (Path(name) / "prometheus.yml").write_text(json.dumps(config))
        (Path(name) / "rules.yml").write_bytes(written(dilated(FILES.groups, PACE).groups))
        command = [
            "prometheus",
            f"--config.file={name}/prometheus.yml",
            f"--storage.tsdb.path={name}/data",
            f"--web.listen-address=127.0.0.1:{own_port}",
            f"--query.lookback-delta={300_000 // PACE}ms",
            "--log.level=error",
        ]
        with Daemon("prometheus", command, lambda: True):
            yield own_port


def fired_live() -> dict[str, list[tuple[float, float]]]:
    """Alert -> virtual minutes from and until it fired, as Prometheus evaluated it."""
    asked: list[float] = []
    zero_s = [float("inf")]

    def answer(_path: str, _body: bytes) -> tuple[int, bytes]:
        asked.append(time.monotonic())
        return 200, exposed((time.monotonic() - zero_s[0]) * PACE / 60).encode()

    with server(answer) as service, live(service.server_port) as port:
        until_s = time.monotonic() + 20
        while len(asked) < 8 and time.monotonic() < until_s:
            time.sleep(0.05)
        zero_s[0] = time.monotonic()
        zero_unix_s = time.time()
        time.sleep((LENGTH_MIN - 1) * 60 / PACE)
        series = asked_of(port, 'ALERTS{alertstate="firing"}[1h]')
    return {one["metric"]["alertname"]: runs(one["values"], zero_unix_s) for one in series}


def asked_of(port: int, expr: str) -> list[dict[str, dict[str, str]]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(connection):
        connection.request("GET", "/api/v1/query?" + urlencode({"query": expr}))
        found: list[dict[str, dict[str, str]]] = json.loads(connection.getresponse().read())[
            "data"
        ]["result"]
    return found


def runs(values: object, zero_unix_s: float) -> list[tuple[float, float]]:
    """First and last of every stretch without a gap of more than a slow evaluation."""
    assert isinstance(values, list)
    found: list[tuple[float, float]] = []
    for at, _ in values:
        at_min = (float(at) - zero_unix_s) * PACE / 60
        if found and at_min - found[-1][1] < 1.5:
            found[-1] = (found[-1][0], at_min)
        else:
            found.append((at_min, at_min))
    return found


def test_a_real_prometheus_says_the_same_of_every_group() -> None:
    seen, found = fired_live(), replayed().episodes

    assert set(seen) == set(INTERVAL_S)
    for alert, interval_s in INTERVAL_S.items():
        said = spans(found, alert)
        assert len(seen[alert]) == len(said), alert
        for (began, last), (start, end) in zip(seen[alert], said, strict=True):
            assert end is not None
            apart_min = interval_s / 60 + 0.6  # a live scrape waits for its evaluation
            assert abs(began - start) <= apart_min, (alert, began, start)
            assert abs(last - end) <= apart_min + interval_s / 60, (alert, last, end)
