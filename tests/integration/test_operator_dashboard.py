"""Every query of the dashboard and of the alerts, by a real Prometheus that watches a real Assay.

What the machine tells of itself needs an exporter; tests/e2e/test_compose.py asks for that.
"""

import json
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.fakes.browsing import served
from tests.fakes.ports import free_port
from tests.fakes.web import Site, a_site

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "deploy" / "prometheus"
READY_S = 20.0
SCRAPES = 4
OURS = re.compile(r"\b(assay|process)_")

pytestmark = pytest.mark.skipif(
    shutil.which("prometheus") is None, reason="prometheus is not installed; `assay doctor --fix`"
)


def queries_of_the_dashboard() -> list[str]:
    board = json.loads((ROOT / "deploy/grafana/dashboards/assay.json").read_text())
    targets = [target for panel in board["panels"] for target in panel.get("targets", [])]
    return sorted({target["expr"] for target in targets})


def selectors_of_the_alerts() -> list[str]:
    """What alerts look at, without the comparison that makes them fire."""
    rules = yaml.safe_load((CONFIG / "rules.yml").read_text())
    text = "\n".join(rule["expr"] for group in rules["groups"] for rule in group["rules"])
    return sorted(set(re.findall(r"\bassay_\w+", text)))


PANELS = [query for query in queries_of_the_dashboard() if OURS.search(query)]


@contextmanager
def prometheus(directory: Path, target: str) -> Iterator[str]:
    """One that watches this target twice a second; yields its address."""
    config = yaml.safe_load((CONFIG / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
    config["rule_files"] = [str(CONFIG / "rules.yml")]
    config["scrape_configs"][0]["static_configs"][0]["targets"] = [target]
    config["scrape_configs"] = config["scrape_configs"][:1]
    (directory / "prometheus.yml").write_text(yaml.safe_dump(config))
    (directory / "alertmanagers.yml").write_text("[]\n")
    address = f"127.0.0.1:{free_port()}"
    words = [
        "prometheus",
        f"--config.file={directory}/prometheus.yml",
        f"--storage.tsdb.path={directory}/data",
        f"--web.listen-address={address}",
        "--log.level=warn",
    ]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until_ready(f"http://{address}/-/ready")
            yield f"http://{address}"
        finally:
            process.terminate()


def wait_until_ready(url: str) -> None:
    end_s = time.monotonic() + READY_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            assert time.monotonic() < end_s, f"{url} does not answer"
            time.sleep(0.1)


def ask(url: str, query: str) -> list[Any]:
    """The series an instant query finds now."""
    plain = query.replace("$__rate_interval", "1m")
    path = f"/api/v1/query?query={urllib.parse.quote(plain)}"
    with urllib.request.urlopen(url + path, timeout=10) as answer:
        found: list[Any] = json.load(answer)["data"]["result"]
    return found


def a_day(site: Site) -> None:
    """One push is judged, one runs, one waits."""
    site.house.later(seconds=1)
    site.judge(site.pushed(site.house.started()))
    site.begin(site.pushed(site.house.started()))
    site.pushed(site.house.started())


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prometheus that has seen a day of Assay."""
    site = a_site(tmp_path_factory.mktemp("site"))
    port = free_port()
    place = tmp_path_factory.mktemp("prometheus")
    with served(site.app, port), prometheus(place, f"127.0.0.1:{port}") as url:
        a_day(site)
        end_s = time.monotonic() + READY_S
        seen = f'count_over_time(assay_stage_seconds_count{{stage="build"}}[1m]) >= {SCRAPES}'
        while not ask(url, seen):
            assert time.monotonic() < end_s, "nothing was scraped"
            time.sleep(0.2)
        yield url
    site.house.database.dispose()


@pytest.mark.parametrize("query", PANELS)
def test_every_panel_about_assay_finds_something(watched: str, query: str) -> None:
    assert ask(watched, query)


@pytest.mark.parametrize("name", selectors_of_the_alerts())
def test_every_alert_looks_at_something_that_exists(watched: str, name: str) -> None:
    assert ask(watched, name)


def test_a_panel_shows_what_happened(watched: str) -> None:
    waiting = {
        one["metric"]["lane"]: float(one["value"][1])
        for one in ask(watched, "sum by (lane) (assay_queue_depth)")
    }

    assert waiting["practice"] == 1
    assert waiting["sealed"] == 0


def test_rules_are_loaded_and_evaluated_without_an_error(watched: str) -> None:
    with urllib.request.urlopen(f"{watched}/api/v1/rules", timeout=10) as answer:
        groups = json.load(answer)["data"]["groups"]
    ill = [rule["name"] for g in groups for rule in g["rules"] if rule["health"] != "ok"]

    assert {group["name"] for group in groups} == {"assay", "machine"}
    assert ill == []
