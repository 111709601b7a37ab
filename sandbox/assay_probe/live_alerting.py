"""A real Prometheus and a real Alertmanager beside a service, and what they notify of.

Both listen on loopback only and are configured by us. Of the candidate there are the rules,
already divided for the faster clock, and an Alertmanager file that amtool alone reads: its
receivers are never run, every notification comes to us.
Standard library only: the container holds the two servers, amtool, and nothing of ours.
"""

import http.client
import json
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from assay_probe.daemon import Daemon
from assay_probe.plan import LiveAlertingPlan
from assay_probe.records import Event, Record
from assay_probe.tool import run_tool
from assay_probe.webhook import Inbox, receiving

READY_S = 30.0
"""Prometheus hands its targets and Alertmanagers over up to five seconds after its start."""
POLL_S, WATCH_S = 0.05, 0.5
LOOPBACK = "127.0.0.1"
TOOL_S, TOOL_BYTES = 10.0, 65_536
NOTIFICATIONS_MAX = 2_000
RESERVED = "up|scrape_.+|ALERTS|ALERTS_FOR_STATE"
"""Metrics that only the scraper writes."""

Emit = Callable[[Record], None]


def run(plan: LiveAlertingPlan, emit: Emit) -> None:
    """Ask amtool, start both, say when they are ready, pass notifications on until told to stop."""
    inbox = Inbox()
    signal.signal(signal.SIGTERM, lambda *_: inbox.stop())
    for record in _routing(plan):
        emit(record)
    with ExitStack() as stack:
        temporary = tempfile.TemporaryDirectory(prefix="alerting-", dir=Path.cwd())
        folder = Path(stack.enter_context(temporary))
        webhook_port = stack.enter_context(receiving(inbox))
        daemons = [stack.enter_context(d) for d in _daemons(plan, folder, webhook_port)]
        if _became_ready(daemons, inbox):
            inbox.since_unix_s = time.time()
            emit(Event("ready", time.monotonic()))
            _pass_on(plan, inbox, daemons, emit)
            failed = [daemon for daemon in daemons if not daemon.runs]
        else:
            failed = [daemon for daemon in daemons if not daemon.ready()]
        for daemon in failed if not inbox.stopped else []:
            emit(daemon.record())


def _routing(plan: LiveAlertingPlan) -> Iterator[Record]:
    """What amtool says of the candidate's file: "check-config", then "routes:<severity>"."""
    path = plan.alertmanager_config
    if not path:
        return
    check = ["amtool", "check-config", path]
    checked = run_tool("check-config", check, timeout_s=TOOL_S, output_bytes=TOOL_BYTES)
    yield checked
    if checked.code != 0:
        return
    for severity in plan.severities:
        test = ["amtool", "config", "routes", "test", f"--config.file={path}"]
        yield run_tool(
            f"routes:{severity}",
            [*test, f"severity={severity}"],
            timeout_s=TOOL_S,
            output_bytes=TOOL_BYTES,
        )


def _daemons(plan: LiveAlertingPlan, folder: Path, webhook_port: int) -> list[Daemon]:
    """Alertmanager and Prometheus, not yet started."""
    prometheus_port, alertmanager_port = _free_ports(2)
    (folder / "alertmanager.yml").write_text(json.dumps(_alertmanager_config(webhook_port)))
    (folder / "prometheus.yml").write_text(json.dumps(_prometheus_config(plan, alertmanager_port)))
    return [
        Daemon(
            "alertmanager",
            _alertmanager_command(folder, alertmanager_port),
            lambda: _get(alertmanager_port, "/-/ready") is not None,
        ),
        Daemon(
            "prometheus",
            _prometheus_command(plan, folder, prometheus_port),
            lambda: _has_all(prometheus_port),
        ),
    ]


