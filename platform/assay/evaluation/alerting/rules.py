"""Rule files: their groups, and which metrics their PromQL reads.

A file that breaks a limit or cannot be understood is left out whole, with every reason in
words. Whether PromQL is right is promtool's to say, in its own words: here an expression is
only looked into, and one that cannot be read is an expression of which nothing can be told.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

import promql_parser
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from assay.evaluation.alerting.untrusted_yaml import YamlFile, YamlRefused, read_yaml, shown

FILE_BYTES_MAX = 128 * 1024
RULES_MAX = 200
"""In all files together: ten times what a service of this size needs."""
EXPR_MAX = 4_096
"""Characters of one expression."""
NESTING_MAX, OPERATORS_MAX = 32, 96
"""Parentheses inside each other; operators, ranges and offsets. They make promql-parser's tree
deep, which is walked by recursion in machine code: 300 of them end a process whose stack is
small (half a MiB), and the time a walk takes grows with the square of the depth."""

TOKEN = re.compile(
    r"""
    (?P<text> "(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' | `[^`]*` )
    | (?P<blank> \s+ | \#[^\n]* )                       # comments are blanks
    | (?P<timed> \[[^\]]*\] | \boffset\b\s*-?\s*\d\w* ) # ranges, steps, offsets
    | [A-Za-z_:][\w:]*                                  # words
    | .                                                 # every other sign
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_PLAIN_TEXT = re.compile(
    r"""(["'])(?:[^\\\n]|\\[\\"'])*\1 | `[^`\n]*`""",
    re.VERBOSE,
)
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"(?!__name__$)[a-zA-Z_][a-zA-Z0-9_]*")
_OPERATORS = frozenset({*"+-*/%^=!<>", "and", "or", "unless", "atan2"})
_DURATION_WORD = re.compile(r"(?:\d+(?:ms|[smhdwy]))+")
_DURATION_UNITS = {"y": 31_536_000.0, "w": 604_800.0, "d": 86_400.0, "h": 3_600.0, "m": 60.0}
_DURATION = re.compile(
    r"(?:(?P<y>\d{1,9})y)?(?:(?P<w>\d{1,9})w)?(?:(?P<d>\d{1,9})d)?(?:(?P<h>\d{1,9})h)?"
    r"(?:(?P<m>\d{1,9})m)?(?:(?P<s>\d{1,9})s)?(?:(?P<ms>\d{1,9})ms)?"
)


def duration_s(text: object) -> float:
    """Seconds of a Prometheus duration ("5m", "1h30m", "0").

    Raises:
        ValueError: it is none.
    """
    if isinstance(text, int | float):
        return float(text)
    found = _DURATION.fullmatch(text) if isinstance(text, str) and text else None
    if text != "0" and found is None:
        raise ValueError("write a duration such as 30s, 5m or 1h30m")
    units = {**_DURATION_UNITS, "s": 1.0, "ms": 0.001}
    return sum(float(found[u] or 0) * s for u, s in units.items()) if found else 0.0


Duration = Annotated[float, BeforeValidator(duration_s)]


