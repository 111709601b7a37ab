"""Language models as a service depends on them: an OpenAI-compatible API, a bill, bad days."""

import json
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import gevent

from assay_probe.gateways.llm import chance, tokens
from assay_probe.gateways.llm.answering import say
from assay_probe.gateways.llm.asking import ChatRequest, read_chat, read_object
from assay_probe.gateways.llm.conditions import Conditions, modes_of
from assay_probe.gateways.llm.embeddings import EmbeddingRequest, encoded, read_embedding, vector
from assay_probe.gateways.llm.errors import (
    ApiError,
    invalid,
    too_long,
    unknown_model,
    unknown_path,
    unsized,
)
from assay_probe.gateways.llm.exchange import Exchange
from assay_probe.gateways.llm.limits import Limits
from assay_probe.gateways.llm.meter import Meter, Prices, Usage
from assay_probe.gateways.llm.mind import fingerprint, mind_of, version_name
from assay_probe.gateways.llm.prefixes import Prefixes
from assay_probe.gateways.llm.prompt import Prompt, take_apart
from assay_probe.gateways.llm.replies import DONE, EVENTS, Reply, malformed, shortened
from assay_probe.gateways.llm.rules import read_rules
from assay_probe.gateways.wire import Request, Reset, Response, json_response
from assay_probe.plans_llm import EmbeddingProfile, ModelProfile

BODY_BYTES = 1_048_576
"""Twice what fits into the largest model's context."""
ASKED_MOST = 20_000
Sleep = Callable[[float], object]
VERSION = "/v1"
"""What paths begin with, or not: clients add to the address they are given, which has none."""
MODELS_SINCE = 1_767_225_600
"""When the models came into the world, as `/v1/models` tells: 2026-01-01."""


