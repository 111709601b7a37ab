"""Money as the harness sees it: a real gateway, the official client, a probe reading bills."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from openai import OpenAI
from tests.fakes.llm_served import NAME, Served, served
from tests.fakes.probe_runs import run_plan, serving, spec

from assay_probe.plan import ContractPlan, MeteredStandIn, MeterPlan, MeterStretch, Target, ToldPlan
from assay_probe.records import MeterRecord, TestRecord, ToldRecord

KEYS = ["sk-first", "sk-second"]
LETTER = "<document>\nPolicy number: HH-204417\n</document>"


@pytest.fixture
def models(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, fresh=KEYS) as running:
        yield running


def ask(models: Served, key: str, text: str = LETTER, model: str = "assay-large") -> int:
    """Ask with the official client; the tokens that it is told."""
    with OpenAI(base_url=f"{models.url}/v1", api_key=key, max_retries=0, timeout=5) as client:
        task = {"role": "system", "content": "Extract policy_number as JSON."}
        said = {"role": "user", "content": text}
        answer = client.chat.completions.create(model=model, messages=[task, said])
        return answer.usage.total_tokens


def read(
    models: Served, folder: Path, *stretches: MeterStretch, after: int = 0
) -> list[MeterRecord]:
    plan = MeterPlan(
        [MeteredStandIn("submission", models.stand_in, after)], stretches=list(stretches)
    )
    return run_plan(plan, folder).of(MeterRecord)


def test_every_start_of_a_service_has_a_key_and_an_old_one_is_not_let_in(models: Served) -> None:
    assert ask(models, KEYS[0])
    assert ask(models, KEYS[1])
    with pytest.raises(openai.AuthenticationError):
        ask(models, "key-of-this-test")

    by_key = models.metered()["totals"]["key"]
    assert {name: sums["answered"] for name, sums in by_key.items()} == {"start-1": 1, "start-2": 1}


def test_the_bill_is_what_the_client_was_told(models: Served, tmp_path: Path) -> None:
    tokens = [ask(models, KEYS[0]), ask(models, KEYS[0], model="assay-small")]

    (whole,) = read(models, tmp_path)

    assert whole.calls == whole.answered == 2
    assert whole.prompt_tokens + whole.completion_tokens == sum(tokens)
    large = whole.models["assay-large"]
    exact = large["prompt_tokens"] * 2_500_000 + large["completion_tokens"] * 10_000_000
    assert large["cost_pico_usd"] == exact
    assert whole.cost_pico_usd == sum(one["cost_pico_usd"] for one in whole.models.values())
    assert whole.system_prompts == ["Extract policy_number as JSON."]


def test_a_stretch_of_time_has_its_own_bill(models: Served, tmp_path: Path) -> None:
    ask(models, KEYS[0], f"{LETTER} before")
    since_s = time.monotonic()
    ask(models, KEYS[0], f"{LETTER} within")
    ask(models, KEYS[0], f"{LETTER} within")
    until_s = time.monotonic()
    ask(models, KEYS[0], f"{LETTER} after")

    whole, rows = read(models, tmp_path, MeterStretch("rows", since_s, until_s))
    assert (whole.calls, rows.calls, rows.questions) == (4, 2, 1)

    (later,) = read(models, tmp_path, after=3)
    assert (later.calls, later.last) == (1, 4)


def test_calls_in_a_storm_cost_nothing_and_are_counted(models: Served, tmp_path: Path) -> None:
    models.set("storm", retry_after_s=1)
    for _ in range(3):
        with pytest.raises(openai.RateLimitError):
            ask(models, KEYS[0])

    (whole,) = read(models, tmp_path)

    assert (whole.calls, whole.refused, whole.questions, whole.cost_pico_usd) == (3, 3, 1, 0)


# --------------------------------------------------------------------------- hidden tests


def suite(models: Served, folder: Path, tests: str) -> dict[str, TestRecord]:
    """Hidden tests against a service that asks the models once for every request."""

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        if path != "/free":
            ask(models, KEYS[0], f"{LETTER} {body.decode()}")
        return 200, b"{}"

    spec(folder)
    (folder / "harness").mkdir()
    (folder / "harness/test_contract.py").write_text(tests)
    with serving(answer) as target:
        plan = ContractPlan(
            target,
            "test_contract.py",
            "harness",
            [models.stand_in],
            {"rows": "../rows.jsonl"},
            3,
            20.0,
            test_timeout_s=8.0,
        )
        found = run_plan(plan, folder).of(TestRecord)
    return {one.test: one for one in found}


SUITE = f"""
def test_one_request(service, meter):
    \"\"\"One request is one call.\"\"\"
    answer, spent = meter({NAME!r}).of(lambda: service.post("/asks", json={{"n": 1}}))
    assert answer.status == 200
    assert (spent.calls, spent.answered, spent.extra_calls) == (1, 1, 0)
    assert 0 < spent.dollars < 0.01
    assert spent.tokens == spent.prompt_tokens + spent.completion_tokens > 0

