"""A gateway for tests: it knows the right answers and misbehaves on request."""

import asyncio
import json
from collections import deque
from collections.abc import Sequence
from typing import Any

from aiohttp import web

Row = dict[str, Any]
HANG_S = 30.0


class ScriptedGateway:
    """Answers `/v1/chat/completions` for claims it knows.

    Attributes:
        script: What to do with the next calls: "ok", "wrong", "garbled", "cut", "hang", "reset",
            or a status. When it is empty, `usually`.
        asked: All requests, with their headers.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        self.script: deque[str | int] = deque()
        self.usually: str | int = "ok"
        self.small_is: str | int | None = None
        self.delay_s = 0.0
        self.version = "2026-03-01"
        self.reachable = True
        self.key = "of-these-tests"
        self.asked: list[tuple[Row, dict[str, str]]] = []
        self._rows = rows

    def app(self) -> web.Application:
        """To be served."""
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        asked = await request.json()
        self.asked.append((asked, dict(request.headers)))
        await asyncio.sleep(self.delay_s)
        return await self._do(self._next(asked["model"]), asked, request)

    def _next(self, model: str) -> str | int:
        if self.script:
            return self.script.popleft()
        return self.small_is if self.small_is and "small" in model else self.usually

    async def _do(self, what: str | int, asked: Row, request: web.Request) -> web.StreamResponse:
        if isinstance(what, int):
            headers = {"Retry-After": "0.05"} if what == 429 else {}
            return web.json_response({"error": {"message": "no"}}, status=what, headers=headers)
        if what == "hang":
            await self._until_they_hang_up(request)
        if what == "reset":
            assert request.transport is not None
            request.transport.abort()
        if what == "garbled":
            return web.Response(body=b'{"choices": [{"mess')
        content = json.dumps(self._read(asked, wrong=what == "wrong"))
        finish = "length" if what == "cut" else "stop"
        return web.json_response(self._completion(asked, content[: 20 if what == "cut" else None], finish))

    async def _until_they_hang_up(self, request: web.Request) -> None:
        for _ in range(round(HANG_S / 0.02)):
            await asyncio.sleep(0.02)
            if request.transport is None:
                return

    def _completion(self, asked: Row, content: str, finish: str) -> Row:
        return {
            "id": "c-1",
            "model": f"{asked['model']}-{self.version}",
            "system_fingerprint": f"fp_{self.version}",
            "choices": [{"message": {"content": content}, "finish_reason": finish}],
            "usage": {
                "prompt_tokens": 1000,
                "completion_tokens": 100,
                "prompt_tokens_details": {"cached_tokens": 200},
            },
        }

    def _read(self, asked: Row, *, wrong: bool) -> Row:
        shown = asked["messages"][-1]["content"]
        right = next(row["right"] for row in self._rows if row["right"]["fields"]["policy_number"] in shown)
        answer = {"category": right["category"], **right["fields"]}
        if wrong:
            answer |= {"claimed_eur": 987654.32, "claimant": "Nobody Atall", "loss_date": "1999-01-01"}
        return answer
