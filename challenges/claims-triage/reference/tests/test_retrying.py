"""Asking again is rare, later each time, and has an end."""

import random

from app.retrying import RetryBudget, pause_s
from tests.asking_gateway import ask


def test_lasting_trouble_ends_after_three_attempts(gateway, payable):
    gateway.usually = 500
    [reply], _ = ask(gateway, payable)
    assert reply.answer is None
    assert len(reply.calls) == 3


def test_retries_run_out_when_everything_fails(gateway, payable):
    gateway.usually = 429
    replies, breaker = ask(gateway, payable, times=15)
    assert len(gateway.asked) <= 15 + 10 + 15 / 5
    assert not breaker.open, "a limit is no illness"
    assert all(reply.answer is None for reply in replies)


def test_a_pause_is_never_shorter_than_asked_for():
    assert pause_s(0, 3.0, random.Random(1)) == 3.0
    assert 0 < pause_s(0, 0.0, random.Random(1)) <= 0.25


def test_a_budget_grows_with_calls_and_has_a_limit():
    budget = RetryBudget(calls_per_retry=5, reserve=2)
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    for _ in range(5):
        budget.earned()
    assert budget.spend()
