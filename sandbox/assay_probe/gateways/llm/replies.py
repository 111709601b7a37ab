"""The answer in the shapes that clients parse: one object, or a stream of its pieces."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assay_probe.gateways.llm import tokens
from assay_probe.gateways.llm.answering import Said, ToolCall
from assay_probe.gateways.llm.meter import Usage

CHUNKS_MOST = 200
EVENTS = "text/event-stream; charset=utf-8"
DONE = b"data: [DONE]\n\n"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with everything that is told about it.

    Attributes:
        finish: "stop", "length" or "tool_calls".
        created: Seconds of the epoch.
        usage_last: Whether a stream ends with the usage.
    """

    id: str
    model: str
    fingerprint: str
    created: int
    said: Said
    finish: str
    usage: Usage
    usage_last: bool = False

    def body(self) -> bytes:
        """As one JSON object."""
        message: Json = {"role": "assistant", "content": self.said.text, "refusal": None}
        if self.said.calls:
            calls = [self._call(i, call) for i, call in enumerate(self.said.calls)]
            message = {**message, "content": None, "tool_calls": calls}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish}
        head = self._head("chat.completion")
        return json.dumps({**head, "choices": [choice], "usage": usage_json(self.usage)}).encode()

    def events(self) -> Iterator[tuple[bytes, int]]:
        """The events of a stream, each with the tokens of the answer that it holds."""
        yield self._event({"role": "assistant", "content": "", "refusal": None}), 0
        for piece in _bundled(tokens.pieces(self.said.text)):
            yield self._event({"content": piece}), tokens.count(piece)
        for index, call in enumerate(self.said.calls):
            named = {**self._call(index, ToolCall(call.name, "")), "index": index}
            yield self._event({"tool_calls": [named]}), tokens.count(call.name)
            for piece in _bundled(tokens.pieces(call.arguments)):
                more = {"index": index, "function": {"arguments": piece}}
                yield self._event({"tool_calls": [more]}), tokens.count(piece)
        yield self._event({}, self.finish), 0
        if self.usage_last:
            yield self._dumped({"choices": [], "usage": usage_json(self.usage)}), 0

    def _event(self, delta: Json, finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        last = {"usage": None} if self.usage_last else {}
        return self._dumped({"choices": [choice], **last})

    def _dumped(self, more: Json) -> bytes:
        event = {**self._head("chat.completion.chunk"), **more}
        return b"data: " + json.dumps(event).encode() + b"\n\n"

    def _head(self, kind: str) -> Json:
        return {
            "id": f"chatcmpl-{self.id}",
            "object": kind,
            "created": self.created,
            "model": self.model,
            "service_tier": "default",
            "system_fingerprint": self.fingerprint,
        }

    def _call(self, index: int, call: ToolCall) -> Json:
        function = {"name": call.name, "arguments": call.arguments}
        return {"id": f"call_{self.id}_{index}", "type": "function", "function": function}


def usage_json(usage: Usage) -> Json:
    """Usage as answers have it."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }


def shortened(said: Said, stops: tuple[str, ...], limit: int) -> tuple[Said, str, int]:
    """What is left of an answer, why it ends there, and its tokens."""
    if said.calls:
        return _calls_within(said, limit)
    ends = [place for stop in stops if (place := said.text.find(stop)) >= 0]
    text = said.text[: min(ends)] if ends else said.text
    within = tokens.beginning(text, limit)
    finish = "stop" if len(within) == len(text) else "length"
    return Said(within, (), said.obeyed), finish, tokens.count(within)


def _calls_within(said: Said, limit: int) -> tuple[Said, str, int]:
    """Tool calls up to the limit; the one that does not fit is cut in its arguments."""
    kept, left = [], limit
    for call in said.calls:
        left -= tokens.count(call.name)
        if left < 0:
            break
        arguments = tokens.beginning(call.arguments, left)
        kept.append(ToolCall(call.name, arguments))
        left -= tokens.count(arguments)
        if len(arguments) < len(call.arguments):
            break
    finish = "tool_calls" if tuple(kept) == said.calls else "length"
    used = sum(tokens.count(call.name) + tokens.count(call.arguments) for call in kept)
    return Said("", tuple(kept), said.obeyed), finish, used


def malformed(said: Said) -> Said:
    """The same answer with JSON that cannot be parsed; plain words stay."""
    calls = tuple(ToolCall(call.name, _broken(call.arguments)) for call in said.calls)
    return Said(_broken(said.text), calls, said.obeyed)


def _broken(text: str) -> str:
    """JSON without its last bracket, and with a comma too many."""
    stripped = text.rstrip()
    return f"{stripped[:-1]}," if stripped[-1:] in ("}", "]") else text


def _bundled(pieces: list[str]) -> Iterator[str]:
    """Pieces joined so that there are not too many events."""
    size = max(1, -(-len(pieces) // CHUNKS_MOST))
    for begin in range(0, len(pieces), size):
        yield "".join(pieces[begin : begin + size])