class LanguageModels:
    """The models of one rule file.

    Settings:
        Fields of `LlmRules`; they replace those of the file.
    """

    body_bytes = BODY_BYTES

    def __init__(
        self, data: Path, settings: Mapping[str, Any], sleep: Sleep = gevent.sleep
    ) -> None:
        self._sleep = sleep
        self._rules = read_rules(data.read_text(), settings)
        self._models = {profile.name: profile for profile in self._rules.models}
        self._embedders = {profile.name: profile for profile in self._rules.embeddings}
        self._keys = {rule.key: Limits(rule) for rule in self._rules.keys}
        self._meter, self._prefixes = Meter(), Prefixes()
        self._asked: OrderedDict[str, int] = OrderedDict()
        self._paid: OrderedDict[str, None] = OrderedDict()
        versions = frozenset({1, *(version.number for version in self._rules.versions)})
        self.modes = modes_of(self.respond, versions)

    def metered(self, after: int) -> dict[str, Any]:
        """See `OwnRules.metered`; the records are those of `meter.Entry`."""
        return self._meter.page(after)

    def __call__(self, request: Request) -> Response:
        """The answer on a good day."""
        return self.respond(request, Conditions())

    def respond(self, request: Request, conditions: Conditions) -> Response:
        """The answer under these conditions; also when there is none it is metered."""
        path = request.path.partition("?")[0]
        exchange = Exchange(request, path, conditions, self._meter)
        limits: Limits | None = None
        try:
            limits = exchange.authenticate(self._keys)
            response = self._routed(exchange)
            if response.chunks is None:
                exchange.end(response.status, complete=True)
        except ApiError as error:
            response = error.response()
            exchange.end(error.status, complete=True)
        except RecursionError:
            response = invalid("The request is nested too deeply.").response()
            exchange.end(400, complete=True)
        except BaseException:  # also of a connection that is cut while the answer is awaited
            exchange.end(None, complete=False)
            raise
        return replace(response, headers=_headers(response, exchange, limits))

    def _routed(self, exchange: Exchange) -> Response:
        method, path = exchange.request.method, exchange.path.removeprefix(VERSION)
        if "transfer-encoding" in exchange.request.headers:
            raise unsized()
        if method == "GET" and path.startswith("/models"):
            return self._listed(path.removeprefix("/models").strip("/"))
        if method == "POST" and path == "/chat/completions":
            return self._chat(exchange)
        if method == "POST" and path == "/embeddings":
            return self._embeddings(exchange)
        raise unknown_path(method, exchange.path[:200])

    def _listed(self, name: str) -> Response:
        known = [
            {"id": one, "object": "model", "created": MODELS_SINCE, "owned_by": "assay"}
            for one in (*self._models, *self._embedders)
        ]
        if not name:
            return json_response(200, {"object": "list", "data": known})
        found = [one for one in known if one["id"] == name]
        if not found:
            raise unknown_model(name)
        return json_response(200, found[0])

    # ------------------------------------------------------------------- chat

    def _chat(self, exchange: Exchange) -> Response:
        asked = read_chat(read_object(exchange.request.body))
        profile = self._models.get(asked.model)
        if profile is None:
            raise unknown_model(asked.model)
        exchange.prices = Prices(profile.input_usd, profile.cached_usd, profile.output_usd)
        exchange.entry.model, exchange.entry.stream = profile.name, asked.stream
        self._note(exchange, asked.user, _rendered(asked))
        size = _prompt_tokens(asked)
        if size + (asked.max_tokens or 1) > profile.context_tokens:
            raise too_long(profile.context_tokens, size, asked.max_tokens or 1)
        exchange.enter(size)
        struck = exchange.fault()
        exchange.pay_once(self._paid)
        reply = self._reply(exchange, asked, profile, size)
        if struck and exchange.conditions.mode == "malformed":
            reply = replace(reply, said=malformed(reply.said))
        spoilt = exchange.conditions.mode if struck else ""
        return self._sent(exchange, asked, profile, reply, spoilt)

    def _reply(
        self, exchange: Exchange, asked: ChatRequest, profile: ModelProfile, size: int
    ) -> Reply:
        """What the model says, with all that is told about it."""
        prompt, number = take_apart(asked), exchange.conditions.version
        self._meter.note_prompt(prompt.system)
        said = say(asked, prompt, mind_of(profile, self._rules, number, _content(prompt)))
        most = min(asked.max_tokens or profile.output_tokens, profile.output_tokens)
        said, finish, length = shortened(said, asked.stop, min(most, profile.context_tokens - size))
        owner = f"{exchange.entry.key}/{profile.name}"
        cached = self._prefixes.cached(owner, _rendered(asked), size)
        name = version_name(profile, self._rules, number)
        exchange.entry.version, exchange.entry.obeyed = name, said.obeyed
        return Reply(
            id=f"{exchange.entry.digest}{exchange.entry.times:04d}",
            model=name,
            fingerprint=fingerprint(name, self._rules),
            created=int(time.time()),
            said=said,
            finish=finish,
            usage=Usage(size, cached, length),
            usage_last=asked.include_usage,
        )

    def _sent(
        self,
        exchange: Exchange,
        asked: ChatRequest,
        profile: ModelProfile,
        reply: Reply,
        spoilt: str,
    ) -> Response:
        """The answer after its time, whole or in pieces, spoilt or not."""
        token_s = profile.token_ms / 1e3 * self._rules.latency_percent / 100
        self._wait_for_first(exchange, profile)
        if asked.stream:
            stream = self._streamed(exchange, reply, token_s, spoilt)
            next(stream)  # entered: from now on closing it ends the exchange
            return Response(200, b"", EVENTS, chunks=stream)
        self._sleep(token_s * reply.usage.completion_tokens)
        exchange.uses(reply.usage)
        body = reply.body()
        if spoilt == "garbled":
            return Response(200, body[: len(body) // 2] + b"\x00\xff")
        if spoilt == "cut":
            broken = _cut(exchange, body)
            next(broken)
            return Response(200, b"", chunks=broken)
        return Response(200, body)

    def _wait_for_first(self, exchange: Exchange, profile: ModelProfile | EmbeddingProfile) -> None:
        entry, spread = exchange.entry, getattr(profile, "spread", 0.0)
        who = (self._rules.seed, profile.name, entry.digest, entry.times)
        first_ms = chance.lognormal(profile.first_token_ms, spread, *who)
        delay_ms = exchange.conditions.delay_ms if exchange.fault() else 0
        self._sleep((first_ms * self._rules.latency_percent / 100 + delay_ms) / 1e3)

    def _streamed(
        self, exchange: Exchange, reply: Reply, token_s: float, spoilt: str
    ) -> Generator[bytes, None, None]:
        """Events as the tokens are made; what was made when it ends is billed."""
        sent, complete = 0, False
        events = list(reply.events())
        middle = len(events) // 2
        try:
            yield b""
            for number, (event, made) in enumerate(events):
                if number == middle and spoilt == "cut":
                    raise Reset
                self._sleep(token_s * made)
                sent += made
                half = number == middle and spoilt == "garbled"
                yield event[: len(event) // 2] + b"\n\n" if half else event
            yield DONE
            complete = True
        finally:
            exchange.uses(replace(reply.usage, completion_tokens=sent))
            exchange.end(200, complete=complete)

    # ------------------------------------------------------------- embeddings

    def _embeddings(self, exchange: Exchange) -> Response:
        asked = read_embedding(read_object(exchange.request.body))
        profile = self._embedders.get(asked.model)
        if profile is None:
            raise unknown_model(asked.model)
        exchange.prices = Prices(profile.input_usd, 0.0, 0.0)
        exchange.entry.model = exchange.entry.version = profile.name
        self._note(exchange, asked.user, "\x1f".join(asked.texts))
        if (asked.dimensions or 1) > profile.dimensions:
            raise invalid(f"'dimensions' is at most {profile.dimensions}.", "dimensions")
        longest = max(map(tokens.count, asked.texts))
        if longest > profile.context_tokens:
            raise too_long(profile.context_tokens, longest, 0)
        size = asked.prompt_tokens()
        exchange.enter(size)
        exchange.fault()
        exchange.pay_once(self._paid)
        self._wait_for_first(exchange, profile)
        exchange.uses(Usage(prompt_tokens=size))
        return json_response(200, _embedded(asked, profile, size))

    # ---------------------------------------------------------------- helpers

    def _note(self, exchange: Exchange, user: str, content: str) -> None:
        """Write down what is asked, and how often it was."""
        entry = exchange.entry
        entry.user = user[:200]
        entry.digest = chance.digest(entry.endpoint, entry.model, content)
        entry.times = self._asked.pop(entry.digest, 0) + 1
        self._asked[entry.digest] = entry.times
        if len(self._asked) > ASKED_MOST:
            self._asked.popitem(last=False)


def _cut(exchange: Exchange, body: bytes) -> Generator[bytes, None, None]:
    """The first half of a body, and the end of the connection."""
    try:
        yield b""
        yield body[: len(body) // 2]
        raise Reset
    finally:
        exchange.end(200, complete=False)


def _headers(
    response: Response, exchange: Exchange, limits: Limits | None
) -> tuple[tuple[str, str], ...]:
    """What every answer says of itself and of the limits of its key, each once."""
    own = dict(response.headers)
    entry = exchange.entry
    request_id = chance.digest(entry.at_s, entry.digest, entry.times, entry.endpoint)
    told = {"x-request-id": f"req_{request_id}", **dict(limits.headers() if limits else ()), **own}
    return tuple(told.items())


def _rendered(asked: ChatRequest) -> str:
    """All text that the model reads, the tools first, as they are cached."""
    parts = [f"{tool.name}\n{tool.description}\n{tool.parameters}" for tool in asked.tools]
    if asked.form.schema is not None:
        parts.append(json.dumps(asked.form.schema))
    parts += [f"{message.role}\n{message.text}" for message in asked.messages]
    return "\n\x1e".join(parts)


def _prompt_tokens(asked: ChatRequest) -> int:
    overhead = tokens.PER_MESSAGE * len(asked.messages) + tokens.PRIMING
    schema = tokens.count(json.dumps(asked.form.schema)) if asked.form.schema else 0
    tools = sum(tokens.count(f"{t.name} {t.description} {t.parameters}") for t in asked.tools)
    return overhead + schema + tools + sum(tokens.count(m.text) for m in asked.messages)


def _content(prompt: Prompt) -> str:
    """What a version's slice is looked for in."""
    return prompt.data or prompt.instructions


def _embedded(asked: EmbeddingRequest, profile: EmbeddingProfile, size: int) -> dict[str, Any]:
    vectors = [vector(text, asked.dimensions or profile.dimensions) for text in asked.texts]
    data = [
        {"object": "embedding", "index": i, "embedding": encoded(v) if asked.as_base64 else v}
        for i, v in enumerate(vectors)
    ]
    usage = {"prompt_tokens": size, "total_tokens": size}
    return {"object": "list", "data": data, "model": profile.name, "usage": usage}
