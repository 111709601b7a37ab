"""What practice shows of the rows is of no use when it counts, and both are equally hard."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from assay.bootstrap.material import material_of
from assay.domain.timeline import IncidentSpec
from assay.evaluation.drifts import INJECTORS, prepare
from assay.evaluation.drifts.bodies import column
from assay.evaluation.drifts.measures import psi
from assay.evaluation.material import Material, Row
from assay.toolkit.package import load_challenge

PACKAGE = load_challenge(Path(__file__).resolve().parents[2] / "challenges" / "credit-scoring")
PRACTICE, SEALED = (material_of(PACKAGE, seed) for seed in (4, 5))
CALIBRATED = [
    one for one in PACKAGE.challenge.incident if one.calibrate and one.injector in INJECTORS
]
NOT_FEATURES = ("application_id", "applicant")
ROUNDS = 24
"""What four virtual hours of quiet traffic use."""


def features(row: Row) -> str:
    """The row without what a model never sees."""
    return json.dumps({k: v for k, v in row.body.items() if k not in NOT_FEATURES}, sort_keys=True)


def incident_rows(material: Material, rounds: int = ROUNDS) -> tuple[Row, ...]:
    assert material.fresh is not None
    return material.fresh.rounds(0, rounds)


def everything(material: Material) -> Iterable[Row]:
    return (*material.rows, *material.holdout, *material.pool, *incident_rows(material))


def test_no_row_of_practice_comes_in_a_sealed_evaluation() -> None:
    bodies = {features(row) for row in everything(PRACTICE)}
    ids = {row.id for row in (*PRACTICE.rows, *PRACTICE.holdout)}

    assert not ids & {row.id for row in (*SEALED.rows, *SEALED.holdout)}
    assert sum(features(row) in bodies for row in incident_rows(SEALED)) == 0
    assert sum(features(row) in bodies for row in (*SEALED.rows, *SEALED.holdout)) == 0


def test_hardly_a_row_of_quiet_time_is_sent_twice() -> None:
    rules = PACKAGE.challenge.incidents
    assert rules is not None
    rows = incident_rows(PRACTICE)

    assert len(rows) >= rules.rate_rps * rules.standard_min
    assert len({features(row) for row in rows}) > 0.98 * len(rows)


def test_another_practice_run_has_other_rows() -> None:
    again = incident_rows(material_of(PACKAGE, 6), 2)
    known = {features(row) for row in incident_rows(PRACTICE, 2)}

    assert sum(features(row) in known for row in again) < 0.01 * len(again)


@pytest.mark.parametrize("material", [PRACTICE, SEALED], ids=["practice", "sealed"])
def test_fresh_rows_are_distributed_as_those_of_the_holdout(material: Material) -> None:
    """A window of 500 rows of a clean service is nowhere near the usual limit of 0.25."""
    whole = material_of(PACKAGE, 4).holdout + material_of(PACKAGE, 5).holdout
    rows = incident_rows(material, 4)
    numbers = [f for f in rows[0].body if isinstance(rows[0].body[f], int | float)]

    for field in numbers:
        of_all = column(whole, field)
        assert psi(of_all, column(rows, field)) < 0.05, field
        for first in range(0, 2_000, 500):
            assert psi(of_all, column(rows[first : first + 500], field)) < 0.1, field


def test_both_halves_default_equally_often() -> None:
    shares = [
        sum(row.label or 0 for row in material.holdout) / len(material.holdout)
        for material in (PRACTICE, SEALED)
    ]

    assert shares[0] == pytest.approx(shares[1], abs=0.005)


@pytest.mark.parametrize("seed", [4, 5, 11])
@pytest.mark.parametrize("spec", CALIBRATED, ids=lambda spec: spec.id)
def test_a_drift_of_fresh_rows_is_as_strong_as_was_asked_for(spec: IncidentSpec, seed: int) -> None:
    material = material_of(PACKAGE, seed)
    assert material.fresh is not None
    rows = material.fresh.rounds(30, 2)

    found = prepare(spec, rows, seed)

    assert found.note == ""
    assert spec.calibrate is not None
    field = found.features[0]
    distance = psi(column(rows, field), column(found.strongest, field))
    assert distance == pytest.approx(spec.calibrate.target, rel=0.1)


def test_the_bureau_knows_as_many_of_the_fresh_rows_as_of_the_others() -> None:
    lines = PRACTICE.harness["bureau.jsonl"].decode().splitlines()
    known = {json.loads(line)["id"] for line in lines}

    def share(rows: Iterable[Row]) -> float:
        missing = [row.id in known for row in rows if row.body["income_eur_year"] is None]
        return sum(missing) / len(missing)

    assert share(incident_rows(PRACTICE)) == pytest.approx(share(PRACTICE.pool), abs=0.01)
