"""Language models of the gateway in this process, and what a client would send them."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gevent

from assay_probe.gateways.llm.conditions import Conditions
from assay_probe.gateways.llm.gateway import LanguageModels
from assay_probe.gateways.wire import Request, Response
from assay_probe.plans_llm import TRAITS, WORDINGS

KEY = "key-of-this-test"
BASE: dict[str, Any] = {"keys": [{"key": KEY, "name": "triage"}], "latency_percent": 0}

PERFECT = {
    "miss": dict.fromkeys(TRAITS, 0.0),
    "obeys": dict.fromkeys(WORDINGS, 0.0),
    "malformed": 0.0,
}
HOPELESS = {
    "miss": dict.fromkeys(TRAITS, 1.0),
    "obeys": dict.fromkeys(WORDINGS, 1.0),
    "malformed": 1.0,
}


def model(name: str = "assay-large", **changes: Any) -> dict[str, Any]:
    """A model without flaws but those that are given."""
    return {
        "name": name,
        "context_tokens": 8000,
        "output_tokens": 1000,
        "input_usd": 2.0,
        "cached_usd": 0.5,
        "output_usd": 8.0,
        "first_token_ms": 100,
        "token_ms": 1,
        "spread": 0.3,
        "attention_tokens": 2000,
        **PERFECT,
        **changes,
    }


def models(
    folder: Path, sleep: Callable[[float], object] = gevent.sleep, **rules: Any
) -> LanguageModels:
    """Models with these rules over the plainest ones."""
    folder.mkdir(exist_ok=True)
    (folder / "rules.json").write_text(json.dumps({**BASE, "models": [model()], **rules}))
    return LanguageModels(folder / "rules.json", {}, sleep)


def request(path: str, body: object, key: str = KEY, **headers: str) -> Request:
    """A POST as a client sends it."""
    told = {
        "authorization": f"Bearer {key}",
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    return Request(
        "POST", path, told, body if isinstance(body, bytes) else json.dumps(body).encode()
    )


def chat(*messages: str | tuple[str, str], **more: Any) -> dict[str, Any]:
    """The body of a chat request; texts alone are the user's."""
    pairs = [("user", m) if isinstance(m, str) else m for m in messages]
    written = [{"role": role, "content": text} for role, text in pairs]
    return {"model": "assay-large", "messages": written, **more}


def ask(
    known: LanguageModels,
    *messages: str | tuple[str, str],
    under: Conditions | None = None,
    **more: Any,
) -> dict[str, Any]:
    """The whole answer to a chat request that must succeed."""
    response = respond(known, chat(*messages, **more), under)
    assert response.status == 200, response.body
    answer: dict[str, Any] = json.loads(response.body)
    return answer


def respond(
    known: LanguageModels, body: Mapping[str, Any], under: Conditions | None = None, **headers: str
) -> Response:
    """What comes of a chat request, whatever it is."""
    sent = request("/v1/chat/completions", body, **headers)
    return known.respond(sent, under or Conditions())


def text_of(answer: Mapping[str, Any]) -> str:
    """What the model said."""
    return str(answer["choices"][0]["message"]["content"])


def object_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON object the model said."""
    made: dict[str, Any] = json.loads(text_of(answer))
    return made


def schema(**properties: Mapping[str, Any]) -> dict[str, Any]:
    """A strict `response_format` of these properties."""
    inner = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    wrapped = {"name": "answer", "strict": True, "schema": inner}
    return {"type": "json_schema", "json_schema": wrapped}


def fields(names: Sequence[str]) -> dict[str, Any]:
    """A schema of texts that may be null."""
    return schema(**{name: {"type": ["string", "null"]} for name in names})


def records(known: LanguageModels) -> list[dict[str, Any]]:
    """What the meter wrote down."""
    written: list[dict[str, Any]] = known.metered(0)["records"]
    return written


def error_of(response: Response) -> dict[str, Any]:
    """The error in a response, and its headers."""
    told: dict[str, Any] = json.loads(response.body)["error"]
    return told
