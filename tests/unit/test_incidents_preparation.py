"""The right answers of a timeline are known before it begins: the reference was asked."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from tests.fakes.challenges import score_by_income
from tests.fakes.incident_run import (
    BUREAU_DOWN,
    HANG,
    MONTHS,
    NONSENSE,
    SURGE,
    Staged,
    incident,
    make_rules,
    make_staged,
    timeline_of,
)
from tests.fakes.timeline_probe import rows_of
from tests.fakes.world import FakeService

from assay.domain.errors import BadInput, PlatformFault
from assay.domain.timeline import FreshRows, IncidentSpec
from assay.evaluation.fresh import Fresh
from assay.evaluation.incidents.preparation import Prepared, prepared
from assay_probe.plan import AnswersPlan

CONCEPT = incident(
    "concept_drift",
    kind="drift",
    group="inputs",
    observable="labels",
    accepts=("quality",),
    settings={"field": "income", "above": 50_000},
)
OTHERS = incident("harmless_shift", group="decoy", settings={"field": "age"}, observable="marginal")


def ready(
    staged: Staged, *specs: IncidentSpec, feedback: bool = True, seed: int | None = None
) -> Prepared:
    rules = make_rules() if feedback else make_rules(feedback=None)
    run = staged.run if seed is None else replace(staged.run, seed=seed)
    return prepared(run, timeline_of(*specs), rules)


def asked(staged: Staged) -> list[str]:
    """Ids of the rows that anybody was asked about, in order."""
    return [
        row["id"]
        for plan, files in zip(staged.world.plans, staged.world.files, strict=True)
        if isinstance(plan, AnswersPlan)
        for row in rows_of(files[plan.request.rows])
    ]


def test_the_right_answer_to_a_drifted_row_is_what_the_reference_says_to_that_row(
    tmp_path: Path,
) -> None:
    staged = make_staged(tmp_path)
    months = ready(staged, MONTHS).drifted["months"]

    [plan] = staged.world.plans
    assert isinstance(plan, AnswersPlan)
    assert plan.target.name == "reference"
    assert len(asked(staged)) == len(set(asked(staged))) == 60
    assert [row.expected for row in months.strongest] == [
        score_by_income(row.body) for row in months.strongest
    ]
    assert months.strongest[-1].expected != staged.run.material.pool[-1].expected


def test_every_level_of_a_drift_has_its_own_right_answers(tmp_path: Path) -> None:
    spec = MONTHS.model_copy(update={"schedule": "incremental"})
    months = ready(make_staged(tmp_path), spec).drifted["months"]

    assert len(months.rows) == 4
    for rows in months.rows.values():
        assert [row.expected for row in rows] == [score_by_income(row.body) for row in rows]


def test_nobody_is_asked_where_every_answer_is_known(tmp_path: Path) -> None:
    staged = make_staged(tmp_path)
    found = ready(staged, CONCEPT, OTHERS)

    assert staged.world.plans == []
    assert found.clean == staged.run.material.pool
    assert set(found.drifted) == {"concept_drift", "harmless_shift"}


def test_nobody_is_asked_about_rows_that_have_to_be_refused(tmp_path: Path) -> None:
    staged = make_staged(tmp_path)
    rows = ready(staged, NONSENSE).drifted["nonsense"].strongest

    assert asked(staged) == []
    assert sum(row.refuse for row in rows) == 30


@pytest.mark.parametrize(("unanswered", "enough"), [(1, True), (2, False)])
def test_a_reference_that_leaves_more_than_one_row_in_a_hundred_is_our_fault(
    tmp_path: Path, unanswered: int, *, enough: bool
) -> None:
    reference = FakeService(scores=score_by_income, unanswered=unanswered)
    staged = make_staged(tmp_path, reference=reference)
    twice = (MONTHS, MONTHS.model_copy(update={"id": "again"}))  # 120 rows

    if enough:
        expected = [row.expected for row in ready(staged, *twice).drifted["months"].strongest]
        assert expected.count(None) == 1
        return
    with pytest.raises(PlatformFault, match="did not answer 2 of 120 rows, months/1/0") as fault:
        ready(staged, *twice)
    assert "prove the challenge" in fault.value.remedy


def test_a_probe_that_dies_while_it_asks_is_our_fault(tmp_path: Path) -> None:
    staged = make_staged(tmp_path, world={"probe_dies_in": "answers"})

    with pytest.raises(PlatformFault, match="stopped before the end of its plan"):
        ready(staged, MONTHS)


def test_a_fallback_answer_is_right_as_well_only_where_it_differs(tmp_path: Path) -> None:
    """The fake bureau's absence halves the score of people of even age and of no other."""
    staged = make_staged(tmp_path)
    clean = ready(staged, BUREAU_DOWN).clean

    assert [row.expected for row in clean] == [row.expected for row in staged.run.material.pool]
    for row in clean:
        even = row.body["age"] % 2 == 0
        assert row.fallback == (round((row.expected or 0) / 2, 6) if even else None)


def test_a_fallback_within_the_tolerance_is_no_other_answer(tmp_path: Path) -> None:
    reference = FakeService(scores=lambda body: score_by_income({**body, "id": "p"}) + 0.009)
    clean = ready(make_staged(tmp_path, reference=reference), BUREAU_DOWN).clean

    assert {row.fallback for row in clean} == {None}


