"""A Dockerfile as data: instructions with their lines, stages with their bases.

We read a Dockerfile once, judge what we read (`dockerfile_policy`), and send the engine our
own rendering of it (`dockerfile_rewrite`): a difference between this parser and the
engine's can then never let an instruction through unseen.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MAX_BYTES = 100_000

KEYWORDS = frozenset(
    {
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    }
)
_WITH_HEREDOCS = frozenset({"ADD", "COPY", "RUN"})
_BLANKS = "\t\v\f\r "  # what the engine's parser splits on; str.split() would split on more
_DIRECTIVE = re.compile(r"^#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(\S.*?)\s*$")
_KEYWORD = re.compile(rf"^([A-Za-z]+)(?:[{_BLANKS}]+(.*))?$", re.ASCII)
_FLAG = re.compile(rf"^--([a-z][a-z-]*)(?:=(\S*))?(?:[{_BLANKS}]+|$)", re.ASCII)
_HEREDOC = re.compile(r"^\d*<<(-?)(['\"]?)([A-Za-z_][\w.-]*)\2$", re.ASCII)
_WORD = re.compile(r"""(?:[^\s"']+|"(?:\\.|[^"\\])*"|'[^']*'|["'])+""")
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::([-+])([^{}]*))?\})", re.ASCII)


class DockerfileSyntaxError(ValueError):
    """The text is no Dockerfile. `line` counts from 1; 0 means the file as a whole."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Flag:
    """`--name=value` before an instruction's arguments; `value` is None without `=`."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Heredoc:
    """Lines given inline with `<<NAME`; `expand` is False when NAME was quoted."""

    name: str
    body: str
    expand: bool


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, continuation lines joined and comments dropped.

    Attributes:
        keyword: In capitals; always one of `KEYWORDS`.
        value: Everything after the flags, on one line.
        exec_form: The list of a JSON form (`CMD ["a", "b"]`), None in shell form.
        flags: In the order written.
        heredocs: Bodies of the heredocs that `value` names.
        line: First line, counted from 1.
        end_line: Last line, heredoc bodies included.
    """

    keyword: str
    value: str
    exec_form: tuple[str, ...] | None = None
    flags: tuple[Flag, ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    line: int = 0
    end_line: int = 0

    def flag(self, name: str) -> str | None:
        """The value of the last flag of that name ("" if it has none), or None."""
        values = [flag.value or "" for flag in self.flags if flag.name == name]
        return values[-1] if values else None

    def words(self) -> tuple[str, ...]:
        """The list of the exec form, or the words of the shell form with quotes removed."""
        if self.exec_form is not None:
            return self.exec_form
        return tuple(_unquoted(word) for word in _WORD.findall(self.value))


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands between one FROM and the next.

    Attributes:
        index: 0 for the first.
        base: The image or earlier stage it starts from, global ARGs filled in.
        name: The AS name in lower case, or None.
        instructions: After the FROM, which is `origin`.
    """

    index: int
    base: str
    name: str | None
    origin: Instruction
    instructions: tuple[Instruction, ...]

    def last(self, keyword: str) -> Instruction | None:
        """The last instruction of that keyword: the one that counts for CMD, USER, ..."""
        found = [one for one in self.instructions if one.keyword == keyword]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A parsed Dockerfile.

    Attributes:
        instructions: All of them, in order, FROMs included.
        stages: At least one.
        global_args: ARGs before the first FROM, defaults filled in ("" without one).
        directives: `# name=value` lines at the very top, names in lower case.
        escape: The character that continues a line, backslash or backtick.
    """

    instructions: tuple[Instruction, ...]
    stages: tuple[Stage, ...]
    global_args: Mapping[str, str] = field(default_factory=dict)
    directives: Mapping[str, str] = field(default_factory=dict)
    escape: str = "\\"

    def stage(self, name: str, before: int | None = None) -> Stage | None:
        """The last stage of that name or number, of those before index `before`."""
        for stage in reversed(self.stages[:before]):
            if name.lower() == stage.name or name == str(stage.index):
                return stage
        return None


def parse(text: str) -> Dockerfile:
    """Read a Dockerfile.

    Raises:
        DockerfileSyntaxError: it is too long, has no FROM, or a line is no instruction.
    """
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise DockerfileSyntaxError(0, f"the Dockerfile is over {MAX_BYTES // 1000} kB")
    lines = [line.removesuffix("\r") for line in text.removeprefix("\ufeff").split("\n")]
    directives = _directives(lines)
    escape = directives.get("escape", "\\")
    if escape not in ("\\", "`"):
        raise DockerfileSyntaxError(1, "the escape directive must be a backslash or a backtick")
    instructions = tuple(_instructions(lines, escape))
    global_args = _global_args(instructions)
    return Dockerfile(
        instructions, _stages(instructions, global_args), global_args, directives, escape
    )


def substitute(text: str, variables: Mapping[str, str]) -> str:
    """Fill in `$X`, `${X}`, `${X:-default}` and `${X:+other}`; unknown names become ""."""

    def value(match: re.Match[str]) -> str:
        plain, braced, operator, other = match.groups()
        known = variables.get(plain or braced, "")
        if operator == "-":
            return known or other
        if operator == "+":
            return other if known else ""
        return known

    return _VARIABLE.sub(value, text)


def _directives(lines: list[str]) -> dict[str, str]:
    """The `# name=value` comments before anything else; the engine stops at any other line."""
    found: dict[str, str] = {}
    for line in lines:
        match = _DIRECTIVE.match(line.strip(_BLANKS))
        if not match or match[1].lower() in found:
            break
        found[match[1].lower()] = match[2]
    return found


def _instructions(lines: list[str], escape: str) -> Iterator[Instruction]:
    at = 0
    while at < len(lines):
        start = at
        logical, at = _logical_line(lines, at, escape)
        if not logical:
            continue
        keyword, flags, value = _split(logical, start + 1)
        heredocs, at = _heredocs(keyword, value, lines, at)
        yield Instruction(keyword, value, _exec_form(value), flags, tuple(heredocs), start + 1, at)


def _logical_line(lines: list[str], at: int, escape: str) -> tuple[str, int]:
    """The instruction that starts at `at` as one line ("" for none), and where to go on."""
    first = lines[at].strip(_BLANKS)
    at += 1
    if not first or first.startswith("#"):
        return "", at
    joined, more = _continued(first, escape)
    while more and at < len(lines):
        line = lines[at]
        at += 1
        if line.strip(_BLANKS) and not line.strip(_BLANKS).startswith("#"):
            part, more = _continued(line, escape)
            joined += part
    return joined.strip(_BLANKS), at


def _continued(line: str, escape: str) -> tuple[str, bool]:
    """The line without its continuation character, and whether it had one."""
    bare = line.rstrip("\t ")
    return (bare[:-1], True) if bare.endswith(escape) else (line, False)


def _split(logical: str, line: int) -> tuple[str, tuple[Flag, ...], str]:
    match = _KEYWORD.match(logical)
    keyword = match[1].upper() if match else ""
    if not match or keyword not in KEYWORDS:
        shown = logical.split(" ")[0][:30]
        raise DockerfileSyntaxError(line, f"{shown!r} is not a Dockerfile instruction")
    rest, flags = match[2] or "", []
    while flag := _FLAG.match(rest):
        flags.append(Flag(flag[1], flag[2]))
        rest = rest[flag.end() :]
    return keyword, tuple(flags), rest.strip(_BLANKS)


def _heredocs(keyword: str, value: str, lines: list[str], at: int) -> tuple[list[Heredoc], int]:
    found: list[Heredoc] = []
    line = at
    words = _WORD.findall(value) if keyword in _WITH_HEREDOCS else ()
    for match in filter(None, map(_HEREDOC.match, words)):
        strip_tabs, quote, name = match.groups()
        body = []
        while at < len(lines) and (lines[at].lstrip("\t") if strip_tabs else lines[at]) != name:
            body.append(lines[at].lstrip("\t") if strip_tabs else lines[at])
            at += 1
        if at == len(lines):
            raise DockerfileSyntaxError(line, f"the heredoc {name[:30]!r} is never closed")
        at += 1
        found.append(Heredoc(name, "".join(f"{line}\n" for line in body), not quote))
    return found, at


def _exec_form(value: str) -> tuple[str, ...] | None:
    if not value.startswith("["):
        return None
    try:
        words = json.loads(value)
    except (ValueError, RecursionError):
        return None  # the engine, too, takes a broken list for a shell command
    strings = isinstance(words, list) and all(isinstance(word, str) for word in words)
    return tuple(words) if strings else None


def _unquoted(word: str) -> str:
    return re.sub(r"""(["'])(.*?)\1""", r"\2", word)


def _global_args(instructions: tuple[Instruction, ...]) -> dict[str, str]:
    values: dict[str, str] = {}
    for instruction in instructions:
        if instruction.keyword == "FROM":
            break
        if instruction.keyword != "ARG":
            raise DockerfileSyntaxError(
                instruction.line, f"{instruction.keyword} stands before the first FROM"
            )
        for word in instruction.words():
            name, _, default = word.partition("=")
            values[name] = substitute(default, values)
    return values


def _stages(
    instructions: tuple[Instruction, ...], global_args: Mapping[str, str]
) -> tuple[Stage, ...]:
    starts = [at for at, one in enumerate(instructions) if one.keyword == "FROM"]
    if not starts:
        raise DockerfileSyntaxError(0, "the Dockerfile has no FROM")
    stages = []
    for index, (start, end) in enumerate(
        zip(starts, [*starts[1:], len(instructions)], strict=True)
    ):
        origin = instructions[start]
        base, name = _origin(origin, global_args)
        stages.append(Stage(index, base, name, origin, instructions[start + 1 : end]))
    return tuple(stages)


def _origin(instruction: Instruction, global_args: Mapping[str, str]) -> tuple[str, str | None]:
    match instruction.words():
        case (base,):
            return substitute(base, global_args), None
        case (base, as_word, name) if as_word.lower() == "as":
            return substitute(base, global_args), name.lower()
        case _:
            raise DockerfileSyntaxError(instruction.line, "write FROM <image> [AS <name>]")


def needed_stages(dockerfile: Dockerfile, last: Stage) -> list[Stage]:
    """The stages the last one starts or copies from, and itself, in order."""
    needed = {last.index}
    for stage in reversed(dockerfile.stages[: last.index + 1]):
        if stage.index in needed:
            sources = [stage.base, *(one.flag("from") or "" for one in stage.instructions)]
            found = (dockerfile.stage(source, before=stage.index) for source in sources)
            needed |= {one.index for one in found if one is not None}
    return [stage for stage in dockerfile.stages if stage.index in needed]
