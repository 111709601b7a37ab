"""TOML with line numbers: what a file says, and on which line it says it."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Location = tuple[str | int, ...]
"""Keys and list positions from the top of the document: ("slot", 2, "fault", 0, "title")."""

_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
_TABLE = re.compile(r"^\s*(\[\[?)(.+?)\]\]?\s*(#.*)?$")


class TomlError(ValueError):
    """The text is no TOML. `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(f"line {line}: {message}")
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class TomlFile:
    """A parsed file that remembers where its tables and keys stand."""

    data: dict[str, Any]
    lines: dict[Location, int]

    def line_of(self, location: Sequence[str | int]) -> int:
        """Line of a value, or of the closest table around it; 1 for the document itself."""
        around = (tuple(location[:n]) for n in range(len(location), 0, -1))
        return next((self.lines[place] for place in around if place in self.lines), 1)


def read_toml(path: Path) -> TomlFile:
    """Read a TOML file.

    Raises:
        TomlError: it is not TOML, or not UTF-8.
        OSError: it cannot be read.
    """
    try:
        return parse_toml(path.read_bytes().decode())
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise TomlError("the file is not UTF-8; save it as UTF-8", line) from error


def parse_toml(text: str) -> TomlFile:
    """Parse TOML text.

    Raises:
        TomlError: see `read_toml`.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _located(str(error), text) from error
    return TomlFile(data, _Scanner().scan(text.splitlines()))


def _located(message: str, text: str) -> TomlError:
    found = _AT_LINE.search(message)
    line = int(found.group(1)) if found and found.group(1) else max(1, len(text.splitlines()))
    return TomlError(_AT_LINE.sub("", message).strip(), line)


class _Scanner:
    """Walks the lines of a valid document and notes where each table and key begins."""

    def __init__(self) -> None:
        self.lines: dict[Location, int] = {}
        self.lengths: dict[Location, int] = {}
        self.table: Location = ()

    def scan(self, lines: list[str]) -> dict[Location, int]:
        at = 0
        while at < len(lines):
            at += self._statement(lines, at)
        return self.lines

    def _statement(self, lines: list[str], at: int) -> int:
        """Note the statement that begins on line `at`; returns how many lines it has."""
        if header := _TABLE.match(lines[at]):
            self._enter(_keys(f"{header.group(2)} = 0"), header.group(1) == "[[", line=at + 1)
            return 1
        taken = next(n for n in range(1, len(lines) - at + 1) if _is_toml(lines[at : at + n]))
        self._note(self.table, _keys("\n".join(lines[at : at + taken])), line=at + 1)
        return taken

    def _enter(self, names: Location, is_list: bool, *, line: int) -> None:
        path: Location = ()
        for name in names[:-1]:
            self._note(path, (name,), line=line)
            path += (name,)
            if path in self.lengths:
                path += (self.lengths[path] - 1,)
        self._note(path, names[-1:], line=line)
        path += names[-1:]
        if is_list:
            self.lengths[path] = self.lengths.get(path, 0) + 1
            path += (self.lengths[path] - 1,)
        self.lines[path] = line
        self.table = path

    def _note(self, table: Location, keys: Location, *, line: int) -> None:
        """Remember where `table.keys` and everything between first came up."""
        for length in range(1, len(keys) + 1):
            self.lines.setdefault(table + keys[:length], line)


def _is_toml(lines: list[str]) -> bool:
    try:
        tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError:
        return False
    return True


def _keys(statement: str) -> Location:
    """The dotted key of one `key = value` statement; () for a comment or a blank line."""
    keys: list[str] = []
    value: Any = tomllib.loads(statement)
    while isinstance(value, dict) and len(value) == 1:
        key, value = next(iter(value.items()))
        keys.append(key)
    return tuple(keys)
