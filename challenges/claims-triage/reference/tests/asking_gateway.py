"""How tests ask a model of the scripted gateway, without the service around it."""

import asyncio
import random
import time

from aiohttp.test_utils import TestServer

from app.gateway import Ask, Gateway
from app.prompts import messages_for


def ask(scripted, row, *script, times=1, attempt_s=2.0, claim_s=8.0):
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
