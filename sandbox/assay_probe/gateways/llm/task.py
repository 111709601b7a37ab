"""What the answer has to hold: fields from a schema, from an example, or from plain words."""

import re
from dataclasses import dataclass
from typing import Any

DEEPEST = 6
FIELDS_MOST = 200
Json = Any

EXAMPLE_KEY = re.compile(
    r'"([A-Za-z_][\w-]{0,60})"\s{0,4}:\s{0,4}'
    r'("(?:[^"\n]{0,200})"|[^\s,}"\[{][^,}\n]{0,80}|\[|\{)?'
)
BULLET = re.compile(
    r"^[ \t]{0,8}(?:[-*\u2022]|\d{1,2}[.)])[ \t]{1,4}[`\"*]{0,2}([A-Za-z][\w ]{0,40}?)[`\"*]{0,2}"
    r"[ \t]{0,4}(?:[:\u2013(-][ \t]{0,4}([^\n]{0,200}))?$",
    re.MULTILINE,
)
NAMED = re.compile(r"`([A-Za-z][\w ]{0,40})`|\b([a-z][a-z0-9]{0,30}(?:_[a-z0-9]{1,30}){1,6})\b")
_NAMES = (
    r"(?:(?:\s\w{1,12}){0,3}\s?:|(?: are| is| sind)?\s{0,3}[(\[]?)\s{0,3}"
    r"([`\"']?[\w -]{1,40}[`\"']?"
    r"(?:\s{0,2}(?:,|\||/|\bor\b|\band\b|\boder\b|\bund\b)+\s{0,3}[`\"']?[\w-]{1,40}[`\"']?){1,30})"
)
CHOICE = re.compile(
    r"\b(?:one of|labels?|categor(?:y|ies)|classes|either|eine[rs]? von|kategorien?)" + _NAMES,
    re.IGNORECASE,
)
LOOSE_CHOICE = re.compile(r"\b(?:as|als|whether)\b" + _NAMES, re.IGNORECASE)
BETWEEN = re.compile(r"\s{0,4}(?:,|\||/|\bor\b|\band\b|\boder\b|\bund\b)\s{0,4}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One field of the answer.

    Attributes:
        kind: "text", "number", "integer", "boolean", "label", "list", "object" or "fixed".
        labels: The values a label can have; for "fixed" the one value there is.
        about: What the prompt says about it.
        inner: Fields of an object, or the one kind of item of a list.
        nullable: Whether it may be null.
    """

    name: str
    kind: str = "text"
    labels: tuple[Json, ...] = ()
    about: str = ""
    inner: tuple["Wanted", ...] = ()
    nullable: bool = True


def from_schema(schema: dict[str, Json]) -> Wanted:
    """What a JSON schema asks for; what it says beyond types, enums and texts is not read."""
    definitions = schema.get("$defs") or schema.get("definitions")
    return _Reader(definitions if isinstance(definitions, dict) else {}).read("", schema, 0)


@dataclass(slots=True)
class _Reader:
    """Reads one schema, which may refer to itself: so many fields and no more."""

    definitions: dict[str, Json]
    left: int = FIELDS_MOST

    def read(self, name: str, schema: Json, depth: int) -> Wanted:
        schema, nullable = _resolved(schema, self.definitions)
        about = " ".join(str(schema[key]) for key in ("title", "description") if schema.get(key))
        self.left -= 1
        if depth > DEEPEST or self.left < 0:
            return Wanted(name, about=about, nullable=nullable)
        if "const" in schema:
            return Wanted(name, "fixed", (schema["const"],), about)
        labels = _labels(schema.get("enum"))
        if labels:
            return Wanted(name, "label", labels, about, (), nullable)
        kind, inner = self._inner(name, schema, depth + 1)
        return Wanted(name, kind, (), about, inner, nullable)

    def _inner(
        self, name: str, schema: dict[str, Json], depth: int
    ) -> tuple[str, tuple[Wanted, ...]]:
        properties, items = schema.get("properties"), schema.get("items")
        if isinstance(properties, dict):
            return "object", tuple(self.read(n, s, depth) for n, s in properties.items())
        if isinstance(items, dict):
            return "list", (self.read(name, items, depth),)
        return _kind(schema.get("type")), ()


def _labels(given: Json) -> tuple[Json, ...]:
    return tuple(v for v in given if isinstance(v, str | int)) if isinstance(given, list) else ()


def _kind(kind: Json) -> str:
    known = {kind: kind for kind in ("number", "integer", "boolean", "object")}
    return {**known, "array": "list"}.get(kind, "text") if isinstance(kind, str) else "text"


def _resolved(schema: Json, definitions: dict[str, Json]) -> tuple[dict[str, Json], bool]:
    """A schema without references and alternatives, and whether null is one of them."""
    nullable = False
    for _ in range(DEEPEST):
        if not isinstance(schema, dict):
            return {}, nullable
        kinds, some = schema.get("type"), schema.get("anyOf") or schema.get("oneOf")
        if isinstance(schema.get("$ref"), str):
            schema = definitions.get(schema["$ref"].rpartition("/")[2], {})
        elif isinstance(some, list):
            nullable = nullable or {"type": "null"} in some
            schema = next((one for one in some if one != {"type": "null"}), {})
        elif isinstance(kinds, list):
            nullable = nullable or "null" in kinds
            schema = {**schema, "type": next((kind for kind in kinds if kind != "null"), "null")}
        else:
            return schema, nullable
    return {}, nullable


def from_words(instructions: str) -> Wanted:
    """What plain words ask for: an object of the fields they name, perhaps of none."""
    found: dict[str, Wanted] = {}
    for match in EXAMPLE_KEY.finditer(instructions):
        found.setdefault(match[1], _by_hint(match[1], match[2] or ""))
    if not found:
        for match in BULLET.finditer(instructions):
            name = _tidy(match[1])
            if "_" in name or match[2]:
                found.setdefault(name, _by_hint(name, match[2] or ""))
    if not found:
        for match in NAMED.finditer(instructions):
            name = _tidy(match[1] or match[2])
            found.setdefault(name, _by_hint(name, ""))
    return Wanted("", "object", inner=tuple(found.values())[:FIELDS_MOST])


def _by_hint(name: str, hint: str) -> Wanted:
    """A field by what an example or a description says after its name."""
    plain = hint.strip().strip("\"'")
    if plain.lower().replace(" ", "") in ("true", "false", "true|false", "bool", "boolean"):
        return Wanted(name, "boolean")
    if "|" in plain and re.fullmatch(r"[\w -]{1,40}(?:\s?\|\s?[\w -]{1,40}){1,30}", plain):
        return Wanted(name, "label", tuple(part.strip() for part in plain.split("|")))
    labels = choices(plain)
    if labels:
        return Wanted(name, "label", labels, plain)
    if re.fullmatch(r"-?\d[\d.]{0,12}|number|float|integer|int", plain):
        return Wanted(name, "number", about=plain)
    return Wanted(name, "list" if hint == "[" else "text", about=plain, inner=())


def choices(text: str) -> tuple[str, ...]:
    """The labels a text lets choose from: "one of: a, b or c"; empty without any."""
    return _choices(CHOICE.search(text))


def loose_choices(text: str) -> tuple[str, ...]:
    """The same of a text that asks for nothing but a choice: "classify as a or b" is one, too."""
    return choices(text) or _choices(LOOSE_CHOICE.search(text))


def _choices(match: re.Match[str] | None) -> tuple[str, ...]:
    if not match:
        return ()
    names = [part.strip(" \"'`.") for part in BETWEEN.split(match[1])]
    return tuple(dict.fromkeys(name for name in names if name))


def _tidy(name: str) -> str:
    return name.strip().replace(" ", "_")
