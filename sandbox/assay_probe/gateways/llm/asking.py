"""What a client asks for: the body of a chat request, checked and made plain."""

import json
from dataclasses import dataclass
from typing import Any

from assay_probe.gateways.llm.errors import invalid

ROLES = ("system", "developer", "user", "assistant", "tool")
STOPS_MOST = 4
Json = Any


@dataclass(frozen=True, slots=True)
class Message:
    """One message; its parts of text joined, its tool calls as text."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the model may ask for."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """How the answer must look: kind "text", "json_object" or "json_schema" with its schema."""

    kind: str = "text"
    schema: Json = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A sound request.

    Attributes:
        tool_choice: "none", "auto", "required", or the name of a tool.
        max_tokens: Of the answer, None for the model's own limit.
    """

    model: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    tool_choice: str = "none"
    parallel: bool = True
    form: Form = Form()
    stream: bool = False
    include_usage: bool = False
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    user: str = ""

    def by(self, *roles: str) -> str:
        """The texts of these roles, one after the other."""
        return "\n\n".join(m.text for m in self.messages if m.role in roles)


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body.

    Raises:
        ApiError: 400, it is none.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise invalid("We could not parse the JSON body of your request.") from None
    if not isinstance(value, dict):
        raise invalid("The body of the request must be a JSON object.")
    return value


def read_chat(given: dict[str, Any]) -> ChatRequest:
    """A chat request.

    Raises:
        ApiError: 400 naming the parameter that is wrong.
    """
    _refuse_unsupported(given)
    messages = tuple(_message(i, m) for i, m in enumerate(_list(given, "messages")))
    if not messages:
        raise invalid("`messages` must hold at least one message.", "messages")
    tools = tuple(_tool(i, t) for i, t in enumerate(_list(given, "tools")))
    stream = _typed(given, "stream", bool) or False
    return ChatRequest(
        model=model_name(given),
        messages=messages,
        tools=tools,
        tool_choice=_tool_choice(given.get("tool_choice"), tools),
        parallel=_typed(given, "parallel_tool_calls", bool) is not False,
        form=_form(given.get("response_format"), messages),
        stream=stream,
        include_usage=_include_usage(given, stream),
        max_tokens=_max_tokens(given),
        stop=_stop(given.get("stop")),
        user=_typed(given, "user", str) or "",
    )


def model_name(given: dict[str, Any]) -> str:
    """The model that a request names.

    Raises:
        ApiError: 400, it names none.
    """
    name = _typed(given, "model", str)
    if not name:
        raise invalid("you must provide a `model` parameter", "model")
    return str(name)


def _refuse_unsupported(given: dict[str, Any]) -> None:
    if given.get("n") not in (None, 1):
        raise invalid("`n` must be 1: one answer is made.", "n", "unsupported_value")
    if given.get("logprobs"):
        raise invalid("`logprobs` is not supported.", "logprobs", "unsupported_parameter")
    temperature = _typed(given, "temperature", int, float)
    if temperature is not None and not 0 <= temperature <= 2:
        raise invalid("`temperature` must be within 0..2.", "temperature", "out_of_range")
    _typed(given, "seed", int)


def _typed(given: dict[str, Any], name: str, *kinds: type) -> Json:
    value = given.get(name)
    confused = isinstance(value, bool) and bool not in kinds
    if value is None or (isinstance(value, kinds) and not confused):
        return value
    wanted = " or ".join(kind.__name__ for kind in kinds)
    raise invalid(f"Invalid type for '{name}': expected {wanted}.", name, "invalid_type")


def _list(given: dict[str, Any], name: str) -> list[Json]:
    return list(_typed(given, name, list) or ())


def _message(index: int, given: Json) -> Message:
    where = f"messages[{index}]"
    if not isinstance(given, dict):
        raise invalid(f"'{where}' is not an object.", where, "invalid_type")
    role = given.get("role")
    if role not in ROLES:
        known = ", ".join(ROLES)
        raise invalid(f"'{where}.role' must be one of: {known}.", f"{where}.role", "invalid_value")
    calls = given.get("tool_calls") if role == "assistant" else None
    if given.get("content") is None and not calls:
        raise invalid(f"'{where}.content' is missing.", f"{where}.content")
    if role == "tool" and not isinstance(given.get("tool_call_id"), str):
        raise invalid(f"'{where}.tool_call_id' is missing.", f"{where}.tool_call_id")
    text = _content(f"{where}.content", given.get("content"))
    return Message(str(role), text + (json.dumps(calls) if calls else ""))


