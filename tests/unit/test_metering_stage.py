"""Meters are read at the end of every stage, of both services, and never end one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.challenges import make_material
from tests.fakes.incident_run import HANG, RULES, SURGE
from tests.fakes.metering import CENT, HAND, MODEL, told_by
from tests.fakes.world import FakeClock, FakeExporter, FakeService, FakeWorld

from assay.domain.errors import PlatformFault
from assay.domain.evidence import Evidence, Submission, Versions
from assay.domain.meters import MeterReading
from assay.evaluation.checkpoint import read_checkpoint
from assay.evaluation.pipeline import Evaluation, Identity
from assay.evaluation.plan import stages_of
from assay.evaluation.run import Run
from assay.kit.deadline import Deadline
from assay_probe.plan import MeterPlan
from assay_probe.records import Record

TOLD = {"path": "/costs/{id}", "id_field": "id", "field": "usd"}
TIMELINE: dict[str, Any] = {
    "incidents": {
        **RULES,
        "standard_min": 24,
        "draw": [{"group": "service", "count": 1}, {"group": "decoy", "count": 1}],
    },
    "incident": [HANG.model_dump(), SURGE.model_dump()],
}
IDENTITY = Identity(
    "e1",
    "2026-01-01T00:00:00+00:00",
    Submission(label="toy", kind="path"),
    Versions(assay="0", challenge="1.0.0", challenge_sha256="f" * 64, images={}),
)
Made = Callable[..., tuple[Evaluation, FakeWorld]]
ASKED = ("boot", "contract", "quality", "load", "capacity", "incidents", "shutdown")


@pytest.fixture
def evaluation(tmp_path: Path) -> Made:
    def make(
        only: tuple[str, ...] = (), *, metered: bool = True, **world: Any
    ) -> tuple[Evaluation, FakeWorld]:
        clock = FakeClock()
        services = {"submission": FakeService(clock=clock), "reference": FakeService(clock=clock)}
        hands = {"dependencies": (HAND,), "reference_dependencies": (HAND,)}
        fake = FakeWorld(services, clock, **{"meter": told_by, **hands, **world})  # type: ignore[arg-type]
        dependency = [{**MODEL, "meter": metered, **({"told": TOLD} if metered else {})}]
        material = make_material(dependency=dependency, **TIMELINE)
        run = Run(
            material=material,
            world=fake,
            exporter=FakeExporter(),
            tree=tmp_path / "tree",
            seed=7,
            deadline=Deadline.after(600),
            progress=lambda _event: None,
            clock=clock,
            origin_s=clock.now_s,
            images={"reference": "reference"},
        )
        return Evaluation(run, stages_of(material.challenge, only), IDENTITY), fake

    return make


def readings(evidence: Evidence, **wanted: str) -> list[MeterReading]:
    return [
        one
        for one in evidence.meters
        if all(getattr(one, name) == value for name, value in wanted.items())
    ]


def test_every_stage_in_which_something_is_sent_has_a_bill(evaluation: Made) -> None:
    made, _ = evaluation()
    evidence = made.run_all()

    whole = readings(evidence, label="", role="submission")
    assert [one.stage for one in whole] == list(ASKED)
    assert {one.status for one in evidence.stages} == {"done"}


def test_the_bill_of_the_reference_is_another_one(evaluation: Made) -> None:
    made, _ = evaluation(("load", "capacity"))
    evidence = made.run_all()

    assert {one.stage for one in readings(evidence, label="", role="reference")} >= {
        "load",
        "capacity",
    }
    (ours,) = readings(evidence, label="duet", role="submission")
    (theirs,) = readings(evidence, label="duet", role="reference")
    assert (ours.right, theirs.right) == (1600, 1600)


def test_the_bill_of_the_held_out_rows_stands_beside_what_the_service_says(
    evaluation: Made,
) -> None:
    made, _ = evaluation(("quality",), told={"h0": 0.25, "h1": 0.5})
    (rows,) = readings(made.run_all(), label="rows")

    assert (rows.stage, rows.role) == ("quality", "submission")
    assert (rows.asked, rows.right) == (10, 10)
    assert (rows.told_usd, rows.told_of) == (0.75, 2)
    assert rows.cost_pico_usd == CENT


@pytest.mark.parametrize("said", [-1.0, 1e308])
def test_a_price_that_no_request_has_is_none(evaluation: Made, said: float) -> None:
    made, _ = evaluation(("quality",), told={f"h{n}": said for n in range(10)})
    (rows,) = readings(made.run_all(), label="rows")

    assert (rows.told_usd, rows.told_of) == (0.0, 0)


def test_every_incident_and_every_minute_has_its_price(evaluation: Made) -> None:
    made, _ = evaluation(("incidents",))
    evidence = made.run_all()

    assert evidence.incidents is not None
    labels = {one.label for one in readings(evidence, stage="incidents", role="submission")}
    assert labels >= {"timeline", *(f"incident/{one.id}" for one in evidence.incidents.incidents)}
    assert {one.cost_pico_usd for one in evidence.incidents.slices} == {1}


def test_what_a_dependency_was_sent_is_kept_within_bounds(evaluation: Made) -> None:
    made, _ = evaluation(("contract",))
    (whole,) = readings(made.run_all(), stage="contract", role="submission")

    assert len(whole.system_prompts) == 5
    assert max(map(len, whole.system_prompts)) == 2000


def test_the_next_stage_reads_on_where_the_last_one_ended(evaluation: Made) -> None:
    made, world = evaluation(("contract",))
    made.run_all()

    first, second = [plan for plan in world.plans if isinstance(plan, MeterPlan)]
    assert [one.after for one in first.meters] == [0, 0]
    assert [one.after for one in second.meters] == [7, 7]
    assert second.since_s >= first.since_s > 0


def test_a_meter_that_cannot_be_read_ends_no_stage(evaluation: Made) -> None:
    def broken(_plan: MeterPlan) -> tuple[Record, ...]:
        raise PlatformFault("the probe could not reach it")

    made, _ = evaluation(meter=broken)
    evidence = made.run_all()

    assert {one.status for one in evidence.stages} == {"done"}
    assert evidence.meters == ()
    assert evidence.incidents is not None
    assert {one.cost_pico_usd for one in evidence.incidents.slices} == {None}


def test_nothing_is_read_where_nothing_is_metered(evaluation: Made) -> None:
    made, world = evaluation(metered=False)

    assert made.run_all().meters == ()
    assert not [plan for plan in world.plans if isinstance(plan, MeterPlan)]


def test_a_bill_outlives_an_interruption(evaluation: Made) -> None:
    made, _ = evaluation(("contract",))
    for name in made.stages:
        made.run_stage(name)

    kept = read_checkpoint(made.checkpoint().to_bytes())

    assert kept.facts.meters == made.evidence().meters
    assert kept.facts.meters