class Part(BaseModel):
    """Base of what a rule file holds: Prometheus knows these fields and no other."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(Part):
    """An alerting rule, or a recording rule. Durations in seconds."""

    alert: str | None = Field(None, min_length=1, max_length=200)
    record: str | None = Field(None, min_length=1, max_length=200)
    expr: str = Field(min_length=1, max_length=EXPR_MAX)
    for_s: Duration = Field(0.0, alias="for")
    keep_firing_for_s: Duration = Field(0.0, alias="keep_firing_for")
    labels: dict[str, str] = Field(default_factory=dict, max_length=30)
    annotations: dict[str, str] = Field(default_factory=dict, max_length=30)

    @model_validator(mode="after")
    def _prometheus_takes_it(self) -> Self:
        if (self.alert is None) == (self.record is None):
            raise ValueError("a rule has either `alert` or `record`")
        if self.record is not None and not _METRIC.fullmatch(self.record):
            raise ValueError(f"{shown(self.record)!r} is no name of a metric")
        for label in self.labels:
            if not _LABEL.fullmatch(label):
                raise ValueError(f"{shown(label)!r} is no name of a label")
        return self

    @property
    def name(self) -> str:
        """What it raises or records."""
        return self.alert or self.record or ""


class Group(Part):
    """Rules that are evaluated one after another.

    Attributes:
        name: Unique over all files: "monitoring/rules.yml:name".
        interval_s: None for the evaluation interval of whoever runs it.
        limit: Most alerts or series one rule may yield, 0 for any number.
    """

    name: str = Field(min_length=1, max_length=200)
    interval_s: Duration | None = Field(None, alias="interval")
    limit: int = Field(0, ge=0)
    rules: tuple[Rule, ...] = ()


class _File(Part):
    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """The rule files of a submission.

    Attributes:
        texts: Path -> content of the files that can be used, as the candidate wrote them.
        groups: Their groups, in the order of the files.
        problems: Why files were left out.
    """

    texts: Mapping[str, bytes]
    groups: tuple[Group, ...]
    problems: tuple[str, ...]

    @property
    def alerts(self) -> tuple[Rule, ...]:
        """Every alerting rule, in order."""
        return tuple(r for group in self.groups for r in group.rules if r.alert is not None)


def read_rules(files: Mapping[str, bytes]) -> RuleFiles:
    """Read rule files, given as path -> content."""
    texts: dict[str, bytes] = {}
    groups: list[Group] = []
    problems: list[str] = []
    for name, content in files.items():
        found = _groups_of(name, content)
        total = sum(len(g.rules) for g in (*groups, *found.groups))
        if not found.problems and total > RULES_MAX:
            found = _Read(problems=[f"{name}: with it there are {total:,} rules; {_ENOUGH}"])
        problems += found.problems
        if not found.problems:
            texts[name] = content
            groups += found.groups
    return RuleFiles(texts, tuple(groups), tuple(problems))


_ENOUGH = f"at most {RULES_MAX} are evaluated in all, remove the others"


@dataclass(frozen=True, slots=True)
class _Read:
    groups: tuple[Group, ...] = ()
    problems: list[str] | tuple[str, ...] = ()


def _groups_of(name: str, content: bytes) -> _Read:
    """The groups of one file, or what is wrong with it."""
    try:
        file = read_yaml(name, content, bytes_max=FILE_BYTES_MAX)
        groups = _File.model_validate(file.data if file.data is not None else {}).groups
    except YamlRefused as refusal:
        return _Read(problems=[str(refusal)])
    except ValidationError as error:
        return _Read(problems=file.explain(error))
    if twice := _repeated(file, groups):
        return _Read(problems=twice)
    return _Read(tuple(g.model_copy(update={"name": f"{name}:{g.name}"}) for g in groups))


def _repeated(file: YamlFile, groups: tuple[Group, ...]) -> list[str]:
    """Groups of one file that share a name: Prometheus refuses them, our copies would not."""
    names = [g.name for g in groups]
    return [
        file.say(("groups", n, "name"), f"a group {name!r} stands above; give each its own name")
        for n, name in enumerate(names)
        if name in names[:n]
    ]


def written(groups: Iterable[Group], *, annotations: bool = True) -> bytes:
    """The groups as one rule file (JSON, which is YAML)."""
    document = {"groups": [_group_fields(g, annotations) for g in groups]}
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _group_fields(group: Group, annotations: bool) -> dict[str, Any]:
    fields = {
        "name": group.name,
        "interval": _duration(group.interval_s or 0),
        "limit": group.limit,
    }
    rules = [_rule_fields(rule, annotations) for rule in group.rules]
    return {**{k: v for k, v in fields.items() if v}, "rules": rules}


def _rule_fields(rule: Rule, annotations: bool) -> dict[str, Any]:
    fields = {
        "alert": rule.alert,
        "record": rule.record,
        "expr": rule.expr,
        "for": _duration(rule.for_s),
        "keep_firing_for": _duration(rule.keep_firing_for_s),
        "labels": rule.labels,
        "annotations": rule.annotations if annotations else {},
    }
    return {k: v for k, v in fields.items() if v}


def _duration(seconds: float) -> str:
    """As Prometheus writes it, "" for none; never so short that it becomes none."""
    return f"{max(1, round(seconds * 1000))}ms" if seconds > 0 else ""


def with_window(template: str, window_s: int) -> str:
    """A PromQL template of `monitoring.yml` with its `$window` filled in."""
    return template.replace("$window", f"{window_s}s")


def strings_are_plain(expr: str) -> bool:
    """Whether no string of an expression can hold a line break.

    promtool tells some of them as they are: what stood on a line of its own would be read as
    its words.
    """
    texts = (token.group() for token in TOKEN.finditer(expr) if token.lastgroup == "text")
    return all(_PLAIN_TEXT.fullmatch(text) for text in texts)


def referenced(expressions: Iterable[str]) -> frozenset[str] | None:
    """Names of the metrics that expressions read, recorded ones too.

    None if that cannot be told: an expression cannot be read, or a selector has no name.
    """
    names: set[str] = set()
    for expr in expressions:
        found = metric_names(expr)
        if found is None:
            return None
        names |= found
    return frozenset(names)


def series_behind(rule: Rule, rules: RuleFiles) -> frozenset[str] | None:
    """Names of the series that a rule looks at; in place of a recorded one those it is made of.

    None if that cannot be told.
    """
    recorders: dict[str, list[str]] = {}
    for one in (one for group in rules.groups for one in group.rules if one.record):
        recorders.setdefault(one.name, []).append(one.expr)
    known, todo = frozenset[str](), [rule.expr]
    while todo:
        found = referenced(todo)
        if found is None:
            return None
        todo = [expr for name in found - known for expr in recorders.get(name, ())]
        known |= found
    made = {name for name, exprs in recorders.items() if name not in (referenced(exprs) or ())}
    return known - made


def metric_names(expr: str) -> frozenset[str] | None:
    """Names of the metrics that one expression reads, None if that cannot be told."""
    tree = parsed(expr)
    if tree is None:
        return None
    selectors: list[promql_parser.VectorSelector] = []

    def collect(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.VectorSelector):
            selectors.append(node)

    promql_parser.walk(tree, pre_visit=collect)
    names = {_name_of(selector) for selector in selectors}
    return None if None in names else frozenset(name for name in names if name)


def calls(expr: str) -> frozenset[str]:
    """Names of the functions that an expression calls; none if it cannot be read."""
    tree = parsed(expr)
    found: set[str] = set()

    def collect(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.Call):
            found.add(node.func.name)

    if tree is not None:
        promql_parser.walk(tree, pre_visit=collect)
    return frozenset(found)


def longest_range_s(expr: str) -> float:
    """How far an expression looks back: its longest range and its longest offset, in seconds."""
    texts = [token.group() for token in TOKEN.finditer(expr) if token.lastgroup == "timed"]
    ranges = [_first_duration_s(text) for text in texts if text.startswith("[")]
    offsets = [_first_duration_s(text) for text in texts if not text.startswith("[")]
    return max(ranges, default=0.0) + max(offsets, default=0.0)


def _first_duration_s(text: str) -> float:
    found = _DURATION_WORD.search(text)
    try:
        return duration_s(found.group()) if found else 0.0
    except ValueError:  # units in another order: promtool will say so
        return 0.0


def _name_of(selector: promql_parser.VectorSelector) -> str | None:
    if selector.name:
        return selector.name
    if selector.matchers.or_matchers:
        return None
    exact = [
        m.value
        for m in selector.matchers.matchers
        if m.name == "__name__" and m.op == promql_parser.MatchOp.Equal
    ]
    return exact[0] if exact else None


def parsed(expr: str) -> promql_parser.Expr | None:
    """The syntax tree of an expression, None if it is too large or cannot be read."""
    if len(expr) > EXPR_MAX or _is_deep(expr):
        return None
    try:
        return promql_parser.parse(expr)
    except ValueError:
        return None
    except BaseException as problem:
        if type(problem).__name__ == "PanicException":  # the parser's own mistake, in Rust
            return None
        raise


def _is_deep(expr: str) -> bool:
    """Whether the tree of an expression could be too deep to walk."""
    nesting = operators = 0
    matching = False
    for token in TOKEN.finditer(expr):
        sign = token.group().lower()
        matching = (matching or sign == "{") and sign != "}"
        nesting += (sign == "(") - (sign == ")")
        operators += token.lastgroup == "timed" or (sign in _OPERATORS and not matching)
        if nesting > NESTING_MAX or operators > OPERATORS_MAX:
            return True
    return False