def _free_ports(count: int) -> list[int]:
    """Ports nobody listens on now; the kernel does not hand out the same twice at once."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server((LOOPBACK, 0))) for _ in range(count)]
        return [s.getsockname()[1] for s in sockets]


def _alertmanager_config(webhook_port: int) -> dict[str, Any]:
    """Every alert is a notification of its own, at once, to us and nobody else."""
    return {
        "route": {
            "receiver": "probe",
            "group_by": ["..."],
            "group_wait": "0s",
            "group_interval": "1s",
            "repeat_interval": "4h",
        },
        "receivers": [
            {
                "name": "probe",
                "webhook_configs": [
                    {"url": f"http://{LOOPBACK}:{webhook_port}/", "send_resolved": True}
                ],
            }
        ],
    }


def _prometheus_config(plan: LiveAlertingPlan, alertmanager_port: int) -> dict[str, Any]:
    every = _duration(plan.scrape_s)
    service = {"targets": [urlsplit(plan.target.url).netloc], "labels": {"instance": plan.instance}}
    return {
        "global": {
            "scrape_interval": every,
            "scrape_timeout": every,
            "evaluation_interval": every,
        },
        "rule_files": [str(Path(name).resolve()) for name in plan.rule_files],
        "alerting": {
            "alertmanagers": [
                {"static_configs": [{"targets": [f"{LOOPBACK}:{alertmanager_port}"]}]}
            ]
        },
        "scrape_configs": [
            {
                "job_name": plan.job,
                "metrics_path": plan.path,
                "honor_timestamps": False,
                "follow_redirects": False,
                "enable_http2": False,
                "body_size_limit": "1MB",
                "sample_limit": 5_000,
                "label_value_length_limit": 4_096,
                "static_configs": [service],
                "metric_relabel_configs": [
                    {"source_labels": ["__name__"], "regex": RESERVED, "action": "drop"}
                ],
            }
        ],
    }


def _alertmanager_command(folder: Path, port: int) -> list[str]:
    return [
        "prometheus-alertmanager",
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={LOOPBACK}:{port}",
        "--cluster.listen-address=",
        "--log.level=error",
    ]


def _prometheus_command(plan: LiveAlertingPlan, folder: Path, port: int) -> list[str]:
    return [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'prometheus'}",
        "--storage.tsdb.retention.time=1h",
        f"--web.listen-address={LOOPBACK}:{port}",
        f"--query.lookback-delta={_duration(plan.lookback_s)}",
        "--query.timeout=5s",
        "--query.max-samples=2000000",
        "--rules.alert.resend-delay=1s",
        "--log.level=error",
    ]


def _duration(seconds: float) -> str:
    return f"{max(1, round(seconds * 1000))}ms"


def _has_all(port: int) -> bool:
    """Whether Prometheus has asked the service for its metrics and knows the Alertmanager."""
    targets = _get(port, "/api/v1/targets")
    alertmanagers = _get(port, "/api/v1/alertmanagers")
    if targets is None or alertmanagers is None:
        return False
    health = [target["health"] for target in json.loads(targets)["data"]["activeTargets"]]
    known = json.loads(alertmanagers)["data"]["activeAlertmanagers"]
    return bool(health and known) and "unknown" not in health


def _get(port: int, path: str) -> bytes | None:
    """The body of an answer with 200, None for anything else."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return body if answer.status == http.client.OK else None


def _became_ready(daemons: list[Daemon], inbox: Inbox) -> bool:
    """Wait for all; False if one ended, time ran out, or we were told to stop."""
    until_s = time.monotonic() + READY_S
    while not inbox.stopped and time.monotonic() < until_s and all(d.runs for d in daemons):
        if all(daemon.ready() for daemon in daemons):
            return True
        time.sleep(POLL_S)
    return False


def _pass_on(plan: LiveAlertingPlan, inbox: Inbox, daemons: list[Daemon], emit: Emit) -> None:
    """Emit notifications as they come, until told to stop, a server ends, or time is over."""
    until_s = time.monotonic() + plan.limit_s
    emitted = 0
    while not inbox.stopped and time.monotonic() < until_s and all(d.runs for d in daemons):
        for record in inbox.wait(WATCH_S):
            emitted += 1
            if emitted <= NOTIFICATIONS_MAX:
                emit(record)
            if emitted == NOTIFICATIONS_MAX:
                emit(Event("cut", time.monotonic(), "more notifications than are kept"))
