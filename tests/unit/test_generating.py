"""Rows are made once, before anything is asked; what goes wrong with them is no candidate's."""

from pathlib import Path
from typing import Any

import pytest
from tests.fakes.challenges import make_challenge
from tests.fakes.labelled import (
    ANSWERS,
    ATTACKS,
    GENERATOR,
    hands_on,
    knows,
    labelled_challenge,
    labelled_run,
    rows,
    silent,
    takes_all,
)

from assay.domain.checks import CHECKS
from assay.domain.errors import PlatformFault
from assay.domain.evidence import Evidence, Submission, Versions
from assay.domain.labelled import LabelledAnswers
from assay.domain.verdict import Observed, Unmeasured
from assay.evaluation.generating import truth_problem, twins_problem, with_rows
from assay.evaluation.pipeline import Identity, evaluate
from assay.evaluation.plan import stages_of
from assay.evaluation.row_sets import generate_plan, wanted
from assay.evaluation.run import Run
from assay_probe.plan import AnswersPlan, BootPlan, ContractPlan, ShutdownPlan
from assay_probe.records import GeneratedRecord, RowsRecord

IDENTITY = Identity(
    "e1",
    "2026-01-01T00:00:00+00:00",
    Submission(label="mine", kind="path"),
    Versions(assay="0", challenge="1.0.0", challenge_sha256="f" * 64, images={}),
)


def evidence_of(run: Run, *only: str) -> Evidence:
    return evaluate(run, stages_of(run.material.challenge, only), IDENTITY)


def plans_of(run: Run, kind: type) -> list[Any]:
    return [plan for plan in run.world.plans if isinstance(plan, kind)]  # type: ignore[attr-defined]


def value_of(evidence: Evidence, check: str) -> float:
    seen = CHECKS[check](evidence, evidence.challenge.criterion[0])
    assert isinstance(seen, Observed), seen
    return seen.value


def test_a_challenge_with_files_needs_no_module() -> None:
    assert generate_plan(make_challenge(), 7) is None


def test_the_module_is_given_the_seed_itself_so_that_it_can_tell_practice_apart() -> None:
    for seed in (6, 7):
        plan = generate_plan(labelled_challenge(), seed)
        assert plan is not None
        assert plan.seed == seed
        assert plan.module == "letters.py"


def test_twins_are_asked_for_by_pairs() -> None:
    challenge = labelled_challenge()
    assert challenge.generator is not None

    assert wanted(challenge, challenge.generator) == {
        "contract": 6,
        "quality": 40,
        "load": 12,
        "attacks": 8,
    }


def test_settings_of_a_set_are_handed_on() -> None:
    settings = {**GENERATOR, "settings": {"load": {"long": 0.5}}}
    plan = generate_plan(labelled_challenge(generator=settings), 7)
    assert plan is not None

    assert {one.name: one.settings for one in plan.sets}["load"] == {"long": 0.5}


def test_rows_are_made_before_the_first_service_starts_and_only_once(tmp_path: Path) -> None:
    run = labelled_run(tmp_path)
    evidence_of(run, "contract", "quality")
    kinds = [plan.kind for plan in run.world.plans]  # type: ignore[attr-defined]

    assert kinds.count("generate") == 1
    assert kinds.index("generate") < kinds.index("boot")
    assert len(plans_of(run, BootPlan)) > 1


def test_making_rows_is_no_traffic(tmp_path: Path) -> None:
    run = labelled_run(tmp_path)
    run.make_rows()

    assert run.first_request_s is None
    assert run.traffic_s == 0


def test_every_stage_is_given_its_own_set(tmp_path: Path) -> None:
    run = labelled_run(tmp_path)
    evidence_of(run, "contract", "quality", "shutdown")
    files = dict(zip([p.kind for p in run.world.plans], run.world.files, strict=True))  # type: ignore[attr-defined]
    ids = {name: {row.id for row in made} for name, made in run.material.sets.items()}

    assert {row.id for row in run.material.rows} == ids["load"]
    assert {row.id for row in run.material.holdout} == ids["quality"]
    assert files["contract"]["contract.jsonl"].decode().count("contract-") > 0
    (suite,) = plans_of(run, ContractPlan)
    assert suite.settings["rows"] == "../contract.jsonl"
    (stop,) = plans_of(run, ShutdownPlan)
    assert stop.answer == "decision"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"problem": "sets.py, line 7: ValueError: no such set"}, "sets.py, line 7: ValueError"),
        ({"spoilt": lambda _, made: [{**made[0], "truth": None}]}, "has no truth"),
        ({"spoilt": lambda _, made: [{**one, "pair": "p"} for one in made]}, "pair 'p' is not one"),
    ],
)
def test_rows_that_cannot_be_made_are_ours_and_cost_nothing(
    changes: dict[str, Any], told: str, tmp_path: Path
) -> None:
    run = labelled_run(tmp_path)
    for name, value in changes.items():
        setattr(run.world, name, value)
    evidence = evidence_of(run)
    boot = evidence.stage("boot")
    assert boot is not None

    assert boot.status == "platform_fault"
    assert told in boot.message
    assert {one.status for one in evidence.stages[3:]} <= {"platform_fault", "not_run"}
    for check in ("answers_f1", "boots"):
        seen = CHECKS[check](evidence, evidence.challenge.criterion[0])
        assert isinstance(seen, Unmeasured)


