"""The income bureau: a helpful stranger. It may be slow, wrong or gone; we answer anyway."""

import asyncio
import math
from collections.abc import Sequence

import aiohttp
import orjson

from app.breaker import CircuitBreaker
from app.metrics import BUREAU_LOOKUPS

MAX_CONNECTIONS = 16
MAX_ANSWER_BYTES = 4096
BUDGET_S = 0.4  # for all lookups of one request; the contract allows 0.5 s for the answer


class Bureau:
    """A pooled client of `GET /income/{application_id}`. Close it with `close`."""

    def __init__(self, url: str, timeout_s: float, breaker: CircuitBreaker | None = None) -> None:
        self.breaker = breaker or CircuitBreaker()
        self._url = url
        self._turns = asyncio.Semaphore(MAX_CONNECTIONS)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS, ttl_dns_cache=60),
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            auto_decompress=False,
        )

    async def incomes(self, application_ids: Sequence[str]) -> list[float | None]:
        """Yearly incomes in the order asked, None where unknown. Never raises."""
        lookups = [asyncio.create_task(self._income(one)) for one in application_ids]
        if lookups:
            _, late = await asyncio.wait(lookups, timeout=BUDGET_S)
            for lookup in late:
                lookup.cancel()
        return [lookup.result() if lookup.done() else None for lookup in lookups]

    async def close(self) -> None:
        """Close the pooled connections."""
        await self._session.close()

    async def _income(self, application_id: str) -> float | None:
        async with self._turns:
            if not self._url or not self.breaker.allows():
                BUREAU_LOOKUPS.labels("skipped").inc()
                return None
            try:
                income = await self._ask(application_id)
            except (aiohttp.ClientError, TimeoutError, ValueError):
                self.breaker.failed()
                BUREAU_LOOKUPS.labels("failed").inc()
                return None
            self.breaker.succeeded()
            BUREAU_LOOKUPS.labels("unknown" if income is None else "found").inc()
            return income

    async def _ask(self, application_id: str) -> float | None:
        url = f"{self._url}/income/{application_id}"
        async with self._session.get(url, allow_redirects=False) as response:
            if response.status == 404:
                return None
            if response.status != 200:
                raise ValueError(f"the bureau answered {response.status}")
            return _income_in(await _bounded(response.content))


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise ValueError("the bureau's answer is too long")
    return bytes(body)


def _income_in(body: bytes) -> float:
    answer = orjson.loads(body)
    income = answer.get("income_eur_year") if isinstance(answer, dict) else None
    if isinstance(income, bool) or not isinstance(income, int | float):
        raise ValueError("the bureau's answer holds no income")
    if not (math.isfinite(income) and income >= 0):
        raise ValueError("the bureau's income is no amount")
    return float(income)
