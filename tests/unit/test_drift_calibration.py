"""A drift is as strong as was asked for, or it is said that it cannot be."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.domain.errors import BadInput
from assay.domain.timeline import Calibration, IncidentSpec
from assay.evaluation.drifts import Drifted, prepare, scores_of
from assay.evaluation.drifts.bodies import Rows, column
from assay.evaluation.drifts.calibration import Calibrated, calibrate
from assay.evaluation.drifts.measures import ks, psi
from assay.evaluation.drifts.scores import auc_loss
from assay.evaluation.material import Row

POOL = tuple(
    Row(
        f"row {n}",
        {"age": 18 + n * 7 % 60, "income": 1000.0 + n * 37 % 5000, "job": "ab"[n % 2]},
        expected=(n * 37 % 5000) / 5000,
        label=int(n * 37 % 5000 + n * 101 % 2500 > 3200),
    )
    for n in range(600)
)


class Reference:
    """A model that answers from the body alone, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, rows: Rows) -> Mapping[str, float]:
        self.asked += [row.id for row in rows]
        return {row.id: row.body["income"] / 5000 for row in rows}


def incident(injector: str, fields: dict[str, Any], **more: Any) -> IncidentSpec:
    return IncidentSpec(
        id="the_one",
        title="Something happens",
        kind="drift",
        group="data",
        injector=injector,
        settings=fields,
        observable="marginal",
        length_min=20,
        budget_min=20,
        accepts=("drift",),
        **more,
    )


def to(measure: Any, target: float, field: str = "") -> Calibration:
    return Calibration(measure=measure, target=target, field=field)


def prepared(injector: str, fields: dict[str, Any], wanted: Calibration, seed: int = 3) -> Drifted:
    return prepare(incident(injector, fields, calibrate=wanted), POOL, seed)


@given(st.floats(0.5, 4), st.floats(0.1, 10), st.floats(0.05, 1))
def test_a_rising_measure_reaches_its_target(power: float, most: float, share: float) -> None:
    found = calibrate(lambda intensity: most * intensity**power, share * most)

    assert found.reached
    assert found.value == pytest.approx(share * most, rel=0.1)
    assert found.value == most * found.intensity**power


@given(st.floats(0.1, 10), st.floats(1.2, 10))
def test_a_target_out_of_reach_gives_full_intensity_and_says_so(most: float, times: float) -> None:
    found = calibrate(lambda intensity: most * intensity, most * times)

    assert found == Calibrated(1.0, most, reached=False)


def test_a_measure_that_jumps_over_the_target_has_not_reached_it() -> None:
    found = calibrate(lambda intensity: 0.0 if intensity < 0.6 else 1.0, 0.8)

    assert found.value == 1.0
    assert not found.reached


@pytest.mark.parametrize("target", [0.1, 0.25, 0.5])
@pytest.mark.parametrize(
    ("injector", "fields"),
    [
        ("covariate_shift", {"field": "income", "by_sd": 2}),
        ("unit_change", {"field": "income", "factor": 100}),
        ("unit_change_partly", {"field": "income", "factor": 100, "share": 0.9}),
        ("missing_at_random", {"field": "income"}),
        ("missing_not_at_random", {"field": "income"}),
        ("stuck_sensor", {"field": "income", "value": 0}),
        ("unseen_category", {"field": "job", "value": "c"}),
        ("harmless_shift", {"field": "age"}),
    ],
)
def test_a_drift_of_one_column_reaches_its_psi(
    injector: str, fields: dict[str, Any], target: float
) -> None:
    found = prepared(injector, fields, to("psi", target))
    before, after = (column(rows, fields["field"]) for rows in (POOL, found.strongest))

    assert psi(before, after) == pytest.approx(target, rel=0.1)
    assert found.note == ""


@pytest.mark.parametrize("target", [0.1, 0.3])
def test_a_shift_reaches_its_ks(target: float) -> None:
    found = prepared("covariate_shift", {"field": "income", "by_sd": 3}, to("ks", target))
    distance = ks(column(POOL, "income"), column(found.strongest, "income"))

    assert distance == pytest.approx(target, rel=0.1)


@pytest.mark.parametrize("target", [0.05, 0.1, 0.3])
def test_a_concept_drift_reaches_its_loss_of_auc_without_asking_anybody(target: float) -> None:
    found = prepared("concept_drift", {"field": "age", "above": 30}, to("auc_loss", target))
    scores = scores_of(POOL)

    assert auc_loss(POOL, found.strongest, scores, scores) == pytest.approx(target, rel=0.1)