@pytest.mark.parametrize(
    ("spec", "strangers"), [(MONTHS, 0), (SURGE, 0), (BUREAU_DOWN, 60), (HANG, 60)]
)
def test_fallbacks_are_asked_for_only_where_a_dependency_may_not_be_heard(
    tmp_path: Path, spec: IncidentSpec, strangers: int
) -> None:
    staged = make_staged(tmp_path)
    ready(staged, spec)

    assert sum(name.startswith("unknown/") for name in asked(staged)) == strangers


def test_the_pool_keeps_its_ids_although_strangers_were_asked_about(tmp_path: Path) -> None:
    staged = make_staged(tmp_path)
    clean = ready(staged, BUREAU_DOWN).clean

    assert [row.body for row in clean] == [row.body for row in staged.run.material.pool]


def test_without_an_id_field_there_are_no_fallbacks(tmp_path: Path) -> None:
    staged = make_staged(tmp_path)
    clean = ready(staged, BUREAU_DOWN, feedback=False).clean

    assert asked(staged) == []
    assert {row.fallback for row in clean} == {None}


def test_how_far_a_drift_is_from_clean_traffic_is_measured_without_personal_fields(
    tmp_path: Path,
) -> None:
    stepwise = MONTHS.model_copy(update={"schedule": "incremental"})
    truth = ready(make_staged(tmp_path), stepwise).truths["months"]

    assert set(truth.psi) == {"income", "age"}
    assert truth.psi_max == truth.psi["income"]
    assert truth.psi_max > 3, "it is measured at its strongest"
    assert truth.score_psi is not None
    assert truth.score_psi > 1, "the reference's answers moved, too"


def test_faults_have_no_rows_and_no_truth(tmp_path: Path) -> None:
    found = ready(make_staged(tmp_path), HANG, BUREAU_DOWN)

    assert found.drifted == {}
    assert found.truths == {}


def test_the_same_seed_prepares_the_same_rows_and_another_seed_others(tmp_path: Path) -> None:
    staged = make_staged(tmp_path)
    half = incident("missing_at_random", settings={"field": "income", "share": 0.5})

    first, again, other = (ready(staged, MONTHS, half, seed=seed) for seed in (1, 1, 2))

    assert first == again
    assert first.drifted["missing_at_random"] != other.drifted["missing_at_random"]


def test_a_drift_that_cannot_be_done_to_the_pool_is_refused_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    staged = make_staged(tmp_path)
    nowhere = MONTHS.model_copy(update={"settings": {"field": "shoe_size", "factor": 2}})

    with pytest.raises(BadInput, match="no row has a value of 'shoe_size'"):
        ready(staged, nowhere)
    assert staged.world.plans == []


# ------------------------------------------------------------------------- rows nobody has seen


def made_anew(root: Path) -> Staged:
    """A run whose pool is made anew, in rounds of 60 rows."""
    staged = make_staged(root)
    pool = staged.run.material.pool
    rows = tuple(replace(row, id=f"p{n:06}") for n, row in enumerate(pool))
    named = tuple(replace(row, body={**row.body, "id": row.id}) for row in rows)
    fresh = Fresh(named, FreshRows(), ("person.name",), staged.run.seed, 60)
    return replace(
        staged, run=replace(staged.run, material=replace(staged.run.material, fresh=fresh))
    )


def test_fresh_rows_are_sent_in_place_of_the_pool_with_the_references_answers(
    tmp_path: Path,
) -> None:
    staged = made_anew(tmp_path)
    found = ready(staged, MONTHS)
    timeline = timeline_of(MONTHS)
    known = {row.id for row in staged.run.material.pool}

    assert len(found.clean) >= timeline.length_min * make_rules().rate_rps
    assert found.round_rows == 60
    assert not {row.id for row in found.clean} & known
    assert all(row.expected == score_by_income(row.body) for row in found.clean)
    assert all(row.label is not None for row in found.clean)


def test_every_drift_is_made_from_rows_of_its_own(tmp_path: Path) -> None:
    """Else whether a row was seen before would tell a drift from a decoy."""
    found = ready(made_anew(tmp_path), MONTHS, CONCEPT, OTHERS)
    sent = [{row.id for row in one.strongest} for one in found.drifted.values()]

    assert len(found.drifted) == 3
    for one, other in combinations([{row.id for row in found.clean}, *sent], 2):
        assert not one & other
    assert all(len(one.strongest) >= 120 for one in found.drifted.values())
    assert all(row.expected is not None for row in found.drifted["months"].strongest)


def test_a_drift_of_fresh_rows_is_measured_against_those_it_was_made_from(tmp_path: Path) -> None:
    truth = ready(made_anew(tmp_path), MONTHS).truths["months"]

    assert truth.psi["age"] == 0
    assert truth.psi["income"] > 3
    assert truth.score_psi is not None


def test_the_reference_is_asked_about_many_rows_at_once(tmp_path: Path) -> None:
    staged = made_anew(tmp_path)
    ready(staged, MONTHS)
    plans = [plan for plan in staged.world.plans if isinstance(plan, AnswersPlan)]

    assert {plan.batch.path for plan in plans if plan.batch} == {"/batch"}
    assert {plan.batch.rows for plan in plans if plan.batch} == {10}, "no more than promised"


def test_without_a_reference_the_pool_is_sent_as_it_is(tmp_path: Path) -> None:
    staged = made_anew(tmp_path)
    staged.run.images = {"submission": "image"}

    assert ready(staged, MONTHS).clean == staged.run.material.pool
