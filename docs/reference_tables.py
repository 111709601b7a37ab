"""Writes the parts of docs/ that follow from the code: `make docs`.

A generated part stands between `<!-- begin: NAME -->` and `<!-- end: NAME -->`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from assay.domain.challenge import Challenge
from assay.evaluation.drifts import INJECTORS
from assay.features.scorecards.schemas import write_schemas
from assay.toolkit.expectation import Expectation
from assay.toolkit.lint.essential import ESSENTIAL
from assay.toolkit.lint.registry import RULES
from assay.toolkit.lint.rule import Rule, Severity
from assay.toolkit.schemas import write_schemas as write_author_schemas

DOCS = Path(__file__).parent
WORDS: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
}
FIELDS, DRIFTS, EXPECTATION = "generated", "generated drifts", "generated expectation"
RULE, RULE_LIST = "generated rule", "generated rules"
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
    yield from (_row(field, info) for field, info in model.model_fields.items())
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


def _row(field: str, info: FieldInfo) -> str:
    cells = (f"`{field}`", _type(info.annotation), _default(info), info.description or "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


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
    if get_origin(annotation) is Annotated:
        return _type(get_args(annotation)[0])
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
    page = refreshed(page, challenge_tables())
    page = refreshed(page, expectation_table(), EXPECTATION)
    return refreshed(page, drift_tables(), DRIFTS)


def expectation_table() -> str:
    """Every field of `expect.toml`, from the model itself."""
    rows = (_row(field, info) for field, info in Expectation.model_fields.items())
    return "\n".join(["| field | type | default | meaning |", "|---|---|---|---|", *rows, ""])


def rule_page(page: str, rule: Rule) -> str:
    """The page of a rule of the linter with its generated head."""
    told = f"**{rule.severity.capitalize()}.** {rule.title}"
    if rule.id in {one.id for one in ESSENTIAL}:
        told += " A challenge that breaks it cannot be loaded at all."
    elif not rule.silenceable:
        told += " It cannot be silenced."
    return refreshed(page, f"{told}\n", RULE)


def rules_page(page: str) -> str:
    """docs/lint/README.md with the list of all rules."""
    return refreshed(page, "\n".join(_rules()), RULE_LIST)


def _rules() -> Iterator[str]:
    for severity in Severity:
        yield f"### {severity.capitalize()}s\n"
        yield "| rule | what must hold | can be silenced |\n|---|---|---|"
        found = sorted((one for one in RULES.values() if one.severity is severity), key=_by_id)
        for one in found:
            silenceable = "yes" if one.silenceable else "no"
            yield f"| [{one.id}]({one.id}.md) | {one.title} | {silenceable} |"
        yield ""


def _by_id(rule: Rule) -> str:
    return rule.id


def main() -> None:
    """Rewrite every generated part and the schemas."""
    page = DOCS / "challenge-format.md"
    page.write_text(challenge_page(page.read_text()))
    index = DOCS / "lint" / "README.md"
    index.write_text(rules_page(index.read_text()))
    for rule in RULES.values():
        own = DOCS / "lint" / f"{rule.id}.md"
        own.write_text(rule_page(own.read_text(), rule))
    write_schemas(DOCS / "schemas")
    write_author_schemas(DOCS / "schemas")


if __name__ == "__main__":
    main()
