"""Calls to the models: limited in time and number, paid for once, counted to the picodollar."""

import asyncio
import json
import random
import time
from dataclasses import dataclass
from typing import Any

from triage.exports import Exports
from triage.wire import Malformed, post_json

PICO = 10**12
PRICES = {"assay-small": (100_000, 25_000, 400_000), "assay-medium": (600_000, 150_000, 2_400_000)}
LARGE = (2_500_000, 1_250_000, 10_000_000)
"""Picodollars a token: fresh, cached, answer. What is not on the list costs as the large one."""
ANSWER_BYTES, ANSWER_TOKENS = 65_536, 300
ATTEMPT_S = 4.0
ATTEMPTS = 2
AGAIN = {408, 409, 429, 500, 502, 503, 504}
PER_RETRY, SAVED_MOST = 5.0, 8.0
FAILURES_OPEN, PAUSE_S = 8, 1.0


@dataclass(frozen=True)
class Call:
    """One call as the record tells it."""

    model: str
    outcome: str
    prompt: int = 0
    cached: int = 0
    completion: int = 0
    cost_pico: int = 0
    latency_ms: int = 0

    def told(self) -> dict[str, Any]:
        """For the record."""
        return {"model": self.model, "outcome": self.outcome, "prompt_tokens": self.prompt,
                "cached_tokens": self.cached, "completion_tokens": self.completion,
                "cost_usd": self.cost_pico / PICO, "latency_ms": self.latency_ms}


@dataclass(frozen=True)
class Question:
    """A narrow question: instructions, pages, and the form of the answer."""

    system: str
    pages: str
    schema: dict[str, Any]
    key: str


class Models:
    """The gateway. `ask` never raises."""

    def __init__(self, url: str, api_key: str, exports: Exports) -> None:
        url = url.rstrip("/")
        self._url = f"{url if url.endswith('/v1') else url + '/v1'}/chat/completions" if url else ""
        self._headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
        self._exports = exports
        self._saved = SAVED_MOST
        self._failures, self._closed_until = 0, 0.0
        self._chance = random.Random()

    async def ask(self, model: str, question: Question, until: float, calls: list[Call]) -> dict[str, Any] | None:
        """The object that a model answers, None if there is none in time. Calls made are added."""
        for number in range(ATTEMPTS):
            if not self._url or not self._may_try():
                return None
            self._saved = min(SAVED_MOST, self._saved + (0 if number else 1 / PER_RETRY))
            call, answer, wait_s = await self._once(model, question, until)
            calls.append(call)
            self._note(model, call)
            if answer is not None:
                return answer
            pause = max(wait_s, self._chance.uniform(0.1, 0.4))
            if wait_s < 0 or self._saved < 1 or number + 1 == ATTEMPTS or time.monotonic() + pause >= until:
                return None
            self._saved -= 1
            await asyncio.sleep(pause)
        return None

    def _may_try(self) -> bool:
        """Closed after failures in a row; then one may look each second."""
        now = time.monotonic()
        if self._failures < FAILURES_OPEN:
            return True
        if now < self._closed_until:
            return False
        self._closed_until = now + PAUSE_S
        return True

    async def _once(self, model: str, question: Question, until: float) -> tuple[Call, dict[str, Any] | None, float]:
        """The call, its answer, and how long to wait before another; below 0 for never."""
        begun = time.monotonic()
        headers = {**self._headers, "Idempotency-Key": f"{question.key}-{model}"}
        try:
            async with asyncio.timeout(max(0.01, min(ATTEMPT_S, until - begun))):
                found = await post_json(self._url, _body(model, question), headers, ANSWER_BYTES)
        except TimeoutError:
            return Call(model, "timeout", latency_ms=_ms(begun)), None, 0.0
        except (OSError, Malformed):
            return Call(model, "failed", latency_ms=_ms(begun)), None, 0.0
        status = int(found.first[1]) if found.first[1].isdigit() else 0
        if status != 200:
            outcome = "limited" if status == 429 else "failed"
            wait_s = _seconds(found.headers.get("retry-after", "")) if status in AGAIN else -1.0
            return Call(model, outcome, latency_ms=_ms(begun)), None, wait_s
        return *_read(model, found.body, _ms(begun)), 0.0

    def _note(self, model: str, call: Call) -> None:
        sick = call.outcome in ("failed", "timeout")
        self._failures = self._failures + 1 if sick else 0
        self._exports.count("model_calls_total", model=model, outcome=call.outcome)
        self._exports.count("model_dollars_total", call.cost_pico / PICO, model=model)
        self._exports.time("model_call_seconds", call.latency_ms / 1000)


def _body(model: str, question: Question) -> dict[str, Any]:
    return {
        "model": model,
        "messages": [
            {"role": "system", "content": question.system},
            {"role": "user", "content": question.pages},
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": question.schema},
        },
        "max_completion_tokens": ANSWER_TOKENS,
        "temperature": 0,
    }


def _read(model: str, body: bytes, latency_ms: int) -> tuple[Call, dict[str, Any] | None]:
    told = _object(body)
    usage = told.get("usage") if isinstance(told.get("usage"), dict) else {}
    details = usage.get("prompt_tokens_details")
    cached = _number(details.get("cached_tokens")) if isinstance(details, dict) else 0
    prompt, completion = _number(usage.get("prompt_tokens")), _number(usage.get("completion_tokens"))
    fresh, again, answered = PRICES.get(model, LARGE)
    cost = (prompt - cached) * fresh + cached * again + completion * answered
    answer = _answer(told)
    outcome = "malformed" if answer is None else "ok"
    name = str(told.get("model") or model)[:64]
    return Call(name, outcome, prompt, cached, completion, cost, latency_ms), answer


def _answer(told: dict[str, Any]) -> dict[str, Any] | None:
    choices = told.get("choices")
    first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = first.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    if first.get("finish_reason") != "stop" or not isinstance(content, str):
        return None
    return _object(content.encode()) or None


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _number(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0


def _ms(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
