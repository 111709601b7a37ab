"""A plan is read back as it was written, or refused with every reason."""

import json
from dataclasses import replace

import pytest

from assay_probe import plan as plans
from assay_probe.__main__ import MODULES

TARGET = plans.Target("submission", "http://127.0.0.1:8080")
REQUEST = plans.RequestSpec("POST", "/score", "rows.jsonl", "p", 0.001)
PLANS: list[plans.Plan] = [
    plans.OpenLoopPlan(
        [TARGET], REQUEST, [plans.OpenLoopWindow("submission", "w", 10.0, 2.0, seed=1)]
    ),
    plans.SaturationPlan(
        [TARGET], REQUEST, [plans.SaturationWindow(["submission"], "w", 4, 2.0, 0.5, seed=1)]
    ),
    plans.BootPlan(TARGET, REQUEST, "/readyz", deadline_s=5.0),
    plans.ContractPlan(
        TARGET,
        "test_contract.py",
        "harness",
        [plans.StandIn("bureau", "http://127.0.0.1:9", "token")],
        {"limit": 3, "deep": {"a": [1]}},
        seed=1,
        deadline_s=60.0,
    ),
    plans.AnswersPlan(TARGET, REQUEST, concurrency=4, deadline_s=10.0),
    plans.ShutdownPlan(TARGET, "POST", "/batch", {"rows": [1]}, 20.0, 5.0, 2.0, seed=1),
    plans.IncidentsPlan(
        TARGET,
        REQUEST,
        [plans.Segment("", 0.0, 15.0, 60.0, "rows.jsonl", "")],
        changes=[],
        marks=[plans.Mark(3.0, "begin", "outage")],
        stand_ins=[],
        scrape=plans.ScrapeSpec("http://127.0.0.1:8080", "/metrics"),
        seed=1,
    ),
    plans.StandInPlan(
        [plans.StandInService("bureau", "lookup", 8090, "b.jsonl")], "127.0.0.1", 9, "t", "harness"
    ),
    plans.RuleReplayPlan(["rules.yml"], [plans.RuleTest("recorded", "test.json", 60.0)]),
    plans.RangeReplayPlan(
        "samples.om",
        [[plans.RangeQuery("rule-0", "up == 0", 0, 3600, 15)]],
        records={"rule-0": {"__name__": "job:down"}},
        every_s=15,
        lookback_s=14,
    ),
    plans.LiveAlertingPlan(
        TARGET, "/metrics", "svc", "svc:8080", 0.5, ["live.yml"], "", ["page"], lookback_s=5
    ),
    plans.MeterPlan(
        [plans.MeteredStandIn("submission", plans.StandIn("model", "http://127.0.0.1:9", "t"), 7)],
        since_s=1.5,
        stretches=[plans.MeterStretch("rows", 1.5, 4.0, every_s=1.0)],
    ),
    plans.ToldPlan(TARGET, "/costs/{id}", ["a", "b"], "bill.usd"),
    plans.GeneratePlan(
        "harness",
        "claimgen",
        seed=7,
        sets=[plans.RowSet("load", 3, {"mix": {"long": 0.1}})],
        deadline_s=60.0,
        memory_mib=512,
        output_bytes=1_000_000,
        body_bytes=262_144,
    ),
]


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.kind)
def test_every_kind_of_plan_survives_the_way_to_the_probe(plan: plans.Plan) -> None:
    assert plans.load(plans.dump(plan)) == plan


def test_how_labelled_answers_are_compared_survives_the_way_too() -> None:
    compared = plans.LabelledSpec("fields", {"sum": "number"}, "kind", 0.01, "decision", "ask")
    plan = plans.AnswersPlan(
        TARGET, replace(REQUEST, answer="", labelled=compared), 4, 10.0, canaries=["mail"]
    )

    assert plans.load(plans.dump(plan)) == plan


def test_every_kind_of_plan_has_a_module_that_carries_it_out() -> None:
    assert {plan.kind for plan in PLANS} == set(MODULES)


def test_whole_numbers_are_fine_where_fractions_are_expected() -> None:
    fields = json.loads(plans.dump(PLANS[0]))
    fields["windows"][0]["rate_rps"] = 10
    assert plans.load(json.dumps(fields)) == PLANS[0]


def test_all_problems_are_named_at_once_with_their_place() -> None:
    fields = json.loads(plans.dump(PLANS[0]))
    fields["windows"][0]["rate_rps"] = "fast"
    fields["windows"][0]["seed"] = True
    fields["request"]["colour"] = "red"
    del fields["targets"][0]["url"]
    with pytest.raises(ValueError, match=r"plan\.windows") as refused:
        plans.load(json.dumps(fields))
    message = str(refused.value)
    assert "plan.windows[0].rate_rps: expected float, got 'fast'" in message
    assert "plan.windows[0].seed: expected int, got True" in message
    assert "plan.request.colour: unknown field" in message
    assert "plan.targets[0].url: missing" in message


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"kind": "party"}', "{"])
def test_what_is_no_plan_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="the plan"):
        plans.load(text)


def test_a_window_cannot_name_a_target_the_plan_does_not_have() -> None:
    fields = json.loads(plans.dump(PLANS[0]))
    fields["windows"][0]["target"] = "nobody"
    with pytest.raises(ValueError, match="no target is called 'nobody'"):
        plans.load(json.dumps(fields))


def test_a_rate_of_nothing_is_refused() -> None:
    fields = json.loads(plans.dump(PLANS[0]))
    fields["windows"][0]["rate_rps"] = 0
    with pytest.raises(ValueError, match="rate_rps must be above 0"):
        plans.load(json.dumps(fields))
