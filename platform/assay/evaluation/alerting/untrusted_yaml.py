"""YAML that a stranger wrote: what it says, and on which line. Every scalar stays text.

Nothing is constructed and nothing is expanded. Anchors, aliases and tags are refused: with
them a kilobyte of text means gigabytes of data, or an object of somebody else's choosing.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from pydantic import ValidationError

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's scanner where PyYAML was built with it, ten times as fast: a limit in bytes is then
one in seconds, too."""
DEPTH_MAX = 20
NODES_MAX = 20_000
TEXT_MAX = 200
"""Characters of a candidate's text that a message repeats."""

Location = tuple[str | int, ...]
"""Keys and list positions from the top of the document: ("groups", 0, "rules", 2, "expr")."""

_NULL = {"", "~", "null", "Null", "NULL"}
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
)


class YamlRefused(ValueError):
    """The file cannot be used; the text says where, why, and what to do."""


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A parsed file that remembers where its values stand.

    Attributes:
        name: As messages call it.
        data: Mappings, lists, strings; None for nothing.
        lines: Location -> line, from 1.
    """

    name: str
    data: Any
    lines: dict[Location, int]

    def say(self, location: Sequence[str | int], problem: str) -> str:
        """A sentence with file, line and place."""
        place = tuple(part for part in location if part != "[key]")
        around = (place[:n] for n in range(len(place), 0, -1))
        line = next((self.lines[p] for p in around if p in self.lines), 1)
        dotted = shown(".".join(map(str, place)))
        return f"{self.name}:{line}: {f'{dotted}: ' if dotted else ''}{problem}"

    def explain(self, error: ValidationError) -> list[str]:
        """Every problem pydantic found, one sentence each."""
        found = error.errors(include_url=False)
        return [self.say(problem["loc"], _words(problem)) for problem in found]


def read_yaml(name: str, content: bytes, *, bytes_max: int) -> YamlFile:
    """Read one document.

    Raises:
        YamlRefused: it is too large, no YAML, or uses what is not allowed.
    """
    if len(content) > bytes_max:
        raise YamlRefused(
            f"{name}: {len(content):,} bytes; at most {bytes_max:,} are read, shorten it"
        )
    try:
        builder = _Builder(name, yaml.parse(content.decode("utf-8-sig"), Loader=LOADER))
        return YamlFile(name, builder.document(), builder.lines)
    except UnicodeDecodeError as error:
        raise YamlRefused(f"{name}: byte {error.start} is no UTF-8; save it as UTF-8") from error
    except YamlRefused:
        raise
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        what = f"{error.context or ''} {error.problem or ''}".strip()
        raise YamlRefused(f"{name}:{line}: no YAML: {shown(what)}") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise YamlRefused(f"{name}: no YAML: {shown(str(error))}") from error


def shown(text: str) -> str:
    """Text of a candidate, made fit for one line of a message."""
    flat = " ".join(_UNPRINTABLE.sub("?", text).split())
    return flat if len(flat) <= TEXT_MAX else f"{flat[:TEXT_MAX]}..."


def _words(problem: Any) -> str:  # noqa: ANN401 - pydantic's ErrorDetails
    """One pydantic error in words."""
    if problem["type"] == "extra_forbidden":
        return "there is no such field; remove it or correct its name"
    if problem["type"] == "missing":
        return "this field is missing"
    given = problem["input"]
    said = problem["msg"].removeprefix("Value error, ")
    return f"{said}, not {shown(given)!r}" if isinstance(given, str) else said


@dataclass(slots=True)
class _Builder:
    """Turns the parser's events into values, refusing what is not allowed on the way."""

    name: str
    events: Iterator[yaml.Event]
    lines: dict[Location, int] = field(default_factory=dict)
    nodes: int = 0

    def document(self) -> Any:  # noqa: ANN401 - YAML is any
        """The one document of the stream."""
        data = None
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "a second document begins; one file is one document")
            elif isinstance(event, yaml.NodeEvent):
                data = self._value(event, ())
        return data

    def _value(self, event: yaml.Event, where: Location) -> Any:  # noqa: ANN401 - YAML is any
        self._admit(event, where)
        self.lines.setdefault(where, _line(event))
        if isinstance(event, yaml.ScalarEvent):
            return None if event.implicit[0] and event.value in _NULL else event.value
        return self._list(where) if isinstance(event, yaml.SequenceStartEvent) else self._map(where)

    def _list(self, where: Location) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._value(event, (*where, len(items))))
        return items

    def _map(self, where: Location) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            self._admit(event, where)
            if not isinstance(event, yaml.ScalarEvent):
                self._refuse(event, "a key must be plain text")
            elif event.value in pairs:
                self._refuse(event, f"{shown(event.value)!r} stands here twice; keep one")
            else:
                self.lines[(*where, event.value)] = _line(event)
                pairs[event.value] = self._value(next(self.events), (*where, event.value))
        return pairs

    def _admit(self, event: yaml.Event, where: Location) -> None:
        self.nodes += 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            self._refuse(event, "anchors (&) and aliases (*) are not allowed; write the value out")
        if getattr(event, "tag", None) is not None:
            self._refuse(event, "tags (!) are not allowed; remove the tag")
        if len(where) > DEPTH_MAX:
            self._refuse(event, f"nested deeper than {DEPTH_MAX} levels")
        if self.nodes > NODES_MAX:
            self._refuse(event, f"more than {NODES_MAX:,} values; shorten the file")
        if isinstance(event, yaml.ScalarEvent) and _UNPRINTABLE.search(event.value):
            self._refuse(event, "a control character; remove it")

    def _refuse(self, event: yaml.Event, problem: str) -> None:
        raise YamlRefused(f"{self.name}:{_line(event)}: {problem}")


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
