"""Rules, metrics and the runbook know of each other."""

import asyncio
import re
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent.parent
RULES = [
    rule
    for name in ("rules", "watch")
    for group in yaml.safe_load((HERE / "monitoring" / f"{name}.yml").read_text())["groups"]
    for rule in group["rules"]
]
DECLARED = yaml.safe_load((HERE / "monitoring.yml").read_text())
NAMES = re.compile(r"\b([a-z][a-z_]+)\{")


@pytest.fixture
def exported(with_service, rows):
    async def scenario(client):
        await asyncio.gather(*(client.post("/v1/claims", json=row["body"]) for row in rows[:3]))
        return await (await client.get("/metrics")).text()

    return with_service(scenario)


def test_every_alert_is_declared_or_watches_the_monitoring():
    named = {rule["alert"] for rule in RULES}
    assert named - set(DECLARED["alerts"]) == {"DriftUnknown"}
    assert set(DECLARED["alerts"]) <= named


def test_every_alert_has_a_section_in_the_runbook():
    runbook = (HERE / "RUNBOOK.md").read_text()
    assert [r["alert"] for r in RULES if f"\n## {r['alert']}\n" not in runbook] == []


def test_every_metric_of_a_rule_is_exported(exported):
    later = {"up", "category_psi", "answers_whole_share", "escalated_share", "overruled_share"}
    expressions = [rule["expr"] for rule in RULES]
    expressions += [sli["expr"] for sli in DECLARED["slis"].values()]
    used = {name for expression in expressions for name in NAMES.findall(expression)}
    assert len(used - later) > 5
    assert [name for name in used - later if name not in exported] == []


def test_requests_are_counted_by_status(exported):
    assert 'http_requests_total{path="/v1/claims",status="200"}' in exported


def test_dollars_are_counted_by_model(exported):
    assert 'llm_cost_usd_total{model="assay-small"}' in exported
