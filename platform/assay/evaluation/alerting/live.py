"""The live run: a real Prometheus and Alertmanager beside the service, on divided rules.

The replay gives the mark. This shows that an alert of these rules really leaves a machine,
and where the candidate's own Alertmanager would send it. That file is only read, by amtool.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from assay.domain.incidents import LiveFacts, Notification
from assay.domain.timeline import JOB, VIRTUAL_S_PER_S
from assay.evaluation.alerting.dilate import dilated
from assay.evaluation.alerting.monitoring_file import Monitoring
from assay.evaluation.alerting.rules import written
from assay.kit.text import storable
from assay_probe.plan import LiveAlertingPlan, Target
from assay_probe.records import Event, NotificationRecord, Record, ToolRecord

RULES, ALERTMANAGER = "live-rules.yml", "alertmanager.yml"
SCRAPE_S = 0.5
"""Half as often as the recorder: a window of one virtual minute still holds two scrapes."""
LOOKBACK_S = 300 / VIRTUAL_S_PER_S
"""Prometheus' own five minutes, divided."""
SEVERITIES_MAX = 10
MESSAGE_MAX = 2_000
ROUTES = "routes:"
CHATTER = "Warning: --config.file"
"""amtool says of every routing test that it does not ask a running Alertmanager."""


@dataclass(frozen=True, slots=True)
class LiveRun:
    """What a live run needs.

    Attributes:
        files: Name -> content, laid beside the plan.
        unscaled: For `live_facts`.
    """

    plan: LiveAlertingPlan
    files: Mapping[str, bytes]
    unscaled: tuple[str, ...]


def live_run(
    monitoring: Monitoring,
    target: Target,
    *,
    instance: str,
    limit_s: float,
    scrape_s: float = SCRAPE_S,
) -> LiveRun:
    """Plan a live run.

    Args:
        monitoring: The candidate's.
        target: The service, as the monitoring container reaches it.
        instance: Label of its series.
        limit_s: It ends by itself after so many real seconds.
        scrape_s: Real seconds between scrapes, and between evaluations.
    """
    rules = dilated(monitoring.rules.groups, VIRTUAL_S_PER_S)
    files = {RULES: written(rules.groups)}
    if monitoring.alertmanager is not None:
        files[ALERTMANAGER] = monitoring.alertmanager
    plan = LiveAlertingPlan(
        target=target,
        path=monitoring.scrape.path,
        job=JOB,
        instance=instance,
        scrape_s=scrape_s,
        rule_files=[RULES],
        alertmanager_config=ALERTMANAGER if ALERTMANAGER in files else "",
        severities=_severities(monitoring),
        lookback_s=LOOKBACK_S,
        limit_s=limit_s,
    )
    return LiveRun(plan, files, rules.unscaled)


def _severities(monitoring: Monitoring) -> list[str]:
    """Of the candidate's alerts; one that is a template is known only once it fires."""
    found = {a.severity for a in monitoring.facts.alerts if a.severity and "{{" not in a.severity}
    return sorted(found)[:SEVERITIES_MAX]


def live_facts(
    records: Iterable[Record], *, origin_s: float, unscaled: tuple[str, ...]
) -> LiveFacts:
    """What a live run showed.

    Args:
        records: Of the monitoring container.
        origin_s: Instant of the first scrape slot, on the probe's clock.
        unscaled: Of the `LiveRun`.
    """
    seen = tuple(records)
    tools = {r.name: r for r in seen if isinstance(r, ToolRecord)}
    started = any(isinstance(r, Event) and r.name == "ready" for r in seen)
    routing = _routing(tools)
    checked = tools.get("check-config")
    return LiveFacts(
        started=started,
        message=_ended(tools, started=started),
        notifications=tuple(
            _notification(r, origin_s, routing) for r in seen if isinstance(r, NotificationRecord)
        ),
        unscaled=unscaled,
        routing=routing,
        routing_problem=_said(checked) if checked is not None and checked.code != 0 else "",
    )


def _routing(tools: Mapping[str, ToolRecord]) -> dict[str, str]:
    return {
        name.removeprefix(ROUTES): _said(tool)
        for name, tool in tools.items()
        if name.startswith(ROUTES) and tool.code == 0
    }


def _ended(tools: Mapping[str, ToolRecord], *, started: bool) -> str:
    """Why one of the servers did not start or did not last, in its own words."""
    ended = (tools[name] for name in ("prometheus", "alertmanager") if name in tools)
    told = [f"{tool.name} {_how(tool)}: {_said(tool)}" for tool in ended]
    return "; ".join(told) or ("" if started else "it was stopped before it was ready")


def _how(tool: ToolRecord) -> str:
    after = f"after {tool.seconds:.0f} s"
    return f"was not ready {after}" if tool.code is None else f"ended with {tool.code} {after}"


def _said(tool: ToolRecord) -> str:
    lines = [line for line in tool.output.splitlines() if not line.startswith(CHATTER)]
    return storable("\n".join(lines).strip())[:MESSAGE_MAX]


def _notification(
    record: NotificationRecord, origin_s: float, routing: Mapping[str, str]
) -> Notification:
    return Notification(
        alert=storable(record.alert),
        status=cast(Literal["firing", "resolved"], record.status),
        at_min=(record.at_s - origin_s) * VIRTUAL_S_PER_S / 60,
        receiver=routing.get(record.labels.get("severity", ""), ""),
    )
