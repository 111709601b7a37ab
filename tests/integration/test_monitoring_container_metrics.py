"""A hostile `/metrics` in a container of its own: the real probe records it, and gets no harm."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.fakes.hostile_service import PROGRAM
from tests.fakes.monitoring_worlds import (
    ENGINES,
    MonitoringWorld,
    growing,
    monitoring_world,
    python_stand,
)
from tests.fakes.program_images import program_image

from assay.domain.incidents import LiveFacts
from assay.evaluation.alerting.live import live_facts, live_run
from assay.evaluation.alerting.monitoring_file import read_monitoring
from assay.evaluation.alerting.recording import Reading, read_recording, scrape_facts, target_labels
from assay.evaluation.alerting.replay import replay_all
from assay.evaluation.alerting.rules import read_rules
from assay.evaluation.ports import ProbeFiles
from assay.kit.deadline import Deadline
from assay_probe.plan import IncidentsPlan, RequestSpec, ScrapeSpec, Segment, Target
from assay_probe.records import Event, Record, ScrapeRecord, SegmentRecord
from assay_sandbox.conformance_lab import wait_for_word

pytestmark = pytest.mark.slow

TRAFFIC_S, IDLE_S, TIMEOUT_S = 1.0, 0.5, 2.0
LIVE_S, START_AND_END_S = 150.0, 40.0
"""Prometheus may take 30 s until it is ready, and 3 s to end."""
LIMIT_S = TRAFFIC_S + IDLE_S + TIMEOUT_S + 35.0
"""What was sent, scraped and waited for, and a container made and removed on a busy machine."""
PORT = 8000
ROW = json.dumps({"id": "r", "body": {"row": 1}, "expected": 0.5}) + "\n"
FORGED, NOBODY = "1e9", 'ALERTS{alertname="Nobody"}'
FAILURES = {
    "20,000-series": "too_many_series",
    "endless-comment": "too_large",
    "endless-series": "too_many_series",
    "long-label": "long_label",
    "dripping": "timeout",
}


@pytest.fixture(scope="module", params=ENGINES)
def world(request: pytest.FixtureRequest) -> Iterator[MonitoringWorld]:
    with (
        monitoring_world(request.param) as made,
        program_image(python_stand(made), PROGRAM, "hostile") as image,
    ):
        made.world.boot("submission", image, deadline=Deadline.after(30))
        wait_for_word(made.engine.started[-1], "up")
        yield made


def service_of(world: MonitoringWorld) -> Target:
    host, port = next(c for c in world.engine.started if c.role == "submission").address()
    return Target("submission", f"http://{host}:{port}")


def recorded(world: MonitoringWorld, name: str) -> list[Record]:
    """What the probe says of a second of traffic, while it scrapes in every slot."""
    service = service_of(world)
    request = RequestSpec("POST", "/score", "rows.jsonl", "p", 0.001, timeout_s=5.0)
    scrape = ScrapeSpec(service.url, f"/metrics/{name}", timeout_s=TIMEOUT_S)
    plan = IncidentsPlan(
        target=service,
        request=request,
        segments=[Segment("", 0.0, TRAFFIC_S, 60.0, "rows.jsonl", "")],
        changes=[],
        marks=[],
        stand_ins=[],
        scrape=scrape,
        seed=3,
        idle_s=IDLE_S,
    )
    files = ProbeFiles({"rows.jsonl": ROW.encode()})
    began_s = time.monotonic()
    records = list(world.world.probe(plan, files, deadline=Deadline.after(60)))
    assert time.monotonic() - began_s < LIMIT_S
    return records


def scrapes_of(records: Sequence[Record]) -> list[ScrapeRecord]:
    found = [one for one in records if isinstance(one, ScrapeRecord)]
    return sorted(found, key=lambda scrape: scrape.slot)


def read(scrapes: Sequence[ScrapeRecord]) -> Reading:
    return read_recording(scrapes, target=target_labels(PORT), every_s=0.25, unix_s=1.79e9)


def assert_undisturbed(records: Sequence[Record]) -> None:
    """Every slot has a record, every request its right answer."""
    (segment,) = (one for one in records if isinstance(one, SegmentRecord))
    assert set(segment.outcomes) == {"o"}
    slots = [scrape.slot for scrape in scrapes_of(records)]
    assert slots == list(range(len(slots)))
    assert len(slots) >= (TRAFFIC_S + IDLE_S) / 0.25 - 1


@pytest.mark.parametrize("name", FAILURES)
def test_a_hostile_exposition_is_a_failed_scrape_and_disturbs_nothing(
    world: MonitoringWorld, name: str
) -> None:
    records = recorded(world, name)
    scrapes = scrapes_of(records)
    facts = scrape_facts(read(scrapes), scrapes)

    assert_undisturbed(records)
    assert facts.failed == {FAILURES[name]: facts.slots}
    assert (facts.good, facts.series_last) == (0, 0)


def test_what_is_no_exposition_is_told_in_words(world: MonitoringWorld) -> None:
    records = recorded(world, "nonsense")
    scrapes = scrapes_of(records)
    facts = scrape_facts(read(scrapes), scrapes)

    assert_undisturbed(records)
    assert facts.failed == {"unparsable": facts.slots}
    assert facts.problem == "byte 1 is not UTF-8"


def test_forged_series_reach_no_rule(world: MonitoringWorld) -> None:
    records = recorded(world, "forged")
    scrapes = scrapes_of(records)
    found = read(scrapes)
    entries = [
        {"alert": "Down", "expr": "up == 0"},
        {"alert": "Meta", "expr": NOBODY},
        {"alert": "Slow", "expr": "scrape_duration_seconds > 9"},
        {"alert": "Seen", "expr": "seen == 7"},
    ]
    text = json.dumps({"groups": [{"name": "g", "rules": entries}]}).encode()
    done = replay_all({"recorded": found.recording}, read_rules({"r.yml": text}), run=world.run)

    assert_undisturbed(records)
    assert {one.partition("{")[0].split()[0] for one in scrape_facts(found, scrapes).forged} == {
        "up", "scrape_duration_seconds", "scrape_samples_scraped", "ALERTS", "ALERTS_FOR_STATE",
    }  # fmt: skip
    assert (done.replays[0].error, done.replays[0].rule_errors) == ("", ())
    assert {episode.alert for episode in done.replays[0].episodes} == {"Seen"}


def test_timestamps_of_the_service_move_no_sample(world: MonitoringWorld) -> None:
    records = recorded(world, "future")
    found = read(scrapes_of(records))
    own = [s for s in found.recording.series if s.name.endswith("_total")]

    assert_undisturbed(records)
    assert [s.name for s in own] == ["a_total", "b_total", "c_total", "d_total"]
    assert all(s.slots.tolist() == list(range(found.recording.slots)) for s in own)


# ------------------------------------------------------------------ a real Prometheus beside it


def beside(
    world: MonitoringWorld, folder: Path, name: str, *entries: dict[str, str], watch_s: float
) -> LiveFacts:
    """What Prometheus and Alertmanager show beside the service, stopped after `watch_s`.

    It ends in time, and nothing of it runs on.
    """
    group = {"name": "g", "rules": entries}
    (folder / "r.yml").write_text(json.dumps({"groups": [group]}))
    (folder / "monitoring.yml").write_text(
        f"scrape: {{path: '/metrics/{name}'}}\nrule_files: [r.yml]\n"
    )
    run = live_run(read_monitoring(folder), service_of(world), instance="svc:8000", limit_s=LIVE_S)
    began_s, told = time.monotonic(), []
    stop = threading.Timer(watch_s, world.world.stop_monitoring)
    for record in world.world.monitoring(
        run.plan,
        ProbeFiles(dict(run.files)),
        beside_service=True,
        deadline=Deadline.after(2 * LIVE_S),
    ):
        told.append(record)
        if isinstance(record, Event) and record.name == "ready":
            stop.start()
    stop.cancel()
    assert time.monotonic() - began_s < watch_s + START_AND_END_S
    assert [c for c in world.running() if c.role == "monitoring"] == []
    return live_facts(told, origin_s=began_s, unscaled=run.unscaled)


@pytest.mark.minutes
@pytest.mark.parametrize("name", ["sound", "forged", "20,000-series", "endless-comment"])
def test_a_prometheus_beside_the_service_ends_when_told_whatever_it_scrapes(
    world: MonitoringWorld, name: str, tmp_path: Path
) -> None:
    heavy = ({"alert": f"E{n}", "expr": 'count({__name__=~".+"}) > 1e6'} for n in range(100))
    forged = {"alert": "Forged", "expr": f"scrape_samples_scraped == {FORGED} or {NOBODY}"}
    facts = beside(world, tmp_path, name, forged, *heavy, watch_s=4)

    assert (facts.started, facts.message, facts.notifications) == (True, "", ())


@pytest.mark.minutes
def test_a_prometheus_that_its_rules_kill_is_told_of(
    world: MonitoringWorld, tmp_path: Path
) -> None:
    hungry = {"alert": "H", "expr": growing(120, 4)}
    facts = beside(world, tmp_path, "sound", hungry, watch_s=LIVE_S)

    assert facts.message.startswith("prometheus ended with -9")