def test_nothing_asked(service, meter):
    \"\"\"What asks nothing costs nothing.\"\"\"
    _, spent = meter({NAME!r}).of(lambda: service.post("/free", json={{}}))
    assert (spent.calls, spent.dollars) == (0, 0)

def test_several(service, meter, dependency):
    \"\"\"Since a mark, also while 429 rains.\"\"\"
    model = meter({NAME!r})
    mark = model.mark()
    service.post("/asks", json={{"n": 2}})
    service.post("/asks", json={{"n": 2}})
    assert model.since(mark).extra_calls == 1
    assert [one["status"] for one in model.records(mark)] == [200, 200]
    dependency({NAME!r}).set("storm")
    service.post("/asks", json={{"n": 3}})
    assert model.since(mark).refused == 1
    assert model.system_prompts() == ["Extract policy_number as JSON."]

def test_unknown(meter):
    \"\"\"A dependency that is not there is our mistake.\"\"\"
    meter("nobody")
"""


def test_hidden_tests_see_what_a_request_costs(models: Served, tmp_path: Path) -> None:
    found = suite(models, tmp_path, SUITE)

    outcomes = {name: (one.outcome, one.message) for name, one in found.items()}
    assert outcomes["test_one_request"] == ("passed", "")
    assert outcomes["test_nothing_asked"] == ("passed", "")
    assert outcomes["test_several"] == ("passed", "")
    assert outcomes["test_unknown"][0] == "error"
    assert models.control("GET", f"/requests/{NAME}")[0] == 200


# ------------------------------------------------------------------------ what a service says


def test_a_service_is_asked_what_each_request_cost(tmp_path: Path) -> None:
    said = {
        "/costs/a%2F1": {"bill": {"usd": 0.25}},
        "/costs/b": {"bill": {"usd": "much"}},
        "/costs/c": {"bill": {}},
    }

    def answer(path: str, _body: bytes) -> tuple[int, bytes]:
        return (200, json.dumps(said[path]).encode()) if path in said else (404, b"{}")

    with serving(answer) as target:
        plan = ToldPlan(
            Target("submission", target.url), "/costs/{id}", ["a/1", "b", "c", "d"], "bill.usd"
        )
        record = run_plan(plan, tmp_path).one(ToldRecord)

    assert record.dollars == {"a/1": 0.25, "b": None, "c": None, "d": None}


def test_a_service_that_never_says_holds_nobody_up(tmp_path: Path) -> None:
    def answer(_path: str, _body: bytes) -> tuple[int, bytes]:
        time.sleep(1.5)
        return 200, b"{}"

    with serving(answer) as target:
        plan = ToldPlan(target, "/costs/{id}", ["a", "b"], "usd", timeout_s=0.2, deadline_s=0.5)
        run = run_plan(plan, tmp_path)

    assert run.one(ToldRecord).dollars == {"a": None, "b": None}
    assert run.elapsed_s < 4
