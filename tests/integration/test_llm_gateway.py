"""The gateway as a process: steered on the timeline, metered through the control port, fast."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.llm import KEY, chat
from tests.fakes.llm_served import NAME, Served, plan_of, served
from tests.fakes.ports import free_port
from tests.fakes.probe_runs import run_plan, started

from assay_probe.gateways.lookup import Lookup
from assay_probe.gateways.stand_in import Gateway
from assay_probe.plan import ContractPlan, Target
from assay_probe.records import TestRecord

PER_SECOND = 200
"""Simple chat completions on one core without simulated waiting."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("llm")) as running:
        yield running


@pytest.fixture
def models(running: Served) -> Served:
    running.set("ok")
    return running


def post(connection: HTTPConnection, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    head = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/chat/completions", json.dumps(body), head)
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def connected(models: Served) -> closing[HTTPConnection]:
    return closing(HTTPConnection("127.0.0.1", models.port, timeout=5))


def test_a_pooled_connection_survives_a_change_of_mode(models: Served) -> None:
    with connected(models) as connection:
        assert post(connection, chat("Hello"))[0] == 200
        socket_before = connection.sock
        models.set("version", number=2)
        status, answer = post(connection, chat("Hello"))

        assert (status, answer["model"]) == (200, "assay-large-2026-09-01")
        assert connection.sock is socket_before


def test_whoever_is_under_way_ends_in_the_mode_in_which_it_began(models: Served) -> None:
    def slowly() -> tuple[int, dict[str, Any]]:
        with connected(models) as connection:
            return post(connection, chat("Hello"))

    models.set("slow", delay_ms=600)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(slowly)
        time.sleep(0.2)
        models.set("error", status=503)
        assert waiting.result()[0] == 200


def test_down_cuts_who_waits_and_bills_nothing_for_it(models: Served) -> None:
    after = models.metered()["totals"]["all"]["requests"]

    def slowly() -> None:
        with connected(models) as connection, pytest.raises((OSError, ValueError)):
            post(connection, chat("Hello"))

    models.set("slow", delay_ms=5000)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(slowly)
        time.sleep(0.3)
        models.set("down")
        waiting.result()
    (record,) = models.metered(after)["records"]

    assert (record["status"], record["complete"], record["cost_pico_usd"]) == (None, False, 0)


def test_a_long_prompt_is_read(models: Served) -> None:
    pages = "The pipe burst and the kitchen is under water. " * 8000
    with connected(models) as connection:
        status, answer = post(connection, chat("Summarise.\n\n" + pages))

    assert status == 200
    assert answer["usage"]["prompt_tokens"] > 70_000


@pytest.mark.parametrize(
    ("order", "words"),
    [({"mode": "version", "number": 7}, "no such number"), ({"mode": "sulk"}, "no mode 'sulk'")],
)
def test_a_mode_that_does_not_exist_is_refused_in_words(
    models: Served, order: dict[str, Any], words: str
) -> None:
    status, answer = models.control("POST", f"/modes/{NAME}", order)

    assert status == 400
    assert words in answer["error"]


def test_broken_rules_are_never_served(tmp_path: Path) -> None:
    (tmp_path / "rules.json").write_text('{"keys": [], "seed": "x"}')
    with started(plan_of(free_port(), free_port()), tmp_path) as process:
        told, problem = process.communicate(timeout=20)

    assert (process.returncode, told) == (1, "")
    assert "rules.seed: expected int" in problem


SUITE = """
def test_what_a_claim_costs(dependency, service):
    models = dependency("models")
    before = models.metered()["totals"]["all"]["requests"]
    body = {"model": "assay-small", "messages": [{"role": "user", "content": "Hello"}]}
    head = {"Authorization": "Bearer KEY"}
    assert service.post("/v1/chat/completions", json=body, headers=head).status == 200
    (record,) = models.metered(before)["records"]
    assert record["cost_pico_usd"] > 0

def test_a_storm(dependency, service):
    dependency("models").set("storm", percent=100)
    head = {"Authorization": "Bearer KEY"}
    assert service.get("/v1/models", headers=head).status == 200
"""


def test_a_hidden_test_reads_the_meter(models: Served, tmp_path: Path) -> None:
    """The gateway plays the service under measurement here, too."""
    (tmp_path / "test_contract.py").write_text(SUITE.replace("KEY", KEY))
    target = Target("service", models.url)
    plan = ContractPlan(target, "test_contract.py", ".", [models.stand_in], {}, 1, deadline_s=20)
    records = run_plan(plan, tmp_path).of(TestRecord)

    assert [(r.outcome, r.message) for r in records] == [("passed", ""), ("passed", "")]


def test_who_has_no_meter_says_so(tmp_path: Path) -> None:
    (tmp_path / "known.jsonl").write_text('{"id": "A"}')
    bureau = Gateway(0, Lookup(tmp_path / "known.jsonl", {"path": "/{id}"}))
    with pytest.raises(ValueError, match="no meter"):
        bureau.metered(0)


def test_two_hundred_answers_a_second_on_one_core(models: Served) -> None:
    """By the processor time of the gateway itself, so that a busy machine does not decide."""
    rounds = 400
    with connected(models) as connection:
        before_s = cpu_s(models.process_id)
        for number in range(rounds):
            text = f"Extract policy_number as JSON.\n\nPolicy number: HH-{number}"
            assert post(connection, chat(text))[0] == 200
        used_s = cpu_s(models.process_id) - before_s

    assert used_s < rounds / PER_SECOND


def cpu_s(process_id: int) -> float:
    """Processor seconds that a process has used."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100
