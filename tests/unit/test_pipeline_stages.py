"""An evaluation driven stage by stage keeps the order, and is complete before it is evidence."""

from pathlib import Path

import pytest
from tests.fakes.interruptions import Situation, begin

from assay.bootstrap.wire import Happened, StageEnded
from assay.evaluation.stages import STAGES


def test_stages_come_in_their_order_whatever_order_they_are_asked_in(tmp_path: Path) -> None:
    process = begin(tmp_path, Situation(only=("shutdown", "contract")))

    assert process.evaluation.stages == ("checkout", "build", "boot", "contract", "shutdown")


def test_no_stage_is_run_before_those_it_follows(tmp_path: Path) -> None:
    evaluation = begin(tmp_path).run_until("build").evaluation

    with pytest.raises(ValueError, match="boot, contract must be run before quality"):
        evaluation.run_stage("quality")


def test_there_is_no_evidence_while_a_stage_is_to_be_run(tmp_path: Path) -> None:
    evaluation = begin(tmp_path, Situation(only=("contract",))).run_until("boot").evaluation

    with pytest.raises(ValueError, match="contract must be run first"):
        evaluation.evidence()


def test_what_cannot_be_reached_need_not_be_run(tmp_path: Path) -> None:
    process = begin(tmp_path, Situation(world={"built": False})).run_until("build")

    stages = {s.stage: s.status for s in process.evaluation.evidence().stages}

    assert list(stages) == list(STAGES)
    assert stages["build"] == "candidate_fault"
    assert {stages[name] for name in stages if name not in ("checkout", "build")} == {"skipped"}


def test_a_stage_that_was_not_asked_for_is_not_run(tmp_path: Path) -> None:
    process = begin(tmp_path, Situation(only=("contract",)))

    assert process.evaluation.run_stage("load").status == "not_run"
    assert process.world.plans == []


def test_a_stage_is_run_once(tmp_path: Path) -> None:
    process = begin(tmp_path).run_until("contract")
    plans = len(process.world.plans)

    process.evaluation.run_stage("contract")

    assert len(process.world.plans) == plans


def test_words_that_cannot_be_written_stop_no_evaluation(tmp_path: Path) -> None:
    process = begin(tmp_path)
    process.run_until("build")
    process.world.boot_errors = [RuntimeError("no file \udcff")]

    outcome = process.evaluation.run_stage("boot")
    process.run.say("minute \udcff")

    assert outcome.message == r"RuntimeError: no file \udcff"
    stored = process.evaluation.checkpoint().to_bytes()
    assert StageEnded(outcome=outcome, checkpoint=stored).line()
    assert all(Happened(event=event).line() for event in process.told)
