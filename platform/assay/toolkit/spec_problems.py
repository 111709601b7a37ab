"""What pydantic found wrong with a TOML file, said with its line and what to do about it."""

import difflib
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from assay.domain.errors import Problem
from assay.kit.tomlfile import TomlFile

KINDS = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "dict_type": "must be a table",
    "float_parsing": "must be a number, without quotes",
    "float_type": "must be a number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number, without quotes",
    "int_type": "must be a whole number",
    "list_type": "must be a list, in [brackets]",
    "model_attributes_type": "must be a table",
    "model_type": "must be a table",
    "string_type": "must be text, in quotes",
    "tuple_type": "must be a list, in [brackets]",
}
"""Kind of a pydantic error -> what to write."""
PATTERNS = {
    r"^[a-z][a-z0-9_]*$": "must be lower-case letters, digits and underscores, a letter first",
    r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$": "must be lower-case words with hyphens between",
    r"^[A-Z][A-Z0-9_]*$": "must be the name of a variable, in capitals",
    r"^/[^\s]*$": "must begin with / and have no blanks",
    r"^[^/\s:*?\[\\][^\s:*?\[\\]*$": "must be a path within the package, without blanks",
    r"^\d+\.\d+\.\d+$": "must be three numbers, as in 1.0.0",
}
"""Pattern of a field -> what fits it. A test finds those of the format that are missing here."""


def problems_of(
    error: ValidationError, model: type[BaseModel], toml: TomlFile, file: str
) -> tuple[Problem, ...]:
    """Every problem of a failed validation, in the order of the file.

    Args:
        error: What `model.model_validate(toml.data)` raised.
        model: The model of the whole document.
        toml: The document with its lines.
        file: Name of the document as the user knows it.
    """
    errors = error.errors(include_url=False)
    found = (
        Problem(_message(details, model), file, toml.line_of(details["loc"]))
        for details in errors
        if not _follows_from_another(details, errors)
    )
    return tuple(sorted(found, key=lambda problem: problem.line))


def _follows_from_another(details: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    """A list is said to be empty as well when all of its items are wrong: noise."""
    here = details["loc"]
    inside = (other["loc"] for other in errors if len(other["loc"]) > len(here))
    return details["type"] == "too_short" and any(loc[: len(here)] == here for loc in inside)


def _message(details: ErrorDetails, model: type[BaseModel]) -> str:
    *above, name = details["loc"] or ("document",)
    where = place(above)
    fields = _fields(model, above)
    if details["type"] == "extra_forbidden":
        return f"{where} has no field {name!r}; {_suggestion(str(name), fields)}"
    if details["type"] == "missing":
        return f"{where} needs a field {name!r}{_meaning(fields.get(str(name)))}; add it"
    return f"{place(details['loc'])}: {_what(details)} (it is {_short(details['input'])})"


def _what(details: ErrorDetails) -> str:
    """What is wrong with a value, as somebody would say it who writes TOML and no Python."""
    if details["type"] == "string_pattern_mismatch":
        pattern = str(details.get("ctx", {}).get("pattern"))
        return PATTERNS.get(pattern) or f"must match {pattern}"
    return KINDS.get(details["type"]) or details["msg"].removeprefix("Value error, ")


def place(location: Sequence[str | int]) -> str:
    """A location as a person would name it: `slot[2].fault[0]`; "the file" for the top."""
    text = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".") or "the file"


def _suggestion(name: str, fields: dict[str, FieldInfo]) -> str:
    close = difflib.get_close_matches(name, fields, n=1)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"remove it, or use one of: {', '.join(sorted(fields)) or 'none are allowed'}"


def _meaning(field: FieldInfo | None) -> str:
    return f" ({field.description})" if field is not None and field.description else ""


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _fields(model: type[BaseModel], location: Sequence[str | int]) -> dict[str, FieldInfo]:
    """Fields of the model that stands at a location of the document; {} if none does."""
    found: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, str) and found is not None:
            field = found.model_fields.get(part)
            found = _model_in(field.annotation) if field else None
    return dict(found.model_fields) if found else {}


def _model_in(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any annotation
    """The first model inside an annotation such as `tuple[Slot, ...]` or `Load | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in inner if model is not None), None)
