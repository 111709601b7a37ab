"""Every drift is pure and seeded, does what its settings say, and nothing else."""

import random
from copy import deepcopy
from dataclasses import replace
from inspect import isabstract
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.domain.errors import BadInput
from assay.domain.timeline import IncidentSpec
from assay.evaluation.drifts import INJECTORS, planned
from assay.evaluation.drifts.bodies import Rows, column, numbers
from assay.evaluation.drifts.drift import Drift
from assay.evaluation.drifts.measures import psi
from assay.evaluation.material import Row, field_value, read_rows

HARNESS = Path(__file__).parents[2] / "challenges/credit-scoring/harness"
ROWS = read_rows((HARNESS / "holdout.jsonl").read_text())
FEW = tuple(replace(row, fallback=row.expected) for row in ROWS[:150])

EXAMPLES: dict[str, dict[str, Any]] = {
    "covariate_shift": {"field": "amount_eur", "by_sd": 1.0, "maximum": 30_000},
    "unit_change": {"field": "income_eur_year", "factor": 12},
    "unit_change_partly": {"field": "income_eur_year", "factor": 12, "share": 0.3},
    "missing_at_random": {"field": "assets_eur", "share": 0.4},
    "missing_not_at_random": {"field": "assets_eur", "above_quantile": 0.6},
    "stuck_sensor": {"field": "price_eur", "value": 1000},
    "stale_join": {"field": "income_eur_year"},
    "swapped_columns": {"fields": ["amount_eur", "expenses_eur_month"], "minimum": 1},
    "unseen_category": {"field": "job", "value": "influencer"},
    "decimal_comma": {"field": "amount_eur"},
    "renamed_field": {"field": "home", "to": "housing"},
    "error_burst": {"share": 0.1},
    "label_shift": {"target": 0.6},
    "concept_drift": {"field": "term_months", "above": 47},
    "harmless_shift": {"field": "age_years"},
    "none": {},
}
DRAWN_ANEW = {"label_shift", "harmless_shift"}
ROW_BY_ROW = sorted(EXAMPLES.keys() - DRAWN_ANEW)
STRUCK_FOR_GOOD = sorted(set(ROW_BY_ROW) - {"stale_join", "unit_change", "covariate_shift"})
"""Without those whose new value can by chance be the old one."""

every_drift = pytest.mark.parametrize("name", sorted(EXAMPLES))
intensities = st.floats(0, 1)
seeds = st.integers(0, 2**31)


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


def drift(name: str, **changed: Any) -> Drift:
    return planned(incident(name, EXAMPLES[name] | changed), FEW)


def drifted(name: str, rows: Rows, intensity: float = 1.0, seed: int = 7, **changed: Any) -> Rows:
    return done(drift(name, **changed), rows, intensity, seed)


def done(what: Drift, rows: Rows, intensity: float = 1.0, seed: int = 7) -> Rows:
    return what.apply(rows, intensity, random.Random(seed))  # noqa: S311


def changed_places(clean: Rows, after: Rows) -> set[int]:
    return {at for at, (a, b) in enumerate(zip(clean, after, strict=True)) if a != b}


def subclasses(kind: type[Drift]) -> set[type[Drift]]:
    return {kind}.union(*map(subclasses, kind.__subclasses__()))


def test_every_drift_that_is_written_can_be_named() -> None:
    assert set(INJECTORS.values()) == {kind for kind in subclasses(Drift) if not isabstract(kind)}
    assert INJECTORS.keys() == EXAMPLES.keys()


def test_every_setting_says_what_it_means() -> None:
    fields = [field for kind in INJECTORS.values() for field in kind.model_fields.values()]

    assert all(field.description for field in fields)


@every_drift
@given(seed=seeds)
@settings(max_examples=5)
def test_no_intensity_changes_nothing(name: str, seed: int) -> None:
    assert drifted(name, FEW, 0.0, seed) == FEW


@every_drift
@given(intensity=intensities, seed=seeds)
@settings(max_examples=10)
def test_the_same_seed_makes_the_same_rows(name: str, intensity: float, seed: int) -> None:
    assert drifted(name, FEW, intensity, seed) == drifted(name, FEW, intensity, seed)


@every_drift
@given(intensity=intensities, seed=seeds)
@settings(max_examples=10)
def test_no_row_is_won_or_lost(name: str, intensity: float, seed: int) -> None:
    after = drifted(name, FEW, intensity, seed)

    assert len(after) == len(FEW)
    assert {row.id for row in after} <= {row.id for row in FEW}


