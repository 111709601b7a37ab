"""Whatever the bureau does, there is an answer in time."""

import asyncio
import time

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app.breaker import CircuitBreaker
from app.bureau import Bureau


def ask(handler, ids=("A-1",), times=1, timeout_s=5.0):
    """Answers of a bureau that behaves like `handler`, seconds taken, and its breaker."""

    async def run():
        server = TestServer(web.Application())
        server.app.router.add_get("/income/{id}", handler)
        async with server:
            bureau = Bureau(str(server.make_url("")).rstrip("/"), timeout_s=timeout_s)
            started = time.perf_counter()
            for _ in range(times):
                answers = await bureau.incomes(ids)
            seconds = time.perf_counter() - started
            await bureau.close()
            return answers, seconds, bureau.breaker

    return asyncio.run(run())


async def knows(request):
    return web.json_response({"income_eur_year": 24_000})


async def hangs(request):
    await asyncio.sleep(30)
    return web.Response()


async def knows_nobody(request):
    return web.Response(status=404)


def says(text, status=200):
    async def handler(request):
        return web.Response(text=text, status=status)

    return handler


def test_a_known_income_is_used():
    assert ask(knows)[0] == [24_000.0]


def test_unknown_is_no_failure():
    answers, _, breaker = ask(knows_nobody, times=10)
    assert answers == [None]
    assert not breaker.open


@pytest.mark.parametrize(
    "text",
    [
        "<html>",
        "[]",
        "{}",
        '{"income_eur_year": NaN}',
        '{"income_eur_year": "1"}',
        '{"income_eur_year": -1}',
        "x" * 10_000,
    ],
)
def test_nonsense_is_not_believed(text):
    answers, _, breaker = ask(says(text), times=5)
    assert answers == [None]
    assert breaker.open


def test_an_error_of_the_bureau_is_not_ours():
    assert ask(says("oops", 500))[0] == [None]


def test_a_hanging_bureau_costs_one_timeout_and_then_nothing():
    answers, seconds, breaker = ask(hangs, ids=[f"A-{i}" for i in range(200)], timeout_s=0.1)
    assert answers == [None] * 200
    assert seconds < 2
    assert breaker.open


def test_without_a_bureau_nothing_is_asked():
    async def run():
        bureau = Bureau("", timeout_s=0.1)
        answers = await bureau.incomes(["A-1"])
        await bureau.close()
        return answers

    assert asyncio.run(run()) == [None]


def test_an_open_breaker_lets_one_attempt_through_each_second():
    now = 0.0
    breaker = CircuitBreaker(threshold=3, pause_s=1.0, clock=lambda: now)
    for _ in range(3):
        assert breaker.allows()
        breaker.failed()
    assert not breaker.allows()
    now = 1.0
    assert breaker.allows()
    assert not breaker.allows()
    breaker.succeeded()
    assert breaker.allows()
