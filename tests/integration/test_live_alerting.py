"""A real Prometheus and Alertmanager beside a service: what leaves them, and that they end."""

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.fakes.probe_runs import Run, run_plan, serving, started
from tests.fakes.processes import processes
from tests.fakes.waiting import wait_until

from assay.evaluation.alerting.live import live_facts, live_run
from assay.evaluation.alerting.monitoring_file import read_monitoring
from assay_probe.plan import LiveAlertingPlan, Target
from assay_probe.records import Event, NotificationRecord, ToolRecord, load
from assay_probe.tool import run_tool
from assay_probe.webhook import notifications

SERVERS = ("prometheus", "prometheus-alertmanager", "amtool")
needs_servers = pytest.mark.skipif(
    not all(shutil.which(name) for name in SERVERS),
    reason="Prometheus and Alertmanager are not installed here",
)
pytestmark = [needs_servers, pytest.mark.slow]

RULES = """
groups:
- name: g
  rules:
  - alert: Failing
    expr: increase(failures_total[2m]) > 100
    for: 1m
    labels: {severity: critical}
  - alert: Unseen
    expr: absent(up{job="svc"})
  - alert: Quiet
    expr: vector(1) > 2
  - alert: Stale
    expr: time() - vector(0) < 0
"""
ALERTMANAGER = """
route:
  receiver: nobody
  routes:
  - {matchers: ['severity="critical"'], receiver: pager}
receivers:
- name: nobody
- name: pager
  webhook_configs: [{url: 'http://127.0.0.1:9/never'}]
"""


class Metrics:
    """A service that counts failures: ten a scrape while it is failing."""

    def __init__(self) -> None:
        self.failures, self.failing, self.scrapes = 0, True, 0
        self.asked: set[str] = set()

    def answer(self, path: str, _body: bytes) -> tuple[int, bytes]:
        self.asked.add(path)
        self.scrapes += 1
        self.failures += 10 if self.failing else 0
        text = f"# TYPE failures_total counter\nfailures_total {self.failures}\nup 0\n"
        return 200, text.encode()


@pytest.fixture
def service() -> Iterator[tuple[Metrics, Target]]:
    metrics = Metrics()
    with serving(metrics.answer) as target:
        yield metrics, target


def plan_for(
    folder: Path, target: Target, rules: str = RULES, **changes: object
) -> LiveAlertingPlan:
    """A live run of these rules, laid out in `folder`."""
    tree = folder / "tree"
    tree.mkdir(exist_ok=True)
    (tree / "monitoring.yml").write_text(
        "scrape: {path: /m}\nrule_files: [r.yml]\nalertmanager_config: am.yml\n"
    )
    (tree / "r.yml").write_text(rules)
    (tree / "am.yml").write_text(ALERTMANAGER)
    live = live_run(read_monitoring(tree), target, instance="svc:8000", limit_s=40)
    for name, content in live.files.items():
        (folder / name).write_bytes(content)
    return dataclasses.replace(live.plan, **changes)


def until(folder: Path, plan: LiveAlertingPlan, status: str, metrics: Metrics) -> Run:
    """Run until a notification of this status has come, then tell it to stop."""
    process = started(plan, folder)
    killer = threading.Timer(60, process.kill)
    killer.start()
    begin_s = time.monotonic()
    records = []
    with process:
        for line in process.stdout:
            records.append(load(line))
            if isinstance(records[-1], NotificationRecord):
                metrics.failing = False
                if records[-1].status == status:
                    process.send_signal(signal.SIGTERM)
        errors = process.stderr.read()
    killer.cancel()
    assert process.returncode == 0, errors
    return Run(records, 0.0, time.monotonic() - begin_s)


