"""What machines are told about the platform."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.web import Extras, Site, a_site

from assay.db.tables import Worker


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


def figures(site: Site) -> dict[str, float]:
    text = site.browser().get("/metrics").text
    return {name: float(value) for name, value in re.findall(r"^(assay\S+) (\S+)$", text, re.M)}


def test_alive_says_nothing_about_what_it_needs(site: Site) -> None:
    assert site.browser().get("/livez").json() == {"status": "ok"}


def test_ready_names_what_is_missing(tmp_path: Path) -> None:
    checks = {"disk": lambda: "", "engine": lambda: "no container engine answers"}
    site = a_site(tmp_path, Extras(checks=checks))
    answer = site.browser().get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"disk": "ok", "engine": "no container engine answers"}
    site.house.database.dispose()


def test_ready_is_ready_when_every_check_says_so(tmp_path: Path) -> None:
    site = a_site(tmp_path, Extras(checks={"disk": lambda: ""}))

    assert site.browser().get("/readyz").json()["status"] == "ok"
    site.house.database.dispose()


def test_the_queue_is_measured_by_lane(site: Site) -> None:
    site.pushed(site.house.started())
    site.house.later(seconds=90)
    told = figures(site)

    assert told['assay_queue_depth{lane="practice"}'] == 1
    assert told['assay_queue_depth{lane="sealed"}'] == 0
    assert told['assay_queue_oldest_seconds{lane="practice"}'] == 90
    assert told['assay_queue_oldest_seconds{lane="sealed"}'] == 0


def test_evaluations_are_counted_by_state(site: Site) -> None:
    site.judge(site.pushed(site.house.started()))

    assert figures(site)['assay_evaluations{lane="practice",state="judged"}'] == 1


def test_what_waits_is_counted_at_once_and_what_ended_twice_a_minute(site: Site) -> None:
    judged = 'assay_evaluations{lane="practice",state="judged"}'
    queued = 'assay_evaluations{lane="practice",state="queued"}'
    figures(site)
    first, second = (site.pushed(site.house.started()) for _ in range(2))
    site.judge(first)
    soon = figures(site)
    site.house.later(seconds=31)
    site.judge(second)
    later = figures(site)

    assert (soon.get(judged), soon[queued]) == (None, 1)
    assert (later[judged], later.get(queued)) == (2, None)


def test_slots_that_work_are_those_whose_evaluation_runs(site: Site) -> None:
    site.begin(site.pushed(site.house.started()))
    site.pushed(site.house.started())

    assert figures(site)["assay_slots_busy"] == 1


def test_stages_and_pushes_are_counted_from_the_start_of_the_process_and_once(site: Site) -> None:
    figures(site)
    site.house.later(seconds=1)
    site.judge(site.pushed(site.house.started()))
    first, second = figures(site), figures(site)

    assert first['assay_stage_seconds_count{stage="build",status="done"}'] == 1
    assert first["assay_push_bytes_count"] == 1
    assert second["assay_push_bytes_count"] == 1
    assert second['assay_stage_seconds_count{stage="build",status="done"}'] == 1


def test_slots_are_those_of_workers_seen_lately(site: Site) -> None:
    with site.house.write() as session:
        for name, ago_s in (("here", 10), ("gone", 3600)):
            site.house.later(seconds=-ago_s)
            at = site.house.time
            session.add(Worker(id=name, host="h", slots=2, started_at=at, seen_at=at))
            site.house.later(seconds=ago_s)
    told = figures(site)

    assert told["assay_workers"] == 1
    assert told["assay_slots"] == 2


def test_requests_are_counted_by_route_and_not_by_address(site: Site) -> None:
    site.browser().get("/a/asi_" + "0" * 40)
    site.calls().get("/api/v1/assessments/asm_" + "0" * 16)
    told = figures(site)

    assert any('route="/a/{token}"' in name for name in told)
    assert any('route="/api/v1/assessments/{assessment_id}"' in name for name in told)
    assert not any("asi_" in name or "asm_" in name for name in told)


def test_metrics_name_no_person(site: Site) -> None:
    site.pushed(site.house.started())

    text = site.browser().get("/metrics").text
    assert "dana" not in text.lower()
    assert "asm_" not in text
