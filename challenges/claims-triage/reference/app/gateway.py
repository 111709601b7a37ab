"""The model gateway: somebody else's, with a bill. Every answer is checked, every call counted."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from app import metrics
from app.breaker import CircuitBreaker
from app.prices import Usage, cost_pico, usage_in
from app.prompts import ANSWER_TOKENS_MAX, answer_schema
from app.retrying import ATTEMPTS_MAX, RetryBudget, pause_s

MAX_CONNECTIONS = 48
MAX_ANSWER_BYTES = 65_536
RETRIED = (408, 409, 429, 500, 502, 503, 504)
SCHEMA = answer_schema()


@dataclass(frozen=True, slots=True)
class Call:
    """One call, for the audit record. `outcome` is ok, limited, failed, timeout or malformed."""

    model: str
    outcome: str
    usage: Usage
    cost_pico: int
    latency_ms: int
    request_id: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """What to send, and under which name, so that the same question is billed once."""

    model: str
    messages: Sequence[dict[str, str]]
    idempotency_key: str
    deadline: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of it: the answer's object, None where there was none, and all calls made."""

    answer: dict[str, Any] | None
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class _Attempt:
    call: Call
    answer: dict[str, Any] | None = None
    again: bool = True
    wait_s: float = 0.0


class Gateway:
    """A pooled client of `/chat/completions`. Close it with `close`."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        attempt_s: float,
        breaker: CircuitBreaker | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self.breaker = breaker or CircuitBreaker()
        self._url = f"{base_url}/chat/completions" if base_url else ""
        self._budget = RetryBudget()
        self._chance = chance or random.Random()
        self._attempt_s = attempt_s
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=MAX_CONNECTIONS, ttl_dns_cache=60),
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Close the pooled connections."""
        await self._session.close()

    async def ask(self, ask: Ask) -> Reply:
        """The answer, or none in time. Never raises."""
        calls: list[Call] = []
        for number in range(ATTEMPTS_MAX):
            if not self._url or not self.breaker.allows():
                metrics.LLM_CALLS.labels(ask.model, "skipped").inc()
                break
            if not number:
                self._budget.earned()
            attempt = await self._attempt(ask)
            calls.append(attempt.call)
            if attempt.answer is not None:
                return Reply(attempt.answer, tuple(calls))
            pause = pause_s(number, attempt.wait_s, self._chance)
            in_time = time.monotonic() + pause < ask.deadline
            last = number == ATTEMPTS_MAX - 1
            if last or not attempt.again or not in_time or not self._budget.spend():
                break
            await asyncio.sleep(pause)
        return Reply(None, tuple(calls))

    async def _attempt(self, ask: Ask) -> _Attempt:
        begun = time.monotonic()
        left_s = min(self._attempt_s, ask.deadline - begun)
        try:
            async with asyncio.timeout(left_s):
                attempt = await self._post(ask, begun)
        except TimeoutError:
            attempt = _Attempt(_call(ask, "timeout", begun))
        except (aiohttp.ClientError, OSError, ValueError):
            attempt = _Attempt(_call(ask, "failed", begun))
        self._note(attempt)
        return attempt

    async def _post(self, ask: Ask, begun: float) -> _Attempt:
        headers = {"Idempotency-Key": ask.idempotency_key}
        async with self._session.post(
            self._url, json=_request(ask), headers=headers, allow_redirects=False
        ) as response:
            body = await _bounded(response.content)
            if response.status != 200:
                outcome = "limited" if response.status == 429 else "failed"
                wait = _seconds(response.headers.get("Retry-After", ""))
                call = _call(ask, outcome, begun)
                return _Attempt(call, None, response.status in RETRIED, wait)
            return _read(ask, body, begun, response.headers.get("x-request-id", ""))

    def _note(self, attempt: _Attempt) -> None:
        """A refusal by limits says that the gateway is well; everything else may open the breaker."""
        if attempt.call.outcome in ("ok", "limited", "malformed"):
            self.breaker.succeeded()
        else:
            self.breaker.failed()
        metrics.count_call(attempt.call)


def _request(ask: Ask) -> dict[str, Any]:
    return {
        "model": ask.model,
        "messages": ask.messages,
        "response_format": SCHEMA,
        "max_completion_tokens": ANSWER_TOKENS_MAX,
        "temperature": 0,
        "seed": 7,
        "user": ask.idempotency_key[:16],
    }


def _read(ask: Ask, body: bytes, begun: float, request_id: str) -> _Attempt:
    """An answer with an object in it, complete; else a malformed one, billed all the same."""
    told = _object_in(body)
    usage = usage_in(told.get("usage"))
    fingerprint = str(told.get("system_fingerprint") or "")[:64]
    answer = _content_of(told)
    call = Call(
        model=str(told.get("model") or ask.model)[:64],
        outcome="malformed" if answer is None else "ok",
        usage=usage,
        cost_pico=cost_pico(ask.model, usage),
        latency_ms=_ms_since(begun),
        request_id=request_id[:128],
        fingerprint=fingerprint,
    )
    return _Attempt(call, answer)


def _content_of(told: dict[str, Any]) -> dict[str, Any] | None:
    choices = told.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(first, dict) or first.get("finish_reason") != "stop":
        return None
    message = first.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    return _object_in(content.encode()) or None if isinstance(content, str) else None


def _object_in(text: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise ValueError("the gateway's answer is too long")
    return bytes(body)


def _call(ask: Ask, outcome: str, begun: float) -> Call:
    return Call(ask.model, outcome, Usage(), 0, _ms_since(begun))


def _ms_since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)


def _seconds(header: str) -> float:
    try:
        return max(0.0, float(header))
    except ValueError:
        return 0.0
