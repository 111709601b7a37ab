"""What each drift of real applications can be noticed from: the reason for observability classes.

In the spirit of a measured table: an unmonitored stale join has no PSI at all, a concept drift
is in the labels alone, and a large shift can be harmless.
"""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from assay.domain.incidents import GroundTruth
from assay.domain.timeline import IncidentSpec
from assay.evaluation.drifts import prepare
from assay.evaluation.drifts.bodies import Rows
from assay.evaluation.drifts.truth import features_of, ground_truth
from assay.evaluation.material import Row, read_rows

HARNESS = Path(__file__).parents[2] / "challenges/credit-scoring/harness"
ROWS = read_rows((HARNESS / "holdout.jsonl").read_text())
SCORES = {row.id: row.expected for row in ROWS if row.expected is not None}
PERSONAL = frozenset({"applicant.name", "applicant.email", "applicant.national_id"})


def drifted(injector: str, fields: dict[str, Any]) -> Rows:
    spec = IncidentSpec(
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
    )
    return prepare(spec, ROWS, 11).strongest


@cache
def truth_of(injector: str, *fields: tuple[str, Any]) -> GroundTruth:
    rows = drifted(injector, dict(fields))
    known = {row.id: row.expected for row in rows if row.expected is not None}
    return ground_truth(ROWS, rows, intensity=1.0, scores_clean=SCORES, scores_drifted=known)


def test_rows_that_did_not_change_are_nowhere() -> None:
    truth = truth_of("none")

    assert (truth.psi_max, truth.ks_max, truth.wasserstein_max) == (0, 0, 0)
    assert truth.c2st_auc == pytest.approx(0.5)
    assert (truth.score_psi, truth.auc_loss) == (0, 0)


def test_a_unit_change_stands_out_in_its_column_alone() -> None:
    truth = truth_of("unit_change", ("field", "income_eur_year"), ("factor", 12))

    assert truth.ks["income_eur_year"] > 0.95
    assert truth.wasserstein["income_eur_year"] > 5
    assert truth.psi_max == truth.psi["income_eur_year"] > 1
    assert sum(index > 0 for index in truth.psi.values()) == 1
    assert truth.c2st_auc > 0.9


def test_a_unit_change_of_some_callers_is_a_smaller_one() -> None:
    fields = (("field", "income_eur_year"), ("factor", 12))
    some = truth_of("unit_change_partly", *fields, ("share", 0.3))
    everybody = truth_of("unit_change", *fields)

    assert 0.1 < some.psi_max < everybody.psi_max
    assert 0.55 < some.c2st_auc < everybody.c2st_auc


def test_a_stale_join_shows_only_between_columns() -> None:
    truth = truth_of("stale_join", ("field", "price_eur"))

    assert truth.psi_max == pytest.approx(0, abs=1e-12)
    assert truth.ks_max == 0
    assert truth.c2st_auc > 0.6


def test_a_concept_drift_shows_only_in_the_labels() -> None:
    truth = truth_of("concept_drift", ("field", "term_months"), ("above", 47))

    assert truth.psi_max == 0
    assert truth.c2st_auc == pytest.approx(0.5)
    assert truth.score_psi == 0
    assert truth.auc_loss is not None
    assert truth.auc_loss > 0.2


def test_a_label_shift_moves_the_scores_and_costs_no_auc() -> None:
    truth = truth_of("label_shift", ("target", 0.6))

    assert truth.score_psi is not None
    assert truth.score_psi > truth.psi_max
    assert truth.auc_loss == pytest.approx(0, abs=0.02)


def test_a_harmless_shift_is_large_and_costs_next_to_nothing() -> None:
    truth = truth_of("harmless_shift", ("field", "age_years"))

    assert truth.psi["age_years"] > 0.5
    assert truth.auc_loss == pytest.approx(0, abs=0.05)


def test_missing_values_show_in_psi_and_not_in_what_needs_numbers() -> None:
    truth = truth_of("missing_at_random", ("field", "assets_eur"), ("share", 0.4))

    assert truth.psi["assets_eur"] > 0.5
    assert truth.ks["assets_eur"] < 0.05


def test_where_no_number_is_left_there_is_no_distance_between_numbers() -> None:
    truth = truth_of("decimal_comma", ("field", "amount_eur"))

    assert "amount_eur" not in truth.ks
    assert "amount_eur" not in truth.wasserstein
    assert truth.psi["amount_eur"] > 1
    assert (truth.score_psi, truth.auc_loss) == (None, None)


def test_without_scores_nothing_is_said_of_them() -> None:
    truth = ground_truth(ROWS, ROWS, intensity=0.0)

    assert (truth.score_psi, truth.auc_loss) == (None, None)


def test_ids_and_free_text_are_no_features() -> None:
    names = features_of(ROWS, frozenset())

    assert "application_id" not in names
    assert not PERSONAL.intersection(names)
    assert {"age_years", "income_eur_year", "job"} <= set(names)


def test_what_is_to_be_skipped_is_not_measured() -> None:
    truth = ground_truth(ROWS, ROWS, intensity=0.0, skip=frozenset({"age_years", "job"}))

    assert not {"age_years", "job"} & truth.psi.keys()


def test_fields_inside_others_are_measured_by_their_path() -> None:
    clean = tuple(Row(str(n), {"a": {"b": n, "c": [n]}}, None) for n in range(30))
    moved = tuple(replace(row, body={"a": {"b": n + 9, "c": []}}) for n, row in enumerate(clean))

    truth = ground_truth(clean, moved, intensity=1.0)

    assert list(truth.psi) == ["a.b"]
    assert truth.ks["a.b"] == pytest.approx(0.3)


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="in each of 3 folds"):
        ground_truth(ROWS[:2], ROWS[:2], intensity=0.0)


def test_the_same_rows_have_the_same_truth() -> None:
    rows = drifted("swapped_columns", {"fields": ["amount_eur", "expenses_eur_month"]})

    assert ground_truth(ROWS, rows, intensity=1.0) == ground_truth(ROWS, rows, intensity=1.0)