def _content(where: str, content: Json) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise invalid(f"'{where}' is neither text nor a list.", where, "invalid_type")
    return "\n".join(_part(f"{where}[{i}]", part) for i, part in enumerate(content))


def _part(where: str, part: Json) -> str:
    if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
        return str(part["text"])
    raise invalid(f"'{where}' must be a part of type 'text'.", where, "invalid_value")


def _tool(index: int, given: Json) -> Tool:
    where = f"tools[{index}]"
    function = given.get("function") if isinstance(given, dict) else None
    if not isinstance(function, dict) or given.get("type") != "function":
        raise invalid(f"'{where}' must be of type 'function'.", where, "invalid_value")
    name, parameters = function.get("name"), function.get("parameters") or {}
    if not isinstance(name, str) or not isinstance(parameters, dict):
        raise invalid(f"'{where}.function' needs a name and an object of parameters.", where)
    return Tool(name, str(function.get("description") or ""), parameters)


def _tool_choice(given: Json, tools: tuple[Tool, ...]) -> str:
    if given is None:
        return "auto" if tools else "none"
    if not tools:
        raise invalid("'tool_choice' is only allowed when 'tools' are specified.", "tool_choice")
    if given in ("none", "auto", "required"):
        return str(given)
    function = given.get("function") if isinstance(given, dict) else None
    name = function.get("name") if isinstance(function, dict) else None
    if name not in {tool.name for tool in tools}:
        raise invalid("'tool_choice' names no tool of the request.", "tool_choice")
    return str(name)


def _form(given: Json, messages: tuple[Message, ...]) -> Form:
    if given is None:
        return Form()
    kind = given.get("type") if isinstance(given, dict) else None
    if kind == "text":
        return Form()
    if kind == "json_object":
        if not any("json" in message.text.lower() for message in messages):
            words = "'messages' must contain the word 'json' to use 'response_format' 'json_object'"
            raise invalid(words, "messages")
        return Form("json_object")
    if kind == "json_schema":
        return Form("json_schema", _schema(given.get("json_schema")))
    raise invalid("'response_format.type' is unknown.", "response_format.type", "invalid_value")


def _schema(given: Json) -> Json:
    where = "response_format.json_schema"
    if not isinstance(given, dict) or not isinstance(given.get("name"), str):
        raise invalid(f"'{where}.name' is missing.", f"{where}.name")
    schema = given.get("schema")
    if not isinstance(schema, dict):
        raise invalid(f"'{where}.schema' is missing.", f"{where}.schema")
    if given.get("strict") and not _is_strict(schema):
        words = (
            f"Invalid schema for response_format '{given['name']}': with `strict`, every object "
            "needs `additionalProperties: false` and all its properties in `required`."
        )
        raise invalid(words, "response_format", "invalid_json_schema")
    return schema


def _is_strict(schema: Json) -> bool:
    """Whether every object of a schema says exactly which properties it has."""
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, dict):
        return True
    properties = schema.get("properties")
    if isinstance(properties, dict):
        required = schema.get("required")
        named = set(map(str, required)) if isinstance(required, list) else set()
        if schema.get("additionalProperties") is not False or named != set(properties):
            return False
        return all(map(_is_strict, properties.values()))
    return all(map(_is_strict, schema.values()))


def _include_usage(given: dict[str, Any], stream: bool) -> bool:
    options = given.get("stream_options")
    if options is None:
        return False
    if not stream or not isinstance(options, dict):
        raise invalid("'stream_options' is only allowed when 'stream' is true.", "stream_options")
    return options.get("include_usage") is True


def _max_tokens(given: dict[str, Any]) -> int | None:
    for name in ("max_completion_tokens", "max_tokens"):
        value = _typed(given, name, int)
        if value is not None and value < 1:
            raise invalid(f"'{name}' must be at least 1.", name, "integer_below_min_value")
        if value is not None:
            return int(value)
    return None


def _stop(given: Json) -> tuple[str, ...]:
    stops = [given] if isinstance(given, str) else given
    if stops is None:
        return ()
    if not isinstance(stops, list) or len(stops) > STOPS_MOST:
        raise invalid(f"'stop' must be text or a list of up to {STOPS_MOST}.", "stop")
    if not all(isinstance(stop, str) and stop for stop in stops):
        raise invalid("'stop' must hold texts that are not empty.", "stop")
    return tuple(stops)
