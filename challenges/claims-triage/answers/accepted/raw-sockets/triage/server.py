"""The endpoints, and the loop around each connection."""

import asyncio
import contextlib
import json
import re
import sys
import time
import traceback
from typing import Any

from triage.exports import Exports
from triage.incoming import Refused, claim_of, claims_of, label_of, parse
from triage.office import Office
from triage.wire import HEAD_BYTES, Malformed, Message, Reply, read_message

BODY_BYTES = 1_048_576
IDLE_S = 75.0
DRAIN_S = 10.0
AUDIT = re.compile(r"/v1/claims/([A-Za-z0-9._-]{1,64})/audit")
WORDS = {
    "busy": "Too many claims are waiting. Try again soon.",
    "claim_changed": "This claim_id was sent before with other content.",
    "too_many_claims": "Send at most 20 claims at once.",
    "unknown_claim": "There is no record of a claim with this id.",
    "not_json": "The body is not JSON.",
    "invalid_input": "Some fields are missing or wrong.",
    "too_large": "The body is longer than 1 MiB.",
    "no_such_path": "There is nothing at this address.",
    "malformed": "This is no HTTP request.",
    "internal": "Something went wrong on our side.",
}


class Server:
    """Serves until it is told to stop, and finishes what was begun."""

    def __init__(self, office: Office, exports: Exports) -> None:
        self._office = office
        self._exports = exports
        self._busy: set[asyncio.Task[None]] = set()
        self._idle: set[asyncio.StreamWriter] = set()
        self._stopping = False

    async def run(self, port: int, stop: asyncio.Event) -> None:
        """Listen until `stop` is set, then drain."""
        server = await asyncio.start_server(self._connected, "0.0.0.0", port, limit=HEAD_BYTES, backlog=512)
        log("ready", port=port)
        await stop.wait()
        self._stopping = True
        server.close()
        for writer in list(self._idle):
            writer.close()
        if self._busy:
            await asyncio.wait(self._busy, timeout=DRAIN_S)
        log("stopped")

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        try:
            while not self._stopping:
                self._idle.add(writer)
                async with asyncio.timeout(IDLE_S):
                    message = await read_message(reader, BODY_BYTES)
                self._idle.discard(writer)
                if message is None:
                    return
                if task:
                    self._busy.add(task)
                keep = message.headers.get("connection", "").lower() != "close"
                await self._answer(message, writer, keep and not self._stopping)
                if task:
                    self._busy.discard(task)
                if not keep:
                    return
        except Malformed:
            writer.write(refusal(Refused(400, "malformed")).encode(keep=False))
        except (TimeoutError, ConnectionError):
            pass
        finally:
            self._idle.discard(writer)
            if task:
                self._busy.discard(task)
            with contextlib.suppress(ConnectionError):
                writer.close()

    async def _answer(self, message: Message, writer: asyncio.StreamWriter, keep: bool) -> None:
        begun, (method, target, _) = time.perf_counter(), message.first
        path = target.partition("?")[0]
        try:
            reply = await self._routed(method, path, message)
        except Refused as problem:
            reply = refusal(problem)
        except Exception as problem:  # the last line of defence
            places = [f"{f.filename}:{f.lineno}" for f in traceback.extract_tb(problem.__traceback__)]
            log("failed", kind=type(problem).__name__, places=places)
            reply = refusal(Refused(500, "internal"))
        known = path if path in ("/v1/claims", "/v1/claims/batch", "/v1/feedback", "/metrics") else "other"
        self._exports.count("requests_total", path=known, status=str(reply.status))
        self._exports.time("request_seconds", time.perf_counter() - begun, path=known)
        writer.write(reply.encode(keep))
        await writer.drain()

    async def _routed(self, method: str, path: str, message: Message) -> Reply:
        if message.too_large:
            raise Refused(413, "too_large", "body")
        match method, path:
            case "POST", "/v1/claims":
                [decision] = await self._office.decide([claim_of(self._parsed(message))])
                return Reply(200, decision)
            case "POST", "/v1/claims/batch":
                return Reply(200, {"decisions": await self._office.decide(claims_of(self._parsed(message)))})
            case "POST", "/v1/feedback":
                claim_id, payable = label_of(self._parsed(message))
                self._office.labelled(claim_id, payable)
                return Reply(202, {"claim_id": claim_id})
            case "GET", "/livez" | "/readyz":
                return Reply(200, {"status": "ok"})
            case "GET", "/metrics":
                return Reply(200, self._exports.text())
        found = AUDIT.fullmatch(path)
        record = self._office.records.get(found[1]) if found and method == "GET" else None
        if record is None:
            raise Refused(404, "unknown_claim" if found else "no_such_path")
        return Reply(200, record)

    def _parsed(self, message: Message) -> Any:
        return parse(message.body)


def refusal(problem: Refused) -> Reply:
    """The one shape of all refusals."""
    error: dict[str, Any] = {"type": problem.kind, "message": WORDS[problem.kind]}
    if problem.fields:
        error["fields"] = list(problem.fields)
    headers = {"Retry-After": "2"} if problem.status == 429 else {}
    return Reply(problem.status, {"error": error}, headers)


def log(event: str, **fields: Any) -> None:
    """One JSON object per line; nothing of a claim."""
    print(json.dumps({"event": event, **fields}), file=sys.stdout, flush=True)
