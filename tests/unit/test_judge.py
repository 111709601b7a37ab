"""Judging is a pure function: same rubric and evidence, same scorecard, today and in years."""

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.fakes.evidence import (
    POOR,
    ended,
    make_capacity,
    make_evidence,
    make_host,
    make_load,
    make_poor_evidence,
    make_unbuilt_evidence,
)
from tests.fakes.rubric import make_challenge

from assay.domain.errors import BadInput
from assay.domain.evidence import Evidence
from assay.domain.judge import judge, rescore, rubric_of
from assay.domain.scorecard import Rubric

EVERY_KIND = [make_evidence, make_poor_evidence, make_unbuilt_evidence]
STAGES = ["checkout", "build", "boot", "contract", "quality", "load", "capacity", "shutdown"]


@pytest.mark.parametrize("make", EVERY_KIND)
def test_evidence_read_back_from_its_file_scores_the_same(make: type[Evidence]) -> None:
    evidence = make()
    stored = Evidence.model_validate_json(evidence.model_dump_json())

    assert stored == evidence
    assert rescore(stored) == rescore(evidence)


def test_infinite_figures_survive_the_file() -> None:
    silent = make_capacity(POOR, cost_per_million=math.inf, submission_correct=0)
    evidence = make_evidence(capacity=silent)

    stored = Evidence.model_validate_json(evidence.model_dump_json())

    assert rescore(stored) == rescore(evidence)


@settings(max_examples=25)
@given(
    st.sampled_from(STAGES),
    st.sampled_from(["candidate_fault", "platform_fault", "not_run", "not_possible"]),
    st.sampled_from(["done", "skipped", "not_run", "platform_fault"]),
)
def test_however_an_evaluation_ended_it_can_be_judged(stage: str, status: str, then: str) -> None:
    evidence = make_evidence(stages=ended(stage, status, message="why", then=then))  # type: ignore[arg-type]

    card = rescore(evidence)

    assert card == rescore(evidence)
    assert (card.total is None) == (card.status == "void")
    assert card.total is None or 0 <= card.total <= 100


def test_a_good_service_has_everything_and_no_advice() -> None:
    card = rescore(make_evidence())

    assert (card.status, card.total) == ("complete", 100)
    assert not any(line.advice for line in card.criteria)


def test_the_total_follows_from_the_areas() -> None:
    card = rescore(make_poor_evidence())

    points = sum((area.points for area in card.areas), start=Fraction(0))
    assert card.total == 100 * points / sum(area.max for area in card.areas)


def test_a_lost_point_comes_with_advice() -> None:
    for line in rescore(make_poor_evidence()).criteria:
        assert bool(line.advice) == (line.fraction != 1)


def test_a_failed_build_is_a_complete_zero() -> None:
    card = rescore(make_unbuilt_evidence())

    assert (card.status, card.total, card.interval) == ("complete", 0, (0, 0))


def test_our_fault_in_a_gate_voids_the_score() -> None:
    stages = ended("build", "platform_fault", message="disk full", then="platform_fault")

    assert rescore(make_evidence(stages=stages)).status == "void"


def test_our_fault_in_a_criterion_makes_the_score_partial_and_names_it() -> None:
    stages = ended("capacity", "platform_fault", message="too noisy", then="done")

    card = rescore(make_evidence(stages=stages))

    assert card.status == "partial"
    assert [line.id for line in card.unmeasured] == ["throughput", "cost"]
    assert all("too noisy" in line.evidence for line in card.unmeasured)


def test_a_changed_rubric_judges_old_evidence() -> None:
    evidence = make_poor_evidence()
    old = rubric_of(evidence.challenge)
    kept = tuple(c for c in old.criteria if c.gate or c.area == "privacy")

    card = judge(Rubric(old.areas, kept), evidence)

    assert card.total == 0
    assert card.versions["rubric_sha256"] != rescore(evidence).versions["rubric_sha256"]


def test_every_unknown_check_is_told_at_once() -> None:
    rubric = rubric_of(make_challenge())
    wrong = tuple(c.model_copy(update={"check": f"no_{c.id}"}) for c in rubric.criteria[:2])

    with pytest.raises(BadInput) as raised:
        judge(Rubric(rubric.areas, wrong), make_evidence())

    assert len(raised.value.problems) == 2


def test_a_failing_service_is_a_finding() -> None:
    told = [f.text for f in rescore(make_poor_evidence()).findings if f.kind == "problem"]

    assert any("145 server error" in text for text in told)


def test_weaker_isolation_is_said_first() -> None:
    host = make_host(engine="local", missing_capabilities=("network isolation",))

    first = rescore(make_evidence(host=host)).findings[0]

    assert first.kind == "caution"
    assert "network isolation" in first.text


def test_windows_that_were_thrown_away_are_a_finding_and_change_nothing() -> None:
    sound = make_load(POOR, pairs=())
    noisy = rescore(make_poor_evidence())

    assert any("repeated" in f.text for f in noisy.findings)
    assert rescore(make_poor_evidence(load=sound)).total == noisy.total
