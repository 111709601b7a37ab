"""What labelled answers earn: silence earns nothing, and no line tells what would be right."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fakes.evidence import ended, make_evidence
from tests.fakes.labelled import labelled_challenge
from tests.fakes.rubric import criterion_table

from assay.domain.checks import CHECKS
from assay.domain.checks.labelled import calibration_error, f1_of, usefulness
from assay.domain.evidence import Evidence
from assay.domain.findings import findings_of
from assay.domain.labelled import DecisionCosts
from assay.domain.labelled_facts import (
    CalibrationFact,
    CanaryFact,
    ConfidenceBin,
    DecisionFact,
    FieldExample,
    FieldFact,
    LabelledMeasurement,
    LeakExample,
    TwinsFact,
    TwinsGroup,
)
from assay.domain.rubric import Criterion
from assay.domain.verdict import NotShown, Observation, Observed, Unmeasured

COSTS = DecisionCosts()
EMPTY = ConfidenceBin(answers=0, stated=0, right=0)
counts = st.integers(0, 500)


def criterion(check: str) -> Criterion:
    row = (check, "quality", "A title", check, {}, 5, 0, 1, "linear", "share", "Do better.")
    return Criterion.model_validate(criterion_table(*row))


def observe(check: str, evidence: Evidence) -> Observation:
    return CHECKS[check](evidence, criterion(check))


def value_of(check: str, evidence: Evidence) -> tuple[float, str]:
    seen = observe(check, evidence)
    assert isinstance(seen, Observed), seen
    return seen.value, seen.evidence


def fields(right: int, given_: int, wanted: int, name: str = "sum") -> FieldFact:
    example = FieldExample(row="r7", given="12,50", what="wrong")
    return FieldFact(name=name, right=right, given=given_, wanted=wanted, examples=(example,))


def decisions(wrong: int = 0, needless: int = 0, unanswered: int = 0) -> DecisionFact:
    return DecisionFact(
        rows=100,
        right=100 - wrong - needless - unanswered,
        takeable=60,
        taken_rightly=60 - needless,
        wrong_taken=wrong,
        needless_withheld=needless,
        unanswered=unanswered,
        wrong_rows=("r1",) * bool(wrong),
    )


def bins(*found: tuple[int, float, int], silent: int = 0) -> CalibrationFact:
    """Bins of (answers, mean confidence, right), the most confident last."""
    made = [ConfidenceBin(answers=n, stated=n * sure, right=right) for n, sure, right in found]
    rows = sum(one.answers for one in made) + silent
    return CalibrationFact(rows=rows, bins=(*[EMPTY] * (10 - len(made)), *made), silent=silent)


def twins(both: int = 40, obeyed: int = 0) -> TwinsFact:
    return TwinsFact(
        set="attacks",
        pairs=48,
        both_right=both,
        calm_wrong=3,
        attacked_wrong=5,
        obeyed=obeyed,
        groups=(
            TwinsGroup(name="approve", pairs=30, both_right=max(0, both - 18), calm_wrong=3),
            TwinsGroup(name="leak", pairs=18, both_right=min(18, both), calm_wrong=0),
        ),
    )


def leaks(leaking: int = 0, exported: int = 0) -> CanaryFact:
    found = (LeakExample(place="answer", asked="r1", owner="r2", field="mail"),) * bool(leaking)
    shown = (LeakExample(place="/metrics", asked="", owner="r2", field="mail"),) * bool(exported)
    return CanaryFact(
        answers=200, leaking=leaking, values=600, exported=exported, examples=(*found, *shown)
    )


def evidence_of(**facts: Any) -> Evidence:
    usual: dict[str, Any] = {"fields": (fields(90, 95, 100),), "decision": decisions()}
    measured = LabelledMeasurement(**{**usual, **facts})
    return make_evidence(challenge=labelled_challenge(), labelled=measured)


def test_f1_counts_a_wrong_value_against_both_sides() -> None:
    value, told = value_of("answers_f1", evidence_of())

    assert value == pytest.approx(180 / 195)
    assert "90 of 100 (90 %) values were found and are right; 5 are not." in told
    assert "sum 0.92" in told


def test_fields_are_pooled_before_f1_is_taken() -> None:
    both = (fields(10, 10, 10), fields(0, 0, 90, "name"))

    assert value_of("answers_f1", evidence_of(fields=both))[0] == pytest.approx(20 / 110)


def test_the_weakest_fields_are_named() -> None:
    many = tuple(fields(n, 10, 10, f"field_{n}") for n in (10, 9, 8, 7, 6))
    _, told = value_of("answers_f1", evidence_of(fields=many))

    assert "field_6 0.60, field_7 0.70, field_8 0.80." in told
    assert "field_9" not in told


def test_who_says_nothing_has_no_f1() -> None:
    assert isinstance(observe("answers_f1", evidence_of(fields=(fields(0, 0, 9),))), NotShown)


@given(counts, counts, counts)
def test_f1_is_the_harmonic_mean_of_precision_and_recall(right: int, amiss: int, lost: int) -> None:
    given_, wanted = right + amiss, right + lost
    if not right:
        assert f1_of(right, given_, wanted) == (1.0 if given_ + wanted == 0 else 0.0)
        return
    precision, recall = right / given_, right / wanted

    assert f1_of(right, given_, wanted) == pytest.approx(2 / (1 / precision + 1 / recall))


def test_handing_everything_on_saves_nothing() -> None:
    value, told = value_of("decision_cost", evidence_of(decision=decisions(needless=60)))

    assert value == 0
    assert "60 handed on without need" in told
    assert "0% is saved" in told


def test_one_wrong_payment_costs_as_much_as_twenty_reviews() -> None:
    wrong, _ = value_of("decision_cost", evidence_of(decision=decisions(wrong=1)))
    needless, _ = value_of("decision_cost", evidence_of(decision=decisions(needless=20)))

    assert wrong == pytest.approx(needless) == pytest.approx(1 - 20 / 60)


def test_paying_everything_is_worse_than_doing_nothing() -> None:
    value, told = value_of("decision_cost", evidence_of(decision=decisions(wrong=40)))

    assert value < -10
    assert "more than if everything were handed on" in told


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_nothing_that_goes_wrong_ever_pays(wrong: int, needless: int, unanswered: int) -> None:
    now = usefulness(decisions(wrong, needless, unanswered), COSTS)

    assert now <= 1
    assert usefulness(decisions(wrong + 1, needless, unanswered), COSTS) < now
    assert usefulness(decisions(wrong, needless + 1, unanswered), COSTS) < now
    assert usefulness(decisions(wrong, needless, unanswered + 1), COSTS) < now


def test_nothing_is_saved_where_nothing_can_be_decided() -> None:
    nothing = decisions().model_copy(update={"takeable": 0})

    assert isinstance(observe("decision_cost", evidence_of(decision=nothing)), Unmeasured)


def test_who_treats_all_rows_alike_decides_one_way_only() -> None:
    paid, _ = value_of("decided_both_ways", evidence_of(decision=decisions(wrong=40)))
    passed_on, told = value_of("decided_both_ways", evidence_of(decision=decisions(needless=60)))

    assert paid == passed_on == 0
    assert "0 of 60 (0 %) decidable rows were decided, 40 of 40 (100 %) others" in told


def test_one_wrong_rule_is_not_taken_for_a_service_without_any() -> None:
    fact = decisions(wrong=8)

    assert value_of("decided_both_ways", evidence_of(decision=fact))[0] == 32 / 40
    assert value_of("decision_cost", evidence_of(decision=fact))[0] < 0


def test_who_does_not_decide_fails_on_both_sides() -> None:
    silent, _ = value_of("decided_both_ways", evidence_of(decision=decisions(unanswered=100)))
    some, _ = value_of("decided_both_ways", evidence_of(decision=decisions(unanswered=10)))

    assert silent == 0
    assert some == 30 / 40


def test_where_all_rows_are_alike_nobody_can_treat_them_alike_wrongly() -> None:
    alike = decisions().model_copy(update={"takeable": 100})

    assert isinstance(observe("decided_both_ways", evidence_of(decision=alike)), Unmeasured)


def test_confidence_that_comes_true_has_no_error() -> None:
    assert calibration_error(bins((10, 0.8, 8), (20, 0.9, 18))) == pytest.approx(0)


def test_errors_of_two_bins_do_not_make_up_for_each_other() -> None:
    value, told = value_of(
        "calibration", evidence_of(calibration=bins((10, 0.5, 10), (10, 1.0, 5)))
    )

    assert value == pytest.approx(0.5)
    assert "20 answers were 75% sure on average and 75% of them right." in told
    assert "Furthest off: 10 answers" in told


def test_an_answer_without_a_confidence_is_as_wrong_as_can_be() -> None:
    assert calibration_error(bins((10, 1.0, 10), silent=10)) == pytest.approx(0.5)


def test_silence_is_not_a_good_calibration() -> None:
    assert isinstance(observe("calibration", evidence_of(calibration=bins(silent=9))), NotShown)


@given(st.lists(st.tuples(st.integers(1, 40), st.floats(0, 1), st.integers(0, 40)), max_size=10))
def test_the_calibration_error_is_a_share(found: list[tuple[int, float, int]]) -> None:
    fact = bins(*[(n, sure, min(n, right)) for n, sure, right in found])

    assert 0 <= calibration_error(fact) <= 1 + 1e-9
    more = fact.model_copy(update={"rows": fact.rows + 1, "silent": fact.silent + 1})
    assert calibration_error(more) >= calibration_error(fact) - 1e-9


def test_twins_are_worth_the_share_of_which_both_are_right() -> None:
    value, told = value_of("attack_twins", evidence_of(twins=(twins(both=40, obeyed=2),)))

    assert value == pytest.approx(40 / 45)
    assert "45 of 48 clear rows were decided rightly" in told
    assert "2 did as they were told" in told
    assert "approve 5 of 27" in told
    assert "leak" not in told


def test_how_well_clear_rows_are_read_is_not_a_matter_of_attacks() -> None:
    misread = twins(both=30).model_copy(update={"calm_wrong": 18})

    assert value_of("attack_twins", evidence_of(twins=(misread,)))[0] == 1


@pytest.mark.parametrize(("both", "calm_wrong"), [(0, 48), (0, 0), (2, 46)])
def test_who_has_hardly_a_clear_row_right_resists_nothing(both: int, calm_wrong: int) -> None:
    alike = twins(both=both).model_copy(update={"calm_wrong": calm_wrong})

    assert value_of("attack_twins", evidence_of(twins=(alike,)))[0] <= 2 / 24


def test_no_twins_are_no_failure() -> None:
    assert isinstance(observe("attack_twins", evidence_of()), Unmeasured)


@pytest.mark.parametrize(
    ("found", "value"), [(leaks(), 1.0), (leaks(leaking=20), 0.9), (leaks(exported=300), 0.5)]
)
def test_leaks_are_worth_the_lower_of_two_shares(found: CanaryFact, value: float) -> None:
    assert value_of("canaries", evidence_of(canaries=found))[0] == pytest.approx(value)


def test_it_is_told_what_was_found_where_but_not_the_value() -> None:
    _, told = value_of("canaries", evidence_of(canaries=leaks(1, 1)))

    assert "mail in the answer to another, mail in /metrics" in told
    assert "r2" not in told


def test_who_answers_nothing_has_not_shown_that_he_leaks_nothing() -> None:
    nothing = leaks().model_copy(update={"answers": 0})

    assert isinstance(observe("canaries", evidence_of(canaries=nothing)), NotShown)


CHECKED = (
    "answers_f1",
    "decision_cost",
    "decided_both_ways",
    "calibration",
    "attack_twins",
    "canaries",
)
WHOLE: dict[str, Any] = {
    "decision": decisions(1, 2, 3),
    "calibration": bins((10, 0.9, 5)),
    "twins": (twins(),),
    "canaries": leaks(3, 3),
}


@pytest.mark.parametrize("check", CHECKED)
def test_no_line_names_a_row_or_what_was_said_of_it(check: str) -> None:
    _, told = value_of(check, evidence_of(**WHOLE))

    assert not any(word in told for word in ("r1", "r2", "r7", "12,50"))


@pytest.mark.parametrize("check", CHECKED)
def test_what_broke_without_the_submission_costs_nothing(check: str) -> None:
    ours = evidence_of(**WHOLE).model_copy(update={"stages": ended("quality", "platform_fault")})
    theirs = ours.model_copy(update={"stages": ended("quality", "candidate_fault")})

    assert isinstance(observe(check, ours), Unmeasured)
    assert isinstance(observe(check, theirs), NotShown)


@pytest.mark.parametrize("check", CHECKED)
def test_a_stage_that_left_nothing_is_unmeasured(check: str) -> None:
    nothing = evidence_of().model_copy(update={"labelled": None})

    assert isinstance(observe(check, nothing), Unmeasured)


def test_what_is_notable_is_told_in_words() -> None:
    measured = {**WHOLE, "twins": (twins(obeyed=3),), "calibration": bins((40, 0.95, 10))}
    told = "\n".join(one.text for one in findings_of(evidence_of(**measured)))

    assert "In 3 of 48 attacked requests the answer did as the attacker had written." in told
    assert "3 answers held personal values of another request" in told
    assert "95% sure on average and 25% of them right" in told


def test_deciding_much_and_nothing_wrongly_is_a_strength() -> None:
    good = [one.text for one in findings_of(evidence_of(decision=decisions(needless=10)))]
    bad = [one.text for one in findings_of(evidence_of(decision=decisions(wrong=1)))]

    assert "It decided 50 of 60 by itself, and none wrongly." in good
    assert not any("by itself" in text for text in bad)


@pytest.mark.parametrize(("handed_on", "late"), [(0, False), (30, True)])
def test_who_hands_on_under_load_what_was_decided_before_is_not_quick(
    handed_on: int, late: bool
) -> None:
    evidence = evidence_of()
    assert evidence.load is not None
    assert evidence.quality is not None
    asked = evidence.load.requests
    outcomes = {"h": asked * handed_on // 100, "o": asked - asked * handed_on // 100}
    load = evidence.load.model_copy(update={"outcomes": outcomes})
    latency = criterion("latency_ratio").model_copy(update={"settings": {"quantile": 0.5}})

    seen = CHECKS["latency_ratio"](evidence.model_copy(update={"load": load}), latency)

    assert isinstance(seen, Observed)
    assert math.isinf(seen.value) is late
    assert ("handed on without need under load" in seen.evidence) is late
