"""Writes the parts of docs/ that follow from the code: `make docs`.

A generated part stands between `<!-- begin: NAME -->` and `<!-- end: NAME -->`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from assay.domain.challenge import Challenge
from assay.evaluation.drifts import INJECTORS
from assay.features.scorecards.schemas import write_schemas

DOCS = Path(__file__).parent
WORDS: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
}
FIELDS, DRIFTS = "generated", "generated drifts"
"""Names of the generated parts."""


def challenge_tables() -> str:
    """Every table of `challenge.toml` with every field, from the models themselves."""
    return "\n".join(_sections(Challenge, "", many=False))


def drift_tables() -> str:
    """Every drift with its settings, from the models themselves."""
    lines = ["| injector | what changes | settings |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {_first_sentence(drift)} | {_settings(drift)} |"
        for name, drift in INJECTORS.items()
    ]
    return "\n".join(lines) + "\n"


def _settings(model: type[BaseModel]) -> str:
    told = (
        f"`{name}`{'' if info.is_required() else ' (may be left out)'}: {info.description or ''}"
        for name, info in model.model_fields.items()
    )
    return "; ".join(one.rstrip(".: ") for one in told)


def _sections(model: type[BaseModel], name: str, *, many: bool) -> Iterator[str]:
    yield f"### {_heading(name, many=many)}\n"
    yield f"{_first_sentence(model)}\n"
    yield "| field | type | default | meaning |\n|---|---|---|---|"
    yield from (_row(model, field, info) for field, info in model.model_fields.items())
    yield ""
    for field, info in model.model_fields.items():
        inner = _inner_model(info.annotation)
        if inner is not None:
            path = f"{name}.{field}" if name else field
            yield from _sections(inner, path, many=get_origin(info.annotation) is tuple)


def _heading(name: str, *, many: bool) -> str:
    if not name:
        return "Top of the file"
    return f"`[[{name}]]`" if many else f"`[{name}]`"


def _first_sentence(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")


def _row(model: type[BaseModel], field: str, info: FieldInfo) -> str:
    meaning = info.description or _attribute(model, field) or ""
    cells = (f"`{field}`", _type(info.annotation), _default(info), meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _attribute(model: type[BaseModel], field: str) -> str:
    """The field's entry under `Attributes:` of the class, on one line."""
    entry = re.compile(rf"^ +{field}: (.*?)(?=^ +\w+: |\Z)", re.MULTILINE | re.DOTALL)
    found = entry.search(model.__doc__ or "")
    return " ".join(found.group(1).split()) if found else ""


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    default = info.get_default(call_default_factory=True)
    if isinstance(default, BaseModel):
        return "each default"
    return "none" if default in (None, (), {}, "") else f"`{default}`"


def _type(annotation: object) -> str:
    if get_origin(annotation) is Literal:
        return " or ".join(f"`{choice}`" for choice in get_args(annotation))
    if get_origin(annotation) is tuple:
        return f"list of {_type(get_args(annotation)[0])}"
    if get_origin(annotation) in (Union, UnionType):
        return _type(next(a for a in get_args(annotation) if a is not NoneType))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    return WORDS.get(annotation, "table")


def _inner_model(annotation: object) -> type[BaseModel] | None:
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def refreshed(page: str, generated: str, name: str = FIELDS) -> str:
    """The page with its generated part of that name replaced."""
    part = re.compile(rf"(?<=<!-- begin: {name} -->\n).*?(?=<!-- end: {name} -->)", re.DOTALL)
    return part.sub(lambda _: f"\n{generated}\n", page)


def challenge_page(page: str) -> str:
    """docs/challenge-format.md with all its generated parts."""
    return refreshed(refreshed(page, challenge_tables()), drift_tables(), DRIFTS)


def main() -> None:
    """Rewrite every generated part and the schemas."""
    page = DOCS / "challenge-format.md"
    page.write_text(challenge_page(page.read_text()))
    write_schemas(DOCS / "schemas")


if __name__ == "__main__":
    main()
