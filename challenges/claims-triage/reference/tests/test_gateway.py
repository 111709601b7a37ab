"""Whatever the gateway does, a call ends in time, is counted, and is not repeated for ever."""

import asyncio
import random
import time

import pytest
from aiohttp.test_utils import TestServer

from app.breaker import CircuitBreaker
from app.gateway import Ask, Gateway
from app.prices import Usage, cost_pico, usage_in
from app.prompts import messages_for
from app.retrying import RetryBudget, pause_s


def ask(scripted, row, *script, times=1, attempt_s=0.4, claim_s=3.0):
    """Replies to the same question asked `times` times, and the gateway's breaker."""
    scripted.script.extend(script)

    async def run():
        async with TestServer(scripted.app()) as server:
            url = str(server.make_url("/v1")) if scripted.reachable else "http://127.0.0.1:9/v1"
            client = Gateway(url, "key", attempt_s, chance=random.Random(1))
            shown = [(one["document_id"], one["text"]) for one in row["body"]["documents"]]
            messages = messages_for(shown, "mark")
            replies = [
                await client.ask(Ask("assay-small", messages, "k-1", time.monotonic() + claim_s))
                for _ in range(times)
            ]
            await client.close()
            return replies, client.breaker

    return asyncio.run(run())


def test_an_answer_is_read_and_billed(gateway, payable):
    [reply], _ = ask(gateway, payable)
    assert reply.answer["policy_number"] == payable["right"]["fields"]["policy_number"]
    [call] = reply.calls
    assert call.outcome == "ok"
    assert call.cost_pico == 800 * 100_000 + 200 * 25_000 + 100 * 400_000


@pytest.mark.parametrize("trouble", [429, 500, 503, "garbled", "cut", "reset"])
def test_passing_trouble_is_passed_over(gateway, payable, trouble):
    [reply], _ = ask(gateway, payable, trouble)
    assert reply.answer is not None
    assert len(reply.calls) == 2


@pytest.mark.parametrize("trouble", [400, 401, 404])
def test_what_asking_again_cannot_mend_is_asked_once(gateway, payable, trouble):
    [reply], _ = ask(gateway, payable, trouble)
    assert reply.answer is None
    assert len(gateway.asked) == 1


def test_lasting_trouble_ends_after_three_attempts(gateway, payable):
    gateway.usually = 500
    [reply], _ = ask(gateway, payable)
    assert reply.answer is None
    assert len(reply.calls) == 3


def test_a_cut_answer_is_billed_all_the_same(gateway, payable):
    [reply], _ = ask(gateway, payable, "cut")
    assert reply.calls[0].outcome == "malformed"
    assert reply.calls[0].cost_pico > 0


def test_a_gateway_that_hangs_costs_an_attempt_and_no_more_than_the_deadline(gateway, payable):
    gateway.usually = "hang"
    begun = time.monotonic()
    [reply], _ = ask(gateway, payable, attempt_s=0.2, claim_s=0.5)
    assert reply.answer is None
    assert time.monotonic() - begun < 2
    assert {call.outcome for call in reply.calls} == {"timeout"}


def test_retries_run_out_when_everything_fails(gateway, payable):
    gateway.usually = 429
    replies, breaker = ask(gateway, payable, times=15)
    assert len(gateway.asked) <= 15 + 10 + 15 / 5
    assert not breaker.open, "a limit is no illness"
    assert all(reply.answer is None for reply in replies)


def test_a_gateway_that_is_gone_is_left_alone(gateway, payable):
    gateway.reachable = False
    replies, breaker = ask(gateway, payable, times=12)
    assert breaker.open
    assert replies[-1].calls == ()


def test_every_retry_carries_the_same_key(gateway, payable):
    ask(gateway, payable, 500, 500)
    assert {headers["Idempotency-Key"] for _, headers in gateway.asked} == {"k-1"}


def test_a_pause_is_never_shorter_than_asked_for():
    assert pause_s(0, 3.0, random.Random(1)) == 3.0
    assert 0 < pause_s(0, 0.0, random.Random(1)) <= 0.25


def test_a_budget_grows_with_calls_and_has_a_limit():
    budget = RetryBudget(calls_per_retry=5, reserve=2)
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    for _ in range(5):
        budget.earned()
    assert budget.spend()


def test_an_open_breaker_lets_one_attempt_through_each_pause():
    now = 0.0
    breaker = CircuitBreaker(threshold=2, pause_s=1.0, clock=lambda: now)
    breaker.failed()
    breaker.failed()
    assert not breaker.allows()
    now = 1.0
    assert breaker.allows()
    assert not breaker.allows()
    breaker.succeeded()
    assert breaker.allows()


@pytest.mark.parametrize("told", [None, [], {"prompt_tokens": "7"}, {"prompt_tokens": -1}])
def test_a_usage_that_is_none_counts_nothing(told):
    assert usage_in(told) == Usage()


def test_an_unknown_model_is_taken_for_the_dearest():
    assert cost_pico("mystery-1", Usage(10)) == cost_pico("assay-large", Usage(10))