@pytest.mark.parametrize("name", ROW_BY_ROW)
def test_where_rows_are_not_drawn_anew_each_stays_in_its_place(name: str) -> None:
    assert [row.id for row in drifted(name, FEW)] == [row.id for row in FEW]


@every_drift
def test_clean_rows_are_never_changed(name: str) -> None:
    before = deepcopy(FEW)

    drifted(name, FEW)

    assert before == FEW


@every_drift
@given(intensity=intensities, seed=seeds)
@settings(max_examples=10)
def test_only_a_row_with_another_body_loses_its_answer(
    name: str, intensity: float, seed: int
) -> None:
    clean = {row.id: row for row in FEW}

    for row in drifted(name, FEW, intensity, seed):
        same = row.body == clean[row.id].body
        kept = (clean[row.id].expected, clean[row.id].fallback, False)
        assert (row.expected, row.fallback, row.refuse) == (
            kept if same else (None, None, row.refuse)
        )


@every_drift
def test_no_field_changes_but_the_features(name: str) -> None:
    clean = {row.id: row for row in FEW}
    of_it = drift(name)
    changed = {
        field
        for row in drifted(name, FEW)
        for field in row.body
        if row.body[field] != clean[row.id].body.get(field)
    }

    assert name == "error_burst" or changed - {"housing"} <= set(of_it.features)


@pytest.mark.parametrize("name", STRUCK_FOR_GOOD)
@given(levels=st.tuples(intensities, intensities).map(sorted), seed=seeds)
@settings(max_examples=10)
def test_what_a_weak_drift_changes_a_stronger_one_changes_too(
    name: str, levels: list[float], seed: int
) -> None:
    weak, strong = (drifted(name, FEW, level, seed) for level in levels)

    assert changed_places(FEW, weak) <= changed_places(FEW, strong)


