"""What the probe is told to send says exactly what happens when, for every timeline."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.challenges import make_pool
from tests.fakes.incident_run import (
    BUREAU,
    CATALOGUE,
    HANG,
    MONTHS,
    NONSENSE,
    SURGE,
    incident,
    make_rules,
    timeline_of,
)
from tests.fakes.timeline_probe import rows_of

from assay.domain.errors import BadInput
from assay.domain.timeline import IncidentSpec
from assay.evaluation.drifts import prepare
from assay.evaluation.incidents.timeline import Timeline, draw_timeline
from assay.evaluation.incidents.traffic import (
    BASE,
    SERVICE_FAULTS,
    Traffic,
    needs_rows,
    traffic_of,
)
from assay_probe.plan import IncidentsPlan, RequestSpec, ScrapeSpec, Segment, Target, dump, load

POOL = make_pool(12)
RULES = make_rules()
SCHEDULES = ("abrupt", "gradual", "incremental", "recurring", "blip")


def traffic(timeline: Timeline) -> Traffic:
    drifted = {
        one.spec.id: prepare(one.spec, POOL, 1)
        for one in timeline.planned
        if needs_rows(one.spec.injector)
    }
    return traffic_of(timeline, RULES, POOL, drifted)


def during(found: Traffic, incident_id: str) -> list[Segment]:
    return [segment for segment in found.segments if segment.incident == incident_id]


def plan_of(found: Traffic) -> IncidentsPlan:
    return IncidentsPlan(
        target=Target("submission", "http://127.0.0.1:1"),
        request=RequestSpec("POST", "/score", BASE, "score", 0.01),
        segments=found.segments,
        changes=found.changes,
        marks=found.marks,
        stand_ins=[BUREAU],
        scrape=ScrapeSpec("http://127.0.0.1:1", "/metrics"),
        seed=1,
    )


def with_length(spec: IncidentSpec, length_min: float, schedule: str) -> IncidentSpec:
    drift = spec.injector == "unit_change"
    changes = {"length_min": length_min, **({"schedule": schedule} if drift else {})}
    return spec.model_copy(update=changes)


@given(
    seed=st.integers(0, 2**32),
    lengths=st.lists(st.floats(0.5, 6), min_size=len(CATALOGUE), max_size=len(CATALOGUE)),
    schedule=st.sampled_from(SCHEDULES),
)
@settings(deadline=None)
def test_segments_of_any_timeline_follow_each_other_without_gaps_from_its_start_to_its_end(
    seed: int, lengths: list[float], schedule: str
) -> None:
    specs = [with_length(spec, n, schedule) for spec, n in zip(CATALOGUE, lengths, strict=True)]
    timeline = draw_timeline(RULES, specs, "standard", seed)

    found = traffic(timeline)

    assert found.segments[0].start_s == 0
    assert found.segments[-1].end_s == timeline.length_min
    for before, after in pairwise(found.segments):
        assert after.start_s == pytest.approx(before.end_s, abs=1e-9)
    assert all(segment.end_s > segment.start_s for segment in found.segments)
    load(dump(plan_of(found)))  # a probe takes it


@given(seed=st.integers(0, 2**32))
def test_every_onset_and_every_end_has_one_mark_at_its_instant(seed: int) -> None:
    timeline = draw_timeline(RULES, CATALOGUE, "standard", seed)
    expected = [
        mark
        for one in timeline.planned
        for mark in (("begin", one.spec.id, one.onset_min), ("end", one.spec.id, one.end_min))
    ]

    assert [(m.name, m.detail, m.at_s) for m in traffic(timeline).marks] == expected


def test_between_incidents_the_pool_is_sent_at_the_published_rate() -> None:
    quiet = during(traffic(timeline_of(HANG, MONTHS)), "")

    assert len(quiet) == 4
    assert {(s.rate_rps, s.rows, s.share_from) for s in quiet} == {(20, BASE, 1.0)}


@pytest.mark.parametrize("fault", SERVICE_FAULTS)
def test_a_fault_of_the_container_leaves_the_traffic_as_it_is(fault: str) -> None:
    found = traffic(timeline_of(incident(fault)))
    [segment] = during(found, fault)

    assert (segment.rate_rps, segment.rows) == (20, BASE)
    assert found.changes == []
    assert set(found.files) == {BASE}


def test_a_surge_multiplies_the_rate_while_it_lasts() -> None:
    [segment] = during(traffic(timeline_of(SURGE)), "surge")

    assert (segment.rate_rps, segment.rows) == (60, BASE)


def test_a_dependency_goes_wrong_at_the_onset_and_is_well_at_the_end() -> None:
    slow = incident("dependency", settings={"name": "bureau", "mode": "slow", "seconds": 2})
    found = traffic(timeline_of(slow))

    assert [(c.at_s, c.name, c.mode, c.settings) for c in found.changes] == [
        (5.0, "bureau", "slow", {"seconds": 2}),
        (9.0, "bureau", "ok", {}),
    ]
    assert slow.settings["name"] == "bureau", "the catalogue stays as it was"


def phase_table(schedule: str) -> list[tuple[float, float, float, float]]:
    spec = MONTHS.model_copy(update={"schedule": schedule})
    found = during(traffic(timeline_of(spec)), "months")
    return [(s.start_s, s.end_s, s.share_from, s.share_to) for s in found]


def test_a_drift_is_mixed_in_as_its_schedule_says() -> None:
    assert phase_table("abrupt") == [(5, 11, 1, 1)]
    assert phase_table("gradual") == [(5, 8, 0, 1), (8, 11, 1, 1)]
    assert phase_table("recurring") == [(5, 7, 1, 1), (7, 9, 0, 0), (9, 11, 1, 1)]


def test_every_level_of_a_drift_has_a_file_of_its_own_and_clean_rows_beside_it() -> None:
    found = traffic(timeline_of(MONTHS.model_copy(update={"schedule": "incremental"})))
    segments = during(found, "months")

    assert len({segment.rows for segment in segments}) == 4
    assert {segment.base for segment in segments} == {BASE}
    assert set(found.files) == {BASE, *(segment.rows for segment in segments)}


def test_files_hold_what_the_probe_needs_to_judge_an_answer_and_send_its_label() -> None:
    found = traffic(timeline_of(NONSENSE))
    [segment] = during(found, "nonsense")
    clean, drifted = rows_of(found.files[BASE]), rows_of(found.files[segment.rows])

    assert [(row["id"], row["expected"], row["label"]) for row in clean] == [
        (row.id, row.expected, row.label) for row in POOL
    ]
    assert sum(row["refuse"] for row in drifted) == len(POOL) / 2
    assert not any(row["refuse"] for row in clean)


def test_an_injector_nobody_knows_is_refused_with_those_that_there_are() -> None:
    unknown = incident("meteor")

    with pytest.raises(BadInput, match=r"no injector is called 'meteor'.*crash.*hang") as refusal:
        traffic(timeline_of(unknown))
    assert "traffic_surge" in str(refusal.value)


def kinds(found: Traffic) -> list[Any]:
    return [(s.incident, s.start_s, s.end_s, s.rows) for s in found.segments]


def test_the_same_seed_gives_the_same_traffic_byte_for_byte_and_another_seed_another() -> None:
    first, again, other = (
        traffic(draw_timeline(RULES, CATALOGUE, "standard", seed)) for seed in (5, 5, 6)
    )

    assert first == again
    assert kinds(first) != kinds(other)
