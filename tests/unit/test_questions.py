"""Questions come from the evidence: each with its figures, a reason and a place to look at."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.evidence import (
    GOOD,
    POOR,
    ended,
    make_boot,
    make_capacity,
    make_evidence,
    make_load,
    make_poor_evidence,
    make_shutdown,
    make_unbuilt_evidence,
)
from tests.fakes.incidents import make_incidents, make_no_monitoring, with_incidents
from tests.fakes.rubric import make_challenge

from assay.domain.evidence import Evidence
from assay.domain.judge import rescore
from assay.domain.measurements import MemoryMeasurement
from assay.domain.questions import RULES, Question, questions_of


def asked(evidence: Evidence) -> dict[str, Question]:
    return {one.rule: one for one in questions_of(evidence, rescore(evidence))}


def incidents(watch: Any = "poor", **overrides: Any) -> Evidence:
    return with_incidents(make_incidents(watch, **overrides))


def memory(**changes: Any) -> MemoryMeasurement:
    found = make_poor_evidence().memory
    assert found
    return found.model_copy(update=changes)


def busy(cpu: float) -> Evidence:
    """A tier that it does not keep up with, and how busy it is meanwhile."""
    load = make_load(POOR)
    tier = load.tiers[1].model_copy(update={"rate_rps": 309.0, "achieved_rps": 62.0})
    slices = tuple(
        one.model_copy(update={"rate_rps": 309.0, "target": "submission"}) for one in load.slices
    )
    samples = tuple(
        one.model_copy(update={"cpu_share": cpu}) for one in make_poor_evidence().samples
    )
    loaded = load.model_copy(update={"tiers": (load.tiers[0], tier), "slices": slices})
    return make_poor_evidence(load=loaded, samples=samples)


def test_a_question_says_where_throughput_flattened_and_how_busy_the_core_was() -> None:
    told = asked(busy(0.41))["throughput_flattened"]

    assert told.text.startswith(
        "Throughput flattened at 62 answers/s while 309/s were asked for and CPU was at 41 %"
    )
    assert "waited for something else" in told.why
    assert told.criterion == "objective_share"
    assert "next replica" in asked(busy(0.97))["throughput_flattened"].why


def test_busy_is_said_of_all_cores_that_the_service_has() -> None:
    evidence = busy(0.82)
    host = evidence.host.model_copy(update={"service_cores": (0, 1)})
    told = asked(evidence.model_copy(update={"host": host}))["throughput_flattened"]

    assert "CPU was at 41 %" in told.text
    assert "waited for something else" in told.why


def test_how_busy_it_was_is_told_whatever_the_rate() -> None:
    """Slices keep their rate rounded, tiers do not."""
    evidence = busy(0.41)
    assert evidence.load
    low, high = evidence.load.tiers
    tiers = (low, high.model_copy(update={"rate_rps": 309.0012345}))
    load = evidence.load.model_copy(update={"tiers": tiers})

    told = asked(evidence.model_copy(update={"load": load}))["throughput_flattened"]
    assert "CPU was at 41 %" in told.text


def test_waiting_at_a_rate_that_is_too_high_is_no_stall() -> None:
    load = make_load(GOOD)
    slices = [one for one in load.slices if one.target == "submission"]
    slow = [
        one.model_copy(update={"label": label, "rate_rps": rate, "latency_ms_p95": 900.0})
        for one, (label, rate) in zip(
            slices, [("tier-75%", 309.0)] * 3 + [("warmup", load.rate_rps)] * 3, strict=False
        )
    ]

    evidence = make_evidence(load=load.model_copy(update={"slices": (*load.slices, *slow)}))
    assert "stalls" not in asked(evidence)


def test_one_failed_test_is_not_one_of_one() -> None:
    contract = make_poor_evidence().contract
    assert contract
    failed = [one for one in contract.tests if one.outcome == "failed"]
    others = [one for one in contract.tests if one.outcome != "failed"]
    assert len(failed) > 1

    alone = contract.model_copy(update={"tests": (failed[0], *others)})
    assert "one of" not in asked(make_poor_evidence(contract=alone))["failed_tests"].text
    assert f"one of {len(failed)} such" in asked(make_poor_evidence())["failed_tests"].text


def test_what_failed_more_is_said_as_two_shares() -> None:
    evidence = incidents("poor")
    assert evidence.incidents
    changed = tuple(
        one.model_copy(update={"outcomes": {"o": 87, "5": 13}, "before": {"o": 99, "5": 1}})
        if one.injector == "dependency" and one.kind == "fault"
        else one
        for one in evidence.incidents.incidents
    )
    told = asked(incidents("poor", incidents=changed))["dependency_took_it_along"]

    assert "13% of the requests failed, and before it 1%" in told.text


def test_a_question_says_how_late_an_alert_was_and_asks_to_halve_it() -> None:
    evidence = incidents("good")
    found = evidence.incidents
    assert found
    recorded = found.replays[0]
    late = tuple(
        one.model_copy(update={"start_min": 71.0, "end_min": 90.0})
        if one.alert == "FeatureDrift"
        else one
        for one in recorded.episodes
    )
    replays = (recorded.model_copy(update={"episodes": late}), *found.replays[1:])
    told = asked(incidents("good", replays=replays))["late_alert"]

    assert "Your alert FeatureDrift fired" in told.text
    assert "Callers send monthly instead of yearly income" in told.text
    assert "how would you halve it" in told.text


POOR_RULES = {
    "throughput_flattened", "latency_grew_with_rate", "long_tail", "stalls",
    "slower_than_reference", "less_throughput", "cost_of_a_million", "memory_grew",
    "requests_lost_at_the_end", "did_not_stop", "ready_before_able", "other_than_the_model",
    "tells_less_apart", "failed_tests", "personal_data_leaked", "large_image", "broken_rule",
    "what_next",
}  # fmt: skip


def test_a_poor_service_is_asked_about_everything_that_is_poor() -> None:
    assert set(asked(make_poor_evidence())) >= POOR_RULES


def test_a_good_service_is_asked_about_its_choices() -> None:
    found = asked(make_evidence(GOOD))

    assert "best_area" in found
    assert not set(found) & POOR_RULES - {"what_next", "broken_rule"}


def test_no_monitoring_is_asked_about_once() -> None:
    told = asked(with_incidents(make_no_monitoring()))

    assert "only three alerts" in told["nothing_to_watch_with"].text
    assert "missed_incident" not in told


def test_poor_monitoring_is_asked_about() -> None:
    told = asked(incidents("poor"))

    assert set(told) & {"missed_incident", "woke_someone_for_nothing", "never_quiet", "did_not_end"}
    assert "own_figures_disagree" in told


def test_nothing_is_asked_about_a_timeline_the_machine_disturbed() -> None:
    told = asked(incidents("poor", void="others used 40 % of the core"))
    about_alerts = {name for name, one in told.items() if one.source.startswith("incidents")}

    assert about_alerts <= {"explain_a_flag"}


def test_a_broken_build_is_asked_about_first() -> None:
    found = questions_of(make_unbuilt_evidence(), rescore(make_unbuilt_evidence()))

    assert found[0].rule == "broke_off"
    assert "no package named 'numpyy'" in found[0].text


def test_what_cost_most_comes_first() -> None:
    evidence = make_poor_evidence()
    weights = [one.weight for one in questions_of(evidence, rescore(evidence))]

    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) > 5


def test_a_death_under_load_is_asked_about() -> None:
    told = asked(make_poor_evidence(memory=memory(deaths=2, oom_killed=True)))

    assert "ended 2 times over its memory limit" in told["died_under_load"].text


def test_a_service_that_beats_the_reference_is_asked_how() -> None:
    ratio = make_capacity(GOOD).throughput_ratio.model_copy(
        update={"value": 1.6, "low": 1.5, "high": 1.7}
    )

    told = asked(make_evidence(capacity=make_capacity(GOOD, throughput_ratio=ratio)))
    assert "1.60 x as much as our own reference" in told["faster_than_reference"].text


@pytest.mark.parametrize("evidence", [make_poor_evidence(), incidents("poor")])
def test_every_question_can_be_asked_as_it_stands(evidence: Evidence) -> None:
    card = rescore(evidence)
    lines = {line.id for line in (*card.gates, *card.criteria)}
    for one in questions_of(evidence, card):
        assert one.text.endswith("?"), one.text
        assert one.why.endswith(".")
        assert len(one.text) < 700
        assert "None" not in one.text + one.why
        assert one.source or one.rule == "best_area"
        assert one.criterion == "" or one.criterion in lines


def test_there_are_more_than_fifteen_rules_and_each_says_its_own_name() -> None:
    every = [
        asked(evidence)
        for evidence in (make_poor_evidence(), make_evidence(), incidents("poor"), busy(0.4))
    ]

    assert len(RULES) >= 15
    assert {name for found in every for name in found} <= set(RULES)


AUTHORED: dict[str, Any] = {
    "id": "ask_about_cost",
    "criterion": "cost",
    "below": 0.5,
    "text": "Cost came to {value} {unit} and {points} of {max} points: what would you cut first?",
    "why": "Shows what they would give up.",
}


def with_question(**changes: Any) -> Evidence:
    table = {**AUTHORED, **changes}
    return make_poor_evidence(challenge=make_challenge(question=[table]))


def test_an_author_asks_when_their_condition_holds() -> None:
    told = asked(with_question())["ask_about_cost"]

    assert told.origin == "challenge"
    assert told.text.startswith("Cost came to 4.17 x and ")
    assert "of 8 points" in told.text
    assert "ask_about_cost" not in asked(with_question(below=None, above=0.5))


def test_an_author_can_compare_the_value_itself() -> None:
    assert "ask_about_cost" in asked(with_question(measure="value", below=None, above=4.0))
    assert "ask_about_cost" not in asked(with_question(measure="value", below=4.0))


def test_an_authors_question_has_the_weight_they_gave_it() -> None:
    evidence = with_question(weight=99)

    assert questions_of(evidence, rescore(evidence))[0].rule == "ask_about_cost"


def test_an_author_is_not_asked_about_what_was_not_measured() -> None:
    stages = ended("capacity", "not_possible", then="done")
    evidence = with_question().model_copy(update={"stages": stages, "capacity": None})

    assert "ask_about_cost" not in asked(evidence)


def test_a_question_weighs_the_points_that_were_lost() -> None:
    evidence = make_poor_evidence()
    card = rescore(evidence)
    (line,) = [one for one in card.criteria if one.id == "cost"]
    measured = sum(one.max for one in card.criteria if one.fraction is not None)
    assert line.fraction is not None

    lost = float(100 * (1 - line.fraction) * Fraction(line.max, measured))
    assert asked(evidence)["cost_of_a_million"].weight == pytest.approx(lost)


def test_what_is_all_right_is_not_asked_about() -> None:
    told = asked(make_evidence(boot=make_boot(GOOD), shutdown=make_shutdown(GOOD)))

    assert not {"ready_before_able", "did_not_stop", "requests_lost_at_the_end"} & set(told)


def test_every_rule_has_its_line_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "follow-up-questions.md").read_text()

    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == list(RULES)