def test_a_changed_value_is_calibrated_by_what_the_reference_answers_to_it() -> None:
    ask = Reference()
    spec = incident("stale_join", {"field": "income"}, calibrate=to("auc_loss", 0.1))

    found = prepare(spec, POOL, 3, ask=ask)

    before, after = scores_of(POOL), scores_of(found.strongest, ask)
    assert auc_loss(POOL, found.strongest, before, after) == pytest.approx(0.1, rel=0.1)
    unchanged = {row.id for row, same in zip(found.strongest, POOL, strict=True) if row is same}
    assert unchanged
    assert len(ask.asked) < 15 * len(POOL)


def test_only_changed_rows_are_asked_and_none_that_must_be_refused() -> None:
    ask = Reference()
    rows = (
        Row("known", {"income": 1}, 0.4, 1),
        Row("changed", {"income": 2500}, None, 0),
        Row("refused", {"income": "1,00"}, None, 0, refuse=True),
    )

    assert scores_of(rows, ask) == {"known": 0.4, "changed": 0.5}
    assert ask.asked == ["changed"]


def test_without_anybody_to_ask_a_loss_of_auc_is_refused() -> None:
    with pytest.raises(BadInput, match=r"'the_one': \d+ rows have no known answer"):
        prepared("stale_join", {"field": "income"}, to("auc_loss", 0.1))


def test_what_cannot_be_reached_is_noted_with_what_there_is() -> None:
    found = prepared("covariate_shift", {"field": "income", "by_sd": 0.01}, to("psi", 2))

    assert found.intensity == 1
    assert found.note.startswith("psi 2 was asked for; at its strongest the drift has 0.0")


def test_what_jumps_over_its_target_is_noted_with_the_nearest() -> None:
    coin = tuple(Row(str(n), {"on": n % 2}, 0.5, n % 2) for n in range(40))
    spec = incident(
        "covariate_shift", {"field": "on", "by_sd": 2}, calibrate=to("psi", 0.01, field="on")
    )

    assert "psi 0.01 was asked for; the nearest that can be had is 0" in prepare(spec, coin, 1).note


@pytest.mark.parametrize(
    ("injector", "fields", "wanted", "words"),
    [
        ("concept_drift", {"field": "age", "above": 30}, to("psi", 1), "calibrate.field is needed"),
        ("harmless_shift", {"field": "age"}, to("psi", 1, "wage"), "no row has a value of 'wage'"),
        ("stale_join", {"field": "job"}, to("ks", 1), "the values of 'job' are no numbers"),
        ("decimal_comma", {"field": "age"}, to("ks", 0.5), "ks cannot be measured on what"),
    ],
)
def test_a_measure_that_says_nothing_about_a_drift_is_refused(
    injector: str, fields: dict[str, Any], wanted: Calibration, words: str
) -> None:
    with pytest.raises(BadInput, match=f"'the_one': .*{words}"):
        prepared(injector, fields, wanted)


def test_a_loss_of_auc_needs_labels() -> None:
    unlabelled = tuple(Row(row.id, row.body, row.expected) for row in POOL)
    spec = incident("harmless_shift", {"field": "age"}, calibrate=to("auc_loss", 0.1))

    with pytest.raises(BadInput, match="needs rows with both labels"):
        prepare(spec, unlabelled, 3)


def test_the_same_seed_prepares_the_same_drift_and_another_one_another() -> None:
    fields, wanted = {"field": "income"}, to("psi", 0.25)

    first = prepared("missing_at_random", fields, wanted, seed=3)

    assert first == prepared("missing_at_random", fields, wanted, seed=3)
    assert first.rows != prepared("missing_at_random", fields, wanted, seed=4).rows


def test_without_calibration_the_settings_are_done_in_full() -> None:
    found = prepare(incident("unit_change", {"field": "income", "factor": 12}), POOL, 3)

    assert (found.intensity, found.note, found.features) == (1.0, "", ("income",))
    assert [row.body["income"] for row in found.strongest] == [r.body["income"] * 12 for r in POOL]


def test_an_incremental_drift_has_rows_for_every_level_each_further_away() -> None:
    spec = incident("covariate_shift", {"field": "income", "by_sd": 2}, schedule="incremental")

    found = prepare(spec, POOL, 3)

    clean = column(POOL, "income")
    distances = [psi(clean, column(rows, "income")) for rows in found.rows.values()]
    assert list(found.rows) == [phase.level for phase in found.phases]
    assert distances == sorted(distances)
    assert distances[0] > 0.05
    assert found.strongest is found.rows[1.0]