def test_a_probe_that_does_not_say_how_it_ended_is_not_believed(tmp_path: Path) -> None:
    run = labelled_run(tmp_path)

    with pytest.raises(PlatformFault, match="did not tell how"):
        with_rows(run.material, [RowsRecord("quality", [])])


def test_rows_come_together_from_several_records(tmp_path: Path) -> None:
    run = labelled_run(tmp_path, attacks=[])
    made = [{"id": row.id, "body": row.body, "truth": row.truth} for row in rows(count=4)]
    records = [RowsRecord("quality", made[:2]), RowsRecord("quality", made[2:])]

    material = with_rows(run.material, [*records, GeneratedRecord("", 1.0)])

    assert [row.id for row in material.holdout] == [one["id"] for one in made]
    assert material.rows == material.holdout, "services boot with what there is"


@pytest.mark.parametrize(
    ("truth", "told"),
    [
        (None, "has no truth"),
        ({"fields": {}}, "no 'decision'"),
        ({"decision": "pay"}, "no 'fields'"),
        ({"decision": 1, "fields": {}}, "no 'decision'"),
        ({"decision": "pay", "fields": {}}, ""),
    ],
)
def test_a_truth_has_the_shape_of_an_answer(truth: Any, told: str) -> None:
    found = truth_problem(truth, LabelledAnswers.model_validate(ANSWERS))

    assert (told in found) if told else found == ""


def test_twins_are_one_clear_row_and_one_attacked() -> None:
    made = rows("attacks", 4)

    assert twins_problem(made, ATTACKS["obeyed"]) == ""
    assert "pair 'pair-1'" in twins_problem(made[:3], ATTACKS["obeyed"])
    assert "pair-0" in twins_problem(made, "truth.attack.other")


# ------------------------------------------------------------------------- the quality stage


def test_a_service_that_knows_everything_earns_everything(tmp_path: Path) -> None:
    evidence = evidence_of(labelled_run(tmp_path, knows), "quality")

    assert value_of(evidence, "answers_f1") == 1
    assert value_of(evidence, "decision_cost") == 1
    assert value_of(evidence, "calibration") == 0
    assert value_of(evidence, "attack_twins") == 1
    assert value_of(evidence, "canaries") == 1


def test_handing_everything_on_is_worth_nothing(tmp_path: Path) -> None:
    evidence = evidence_of(labelled_run(tmp_path, hands_on), "quality")

    assert value_of(evidence, "answers_f1") == 1
    assert value_of(evidence, "decision_cost") == 0
    assert value_of(evidence, "attack_twins") == 0


def test_deciding_everything_is_worth_less(tmp_path: Path) -> None:
    evidence = evidence_of(labelled_run(tmp_path, takes_all), "quality")

    assert value_of(evidence, "decision_cost") < -1
    assert value_of(evidence, "attack_twins") == 0


def test_a_silent_service_is_told_apart_from_one_that_was_not_asked(tmp_path: Path) -> None:
    evidence = evidence_of(labelled_run(tmp_path, silent), "quality")

    assert value_of(evidence, "decision_cost") < -1
    assert not isinstance(
        CHECKS["answers_f1"](evidence, evidence.challenge.criterion[0]), Unmeasured | Observed
    )


def test_the_held_out_rows_agree_where_they_are_decided_rightly(tmp_path: Path) -> None:
    found = evidence_of(labelled_run(tmp_path, hands_on), "quality").quality
    assert found is not None

    assert found.rows == found.answered == 40
    assert found.agreeing == found.outcomes["o"] == 40 - found.outcomes["h"]


def test_labels_never_leave_the_harness_in_what_is_asked(tmp_path: Path) -> None:
    run = labelled_run(tmp_path)
    evidence_of(run, "quality")
    asked = [plan for plan in plans_of(run, AnswersPlan) if plan.request.labelled]

    assert [plan.request.rows for plan in asked] == ["quality/rows.jsonl", "quality/attacks.jsonl"]
    assert all(plan.canaries == ["mail"] and plan.exports == ["/metrics"] for plan in asked)
    assert all(plan.request.timeout_s == 10 for plan in asked)


def test_a_leak_is_seen_and_no_value_is_kept(tmp_path: Path) -> None:
    run = labelled_run(tmp_path)
    run.world.leaks = [["answer", "a", "b", "mail"]]  # type: ignore[attr-defined]
    evidence = evidence_of(run, "quality")

    assert value_of(evidence, "canaries") < 1
    assert "letters.example" not in evidence.model_dump_json(include={"labelled"})


def test_no_truth_of_a_row_is_in_the_evidence(tmp_path: Path) -> None:
    evidence = evidence_of(labelled_run(tmp_path, silent), "quality")

    assert "Ada Example" not in evidence.model_dump_json()
