"""Whatever the gateway does, a call ends in time, is counted, and is not repeated for ever."""

import pytest

from app.breaker import CircuitBreaker
from app.prices import Usage, cost_pico, usage_in
from tests.asking_gateway import ask


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


def test_a_cut_answer_is_billed_all_the_same(gateway, payable):
    [reply], _ = ask(gateway, payable, "cut")
    assert reply.calls[0].outcome == "malformed"
    assert reply.calls[0].cost_pico > 0


def test_a_gateway_that_is_gone_is_left_alone(gateway, payable):
    gateway.reachable = False
    replies, breaker = ask(gateway, payable, times=12)
    assert breaker.open
    assert replies[-1].calls == ()


def test_every_retry_carries_the_same_key(gateway, payable):
    ask(gateway, payable, 500, 500)
    assert {headers["Idempotency-Key"] for _, headers in gateway.asked} == {"k-1"}


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
