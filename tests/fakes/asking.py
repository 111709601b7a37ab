"""What to send to a route so that it is understood: made from what the route declares."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter

LONG_ENOUGH = "because it is so, and somebody may ask for it later"
"""A reason, wherever one is asked for."""


def sent_to(route: APIRoute, known: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments of a client's request: `params`, and `data`, `files` or `json`.

    Only what is required is sent, and what `known` has a value for; the rest of a required value
    follows its declared type.
    """
    sent: dict[str, Any] = {}
    for part in every_part(route.dependant):
        for one in part.query_params:
            if is_sent(one, known):
                sent.setdefault("params", {})[one.alias] = value_of(one, known)
        for one in part.body_params:
            add_body(sent, one, known)
    return sent


def every_part(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for inner in dependant.dependencies:
        yield from every_part(inner)


def add_body(sent: dict[str, Any], one: Any, known: Mapping[str, Any]) -> None:
    kind, annotation = one.field_info, one.field_info.annotation
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    if isinstance(kind, params.File):
        if is_sent(one, known):
            content = known.get(one.alias, "")
            sent.setdefault("files", {})[one.alias] = ("sent.csv", content, "text/csv")
    elif not isinstance(kind, params.Form):
        sent["json"] = model_values(annotation, known) if is_model else value_of(one, known)
    elif is_model:
        sent.setdefault("data", {}).update(flat(model_values(annotation, known)))
    elif is_sent(one, known):
        sent.setdefault("data", {}).update(flat({one.alias: value_of(one, known)}))


def is_sent(one: Any, known: Mapping[str, Any]) -> bool:
    return one.field_info.is_required() or one.alias in known


def value_of(one: Any, known: Mapping[str, Any]) -> Any:
    if one.alias in known:
        return known[one.alias]
    schema = TypeAdapter(one.field_info.annotation).json_schema()
    return from_schema(one.alias, schema, schema.get("$defs", {}), known)


def model_values(model: Any, known: Mapping[str, Any]) -> Any:
    schema = TypeAdapter(model).json_schema()
    return from_schema("", schema, schema.get("$defs", {}), known)


def from_schema(
    name: str, schema: Mapping[str, Any], defs: Mapping[str, Any], known: Mapping[str, Any]
) -> Any:
    """A value of that JSON schema."""
    if name in known and schema.get("type") != "boolean":
        return known[name]
    if "$ref" in schema:
        return from_schema(name, defs[schema["$ref"].rpartition("/")[2]], defs, known)
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            first = next(one for one in schema[choice] if one.get("type") != "null")
            return from_schema(name, first, defs, known)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    return BY_TYPE[schema.get("type", "string")](schema, defs, known)


def an_object(schema: Mapping[str, Any], defs: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
    required = schema.get("required", [])
    return {
        name: from_schema(name, inner, defs, known)
        for name, inner in schema.get("properties", {}).items()
        if name in required or name in known
    }


def an_array(schema: Mapping[str, Any], defs: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
    return [from_schema("", schema.get("items", {}), defs, known)]


def a_number(schema: Mapping[str, Any], *_: object) -> Any:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    return min(max(least, 1), schema.get("maximum", 10**6))


BY_TYPE: Mapping[str, Any] = {
    "string": lambda schema, *_: LONG_ENOUGH[: schema.get("maxLength", 999)],
    "integer": a_number,
    "number": a_number,
    "boolean": lambda *_: True,
    "array": an_array,
    "object": an_object,
}


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """As a form sends them."""
    return {name: "on" if value is True else value for name, value in values.items() if value != {}}