@every_drift
@pytest.mark.parametrize("intensity", [-0.01, 1.01])
def test_an_intensity_beyond_its_range_is_refused(name: str, intensity: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        drifted(name, FEW, intensity)


def test_a_covariate_shift_moves_the_mean_by_standard_deviations() -> None:
    rows = tuple(Row(str(n), {"temperature": float(n % 10)}, 0.5) for n in range(200))
    shift = planned(incident("covariate_shift", {"field": "temperature", "by_sd": 2}), rows)

    after = column(done(shift, rows, 0.5), "temperature")

    sd = 8.25**0.5
    assert after == pytest.approx([n % 10 + sd for n in range(200)])


@given(factor=st.floats(0.01, 100), intensity=intensities)
@settings(max_examples=30)
def test_whole_numbers_stay_whole_and_within_what_the_contract_takes(
    factor: float, intensity: float
) -> None:
    limits = {"field": "age_years", "factor": factor, "minimum": 17.5, "maximum": 99.5}
    change = planned(incident("unit_change", limits), FEW)

    ages = column(done(change, FEW, intensity), "age_years")

    assert {type(age) for age in ages} == {int}
    assert all(18 <= age <= 99 for age in ages if isinstance(age, int))


def test_a_unit_change_multiplies_every_number_and_leaves_gaps_alone() -> None:
    before, after = (
        column(FEW, "income_eur_year"),
        column(drifted("unit_change", FEW), "income_eur_year"),
    )

    assert after == [None if value is None else value * 12 for value in before]
    assert None in after


def test_the_same_callers_change_their_unit_whatever_the_seed() -> None:
    one, other = (drifted("unit_change_partly", ROWS, seed=seed) for seed in (1, 2))

    assert one == other
    with_income = len(numbers(ROWS, "income_eur_year"))
    assert len(changed_places(ROWS, one)) == pytest.approx(0.3 * with_income, rel=0.15)


def test_missing_at_random_takes_its_share_of_the_known_values() -> None:
    known = len(numbers(ROWS, "assets_eur"))

    left = len(numbers(drifted("missing_at_random", ROWS), "assets_eur"))

    assert left == known - round(0.4 * known)


def test_missing_not_at_random_takes_large_numbers_only() -> None:
    before = numbers(ROWS, "assets_eur")
    after = numbers(drifted("missing_not_at_random", ROWS), "assets_eur")
    gone = [before[place] for place in before.keys() - after.keys()]

    assert min(gone) > max(after.values())
    assert len(gone) == pytest.approx(0.4 * len(before), rel=0.1)


def test_a_stuck_sensor_says_the_same_everywhere() -> None:
    after = drifted("stuck_sensor", FEW, field="assets_eur", value=0)

    assert set(column(after, "assets_eur")) == {0}
    assert None in column(FEW, "assets_eur")


def test_a_stale_join_loses_and_doubles_no_value() -> None:
    before, after = (
        column(rows, "income_eur_year") for rows in (ROWS, drifted("stale_join", ROWS))
    )

    assert psi(before, after) == 0
    assert sum(a != b for a, b in zip(before, after, strict=True)) > len(ROWS) / 2


def test_swapped_columns_stand_in_each_others_place() -> None:
    pairs = zip(FEW, drifted("swapped_columns", FEW), strict=True)

    for row, after in pairs:
        assert after.body["amount_eur"] == row.body["expenses_eur_month"]
        assert after.body["expenses_eur_month"] == row.body["amount_eur"]


def test_a_number_is_not_swapped_with_a_gap() -> None:
    after = drifted("swapped_columns", FEW, fields=["income_eur_year", "expenses_eur_month"])
    without = [at for at, v in enumerate(column(FEW, "income_eur_year")) if v is None]

    assert without
    assert all(after[place] is FEW[place] for place in without)


def test_a_decimal_comma_is_a_text_that_must_be_refused() -> None:
    rows = (
        Row("1", {"price": {"eur": 1234.5}}, 0.1, 1),
        Row("2", {"price": {"eur": None}}, 0.2, 0),
    )
    comma = planned(incident("decimal_comma", {"field": "price.eur"}), rows)

    first, second = done(comma, rows)

    assert first == Row("1", {"price": {"eur": "1234,50"}}, None, 1, refuse=True)
    assert second is rows[1]


def test_a_renamed_field_keeps_its_value_and_must_be_refused() -> None:
    rows = (Row("1", {"who": {"age": 40, "sex": "f"}, "x": 1}, 0.1),)
    rename = planned(incident("renamed_field", {"field": "who.age", "to": "years"}), rows)

    (after,) = done(rename, rows)

    assert after == Row("1", {"who": {"years": 40, "sex": "f"}, "x": 1}, None, refuse=True)


@pytest.mark.parametrize("refuse", [True, False])
def test_the_author_says_whether_a_new_category_is_refused(refuse: bool) -> None:
    after = drifted("unseen_category", FEW, refuse=refuse)
    struck = changed_places(FEW, after)

    assert {after[place].refuse for place in struck} == {refuse}
    assert {field_value(after[place].body, "job") for place in struck} == {"influencer"}


def test_an_error_burst_sends_its_share_of_nonsense_that_must_be_refused() -> None:
    after = drifted("error_burst", ROWS)
    struck = changed_places(ROWS, after)

    assert len(struck) == round(0.1 * len(ROWS))
    assert all(after[place].refuse for place in struck)
    assert {after[place].body["amount_eur"] for place in struck} == {"n/a"}


def test_nonsense_about_documents_is_a_text_where_an_object_or_a_list_should_be() -> None:
    body = {"id": "C-1", "contact": {"email": "a@example.org"}, "documents": [{"text": "£5"}]}
    rows = tuple(Row(id=f"r{n}", body=body, expected=None) for n in range(10))
    after = drifted("error_burst", rows)
    (struck,) = changed_places(rows, after)

    assert not list(drift("error_burst").problems(rows))
    assert after[struck].body == {"id": "C-1", "contact": "n/a", "documents": "n/a"}
    assert after[struck].refuse


@given(intensity=intensities, target=st.floats(0.05, 0.95))
@settings(max_examples=25)
def test_a_label_shift_reaches_its_share_of_ones(intensity: float, target: float) -> None:
    before = sum(row.label or 0 for row in FEW) / len(FEW)
    after = drifted("label_shift", FEW, intensity, target=target)

    wanted = before + intensity * (target - before)
    assert sum(row.label or 0 for row in after) == round(wanted * len(FEW))


def test_a_label_shift_sends_no_row_twice_before_all_of_its_label_were_sent() -> None:
    after = [row.id for row in drifted("label_shift", FEW, target=0.6)]
    times = {row.id: after.count(row.id) for row in FEW if row.label == 1}

    assert max(times.values()) - min(times.values()) <= 1


def test_a_concept_drift_flips_labels_on_its_side_and_touches_nothing_else() -> None:
    for row, after in zip(FEW, drifted("concept_drift", FEW), strict=True):
        flips = row.body["term_months"] > 47
        assert after == (replace(row, label=1 - (row.label or 0)) if flips else row)


def test_a_concept_can_drift_below_a_value() -> None:
    rows = tuple(Row(str(n), {"age": n}, 0.5, 0) for n in range(10))
    young = planned(incident("concept_drift", {"field": "age", "below": 3}), rows)

    after = done(young, rows)

    assert [row.label for row in after] == [1, 1, 1, 0, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(("tilt", "older"), [(2, True), (-2, False)])
def test_a_harmless_shift_sends_other_people_as_they_are(tilt: float, older: bool) -> None:
    clean = {row.id: row for row in ROWS}
    after = drifted("harmless_shift", ROWS, tilt=tilt)
    before_age, after_age = (sum(numbers(rows, "age_years").values()) for rows in (ROWS, after))

    assert all(row == clean[row.id] for row in after)
    assert (after_age > before_age) == older


@pytest.mark.parametrize(("tilt", "predicted"), [(1.0, 0.313), (2.0, 1.075), (3.0, 2.015)])
def test_the_tilt_of_a_harmless_shift_tells_its_psi(tilt: float, predicted: float) -> None:
    rows = tuple(Row(str(n), {"x": float(n * n)}, 0.5, 0) for n in range(2000))
    shift = planned(incident("harmless_shift", {"field": "x", "tilt": tilt}), rows)

    after = done(shift, rows)

    assert psi(column(rows, "x"), column(after, "x")) == pytest.approx(predicted, rel=0.1)


def test_no_row_is_drawn_much_oftener_than_its_neighbours() -> None:
    rows = tuple(Row(str(n), {"x": n}, 0.5, 0) for n in range(500))
    shift = planned(incident("harmless_shift", {"field": "x"}), rows)
    after = [row.id for row in done(shift, rows)]
    times = [after.count(row.id) for row in rows]

    assert all(abs(a - b) <= 1 for a, b in pairwise(times))


def test_an_unknown_drift_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BadInput, match=r"'the_one': 'rain' is no drift.*covariate_shift.*none"):
        planned(incident("rain", {}), FEW)


def test_wrong_settings_are_all_told_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        planned(incident("unit_change_partly", {"feild": "x", "factor": -1, "share": 0.3}), FEW)

    told = sorted(str(problem) for problem in caught.value.problems)
    assert len(told) == 3
    assert all(line.startswith("incident 'the_one': settings.") for line in told)
    assert "settings.factor: Input should be greater than 0" in told[0]
    assert "settings.feild: there is no such setting; there are: minimum, maximum, field" in told[1]
    assert "settings.field is missing; add it: Dotted path of a number." in told[2]


@pytest.mark.parametrize(
    ("name", "changed", "words"),
    [
        ("unit_change", {"field": "wage"}, "no row has a value of 'wage'"),
        ("unit_change", {"field": "job"}, "the values of 'job' are no numbers"),
        ("missing_not_at_random", {"field": "home"}, "the values of 'home' are no numbers"),
        ("swapped_columns", {"fields": ["price_eur", "job"]}, "the values of 'job' are no numbers"),
        ("covariate_shift", {"minimum": 5, "maximum": 5}, "minimum must be below maximum"),
        ("stuck_sensor", {"field": "applicant.phone"}, "no row has a value of 'applicant.phone'"),
        ("concept_drift", {"above": None}, "give either above or below"),
        ("concept_drift", {"above": 9_999}, "with these settings no row would change"),
        ("concept_drift", {"field": "records"}, "the values of 'records' are no numbers"),
        ("harmless_shift", {"field": "marital"}, "the values of 'marital' are no numbers"),
        ("label_shift", {"target": 1.0}, "settings.target: Input should be less than 1"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(
    name: str, changed: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadInput, match=f"incident 'the_one': .*{words}"):
        drift(name, **changed)


def test_labels_are_needed_to_shift_them() -> None:
    unlabelled = tuple(replace(row, label=None) for row in FEW)

    with pytest.raises(BadInput, match="need both labels"):
        planned(incident("label_shift", {"target": 0.5}), unlabelled)