def children_named(folder: str) -> list[str]:
    """Command lines of running servers that have files in this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if folder in line and line.startswith("prometheus"):
                found.append(line)
    return found


def test_an_alert_leaves_and_is_resolved_and_nothing_is_left_behind(
    tmp_path: Path, service: tuple[Metrics, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    metrics, target = service
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    run = until(tmp_path, plan_for(tmp_path, target), "resolved", metrics)

    ready = run.of(Event)[0]
    first, *_, last = run.of(NotificationRecord)
    assert (ready.name, first.alert, first.status) == ("ready", "Failing", "firing")
    assert first.labels["severity"] == "critical"
    assert (last.alert, last.status) == ("Failing", "resolved")
    assert {n.alert for n in run.of(NotificationRecord)} == {"Failing"}
    assert metrics.asked == {"/m"}
    assert children_named(str(tmp_path)) == []
    assert list(tmp_path.glob("alerting-*")) == []


def test_what_was_seen_becomes_facts_on_the_virtual_clock(
    tmp_path: Path, service: tuple[Metrics, Target]
) -> None:
    metrics, target = service
    run = until(tmp_path, plan_for(tmp_path, target), "firing", metrics)
    first = run.of(NotificationRecord)[0]

    facts = live_facts(run.records, origin_s=first.at_s - 12, unscaled=("Stale",))

    assert (facts.started, facts.message, facts.unscaled) == (True, "", ("Stale",))
    assert facts.notifications[0].at_min == pytest.approx(12)
    assert facts.notifications[0].receiver == "pager"
    assert (facts.routing, facts.routing_problem) == ({"critical": "pager"}, "")


def test_rules_that_prometheus_refuses_come_back_in_its_own_words(
    tmp_path: Path, service: tuple[Metrics, Target]
) -> None:
    broken = "groups: [{name: g, rules: [{alert: A, expr: 'sum(rate(x)'}]}]"

    run = run_plan(plan_for(tmp_path, service[1], broken), tmp_path)

    (refused,) = [r for r in run.of(ToolRecord) if r.name == "prometheus"]
    assert refused.code not in (0, None)
    assert "could not parse expression" in refused.output
    facts = live_facts(run.records, origin_s=0, unscaled=())
    assert facts.started is False
    assert "could not parse expression" in facts.message
    assert run.elapsed_s < 15


def test_a_broken_alertmanager_file_comes_back_in_amtools_own_words(
    tmp_path: Path, service: tuple[Metrics, Target]
) -> None:
    plan = plan_for(tmp_path, service[1], limit_s=0.0)
    (tmp_path / "alertmanager.yml").write_text("route: {receiver: nowhere}\n")

    facts = live_facts(run_plan(plan, tmp_path).records, origin_s=0, unscaled=())

    assert facts.started is True
    assert 'undefined receiver "nowhere"' in facts.routing_problem
    assert facts.routing == {}


def test_it_ends_when_its_time_is_over(tmp_path: Path, service: tuple[Metrics, Target]) -> None:
    run = run_plan(plan_for(tmp_path, service[1], limit_s=1.0), tmp_path)

    assert [e.name for e in run.of(Event)] == ["ready"]
    assert [t.name for t in run.of(ToolRecord)] == ["check-config", "routes:critical"]
    assert run.elapsed_s < 15


def test_it_ends_at_once_when_told_before_it_is_ready(
    tmp_path: Path, service: tuple[Metrics, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    process = started(plan_for(tmp_path, service[1], alertmanager_config=""), tmp_path)
    with process:
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        begin_s = time.monotonic()
        output = process.stdout.read()
    assert process.returncode == 0
    assert time.monotonic() - begin_s < 10
    assert '"ready"' not in output
    facts = live_facts(map(load, output.splitlines()), origin_s=0, unscaled=())
    assert facts.message == "it was stopped before it was ready"
    assert children_named(str(tmp_path)) == []


def test_a_server_that_dies_is_told_of_and_the_other_ends(
    tmp_path: Path, service: tuple[Metrics, Target], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    def kill_prometheus(event: Event, process: subprocess.Popen[str]) -> None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        for child in map(int, children):
            if Path(f"/proc/{child}/cmdline").read_bytes().startswith(b"prometheus\0"):
                os.kill(child, signal.SIGKILL)

    run = run_plan(plan_for(tmp_path, service[1]), tmp_path, on_event=kill_prometheus)

    facts = live_facts(run.records, origin_s=0, unscaled=())
    assert facts.started is True
    assert facts.message.startswith("prometheus ended with -9")
    assert children_named(str(tmp_path)) == []


def test_rules_without_end_do_not_stop_it(tmp_path: Path, service: tuple[Metrics, Target]) -> None:
    seen = "and on () failures_total > 20"  # what began before the service was seen is not taken
    alert = f'\n  - {{alert: A%d, expr: "count({{__name__=~\\".+\\"}}) > 0 {seen}"}}'
    rules = "groups:\n- name: g\n  rules:" + "".join(alert % n for n in range(200))

    run = run_plan(plan_for(tmp_path, service[1], rules, limit_s=12.0), tmp_path)

    assert len({n.alert for n in run.of(NotificationRecord)}) > 100
    assert len(run.of(NotificationRecord)) <= 2_000
    assert run.elapsed_s < 30


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"alerts": 5}', b'{"alerts": [{}]}', b'{"alerts": [null]}', b"\xff"],
)
def test_what_alertmanager_would_not_write_is_no_notification(body: bytes) -> None:
    assert notifications(body, at_s=0.0, since_unix_s=0.0) == []


def test_an_alert_that_began_before_the_service_was_seen_is_not_taken() -> None:
    """Prometheus knows its rules before it knows its targets: everything is absent at first."""
    alert = {"status": "resolved", "labels": {"alertname": "A"}}
    began = [{**alert, "startsAt": f"2026-01-01T00:00:0{second}.123456789Z"} for second in (4, 6)]
    body = json.dumps({"alerts": began}).encode()
    seen = datetime(2026, 1, 1, 0, 0, 5, tzinfo=UTC)

    (taken,) = notifications(body, at_s=7.0, since_unix_s=seen.timestamp())

    assert (taken.alert, taken.status, taken.at_s) == ("A", "resolved", 7.0)


def test_a_tool_that_takes_too_long_is_stopped_with_its_children() -> None:
    record = run_tool(
        "slow", ["sh", "-c", "echo on; sleep 77.7 & wait"], timeout_s=0.5, output_bytes=99
    )

    assert (record.code, record.output, record.cut) == (None, "on\n", False)
    assert record.seconds < 20, "and not 77"
    wait_until(  # killed is not yet gone, on a busy machine
        lambda: not any("77.7" in words for _, words in processes()), otherwise="it still sleeps"
    )


def test_a_tool_that_prints_without_end_is_stopped() -> None:
    record = run_tool("loud", ["yes"], timeout_s=20, output_bytes=1_000)

    assert (record.code, record.cut, len(record.output)) == (None, True, 1_000)
    assert record.seconds < 15


def test_a_tool_sees_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "do-not-tell")

    record = run_tool("env", ["env"], timeout_s=5, output_bytes=9_999)

    assert record.code == 0
    assert "do-not-tell" not in record.output


def test_the_probe_needs_the_standard_library_alone() -> None:
    """The container of the servers holds neither gevent nor Locust."""
    code = "import sys; import assay_probe.live_alerting, assay_probe.__main__; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "sandbox")},
        capture_output=True, text=True, check=True, timeout=20,
    ).stdout.split()  # fmt: skip

    assert not {"gevent", "locust", "requests", "numpy", "yaml"} & set(found)
