"""The text formats a service exports, read as Prometheus would scrape them: 0.0.4 and OpenMetrics.

As with Prometheus one line that cannot be read spoils its whole scrape, of two samples of one
series the first counts, and the target's own labels win (`honor_labels: false`). Timestamps
and exemplars are read over. A body is hostile input: what is wrong with it is told in words.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Labels = tuple[tuple[str, str], ...]
"""Pairs sorted by name."""

RESERVED = re.compile(r"up|scrape_.+|ALERTS|ALERTS_FOR_STATE")
"""Series that Prometheus writes itself: a service that exports them forges them."""

SERIES_MAX = 5_000
"""Samples in one scrape."""
RUN_SERIES_MAX = 50_000
"""Different series over a whole run; as many again may be spelt in a second way."""
LABELS_MAX = 64
"""Labels of one series."""
LABEL_CHARACTERS_MAX = 4_096
"""Characters of one label's value."""
FORGED_TOLD = 20
"""Forged series that are named."""
QUOTED = 80
"""Characters of a bad line that are shown."""

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*+"
_QUOTED = r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'
_SAMPLE = re.compile(
    rf"^[ \t]*+({_NAME}[ \t]*+(?:\{{(?:[^\"}}\n]|{_QUOTED})*+\}})?+)[ \t]*+"
    r"([-+.0-9A-Za-z]++)(?:[ \t]++[-+.0-9eE]++)?+[ \t]*+(?:\#[^\n]*+)?+$",
    re.MULTILINE,
)
_CONTENT = re.compile(r"^[ \t]*+[^#\n \t]", re.MULTILINE)
_TYPE = re.compile(r"^[ \t]*#[ \t]+TYPE[ \t]+(\S+)[ \t]+(\w+)[ \t]*$", re.MULTILINE)
_PAIR = re.compile(
    rf"[ \t]*([a-zA-Z_][a-zA-Z0-9_]*+)[ \t]*=[ \t]*({_QUOTED})[ \t]*(?:,[ \t]*|(?=\}}))"
)
_ESCAPE = re.compile(r'\\([\\"n])')
_CUMULATIVE: dict[str, tuple[str, ...]] = {
    "counter": ("", "_total"),
    "histogram": ("_bucket", "_sum", "_count"),
    "summary": ("_sum", "_count"),
}
"""Type -> suffixes of its samples that only ever grow."""
_SUFFIXES = ("", "_total", "_bucket", "_sum", "_count", "_created", "_gsum", "_gcount", "_info")
_IGNORED = -1


@dataclass(frozen=True, slots=True)
class Identity:
    """A series: `labels` with job and instance; `cumulative` if it counts up from a start."""

    name: str
    labels: Labels
    cumulative: bool


@dataclass(frozen=True, slots=True)
class Scrape:
    """The samples of one body: indices into `Exposition.series`, and their values."""

    ids: NDArray[np.int32]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A body Prometheus would have thrown away. `problem` is for the candidate."""

    problem: str


class _BadBodyError(ValueError):
    """What is wrong with a body, in words."""


@dataclass(slots=True)
class Exposition:
    """Reads the scrapes of one target, and remembers its series and their types.

    Attributes:
        target: Labels the target is scraped with.
        series: Every series seen so far, by index.
        forged: Some of the series that were dropped because only the recorder may write them.
    """

    target: Labels
    series: list[Identity] = field(default_factory=list)
    forged: list[str] = field(default_factory=list)
    _heads: dict[str, int] = field(default_factory=dict)
    _ids: dict[tuple[str, Labels], int] = field(default_factory=dict)
    _types: dict[str, str] = field(default_factory=dict)

    def read(self, body: bytes) -> Scrape | Unreadable:
        """The samples of one scrape."""
        try:
            return self._read(body.decode())
        except UnicodeDecodeError as problem:
            return Unreadable(f"byte {problem.start} is not UTF-8")
        except _BadBodyError as problem:
            return Unreadable(str(problem))

    def _read(self, text: str) -> Scrape:
        samples = _SAMPLE.findall(text)
        if len(_CONTENT.findall(text)) != len(samples):
            raise _BadBodyError(_first_bad_line(text))
        if len(samples) > SERIES_MAX:
            raise _BadBodyError(f"more than {SERIES_MAX} samples in one scrape")
        new = dict.fromkeys(head for head, _ in samples if head not in self._heads)
        if new:
            self._learn_types(text)
            self._infer_types({_name(head) for head in new})
            self._admit(new)
        heads = self._heads
        kept = [(id_, value) for head, value in samples if (id_ := heads[head]) != _IGNORED]
        try:
            return _scrape(kept)
        except ValueError as problem:
            raise _BadBodyError(_first_bad_line(text)) from problem

    def _learn_types(self, text: str) -> None:
        for name, type_ in _TYPE.findall(text):
            self._types.setdefault(name, type_)

    def _infer_types(self, names: Collection[str]) -> None:
        """A sum beside a count is a histogram or a summary, also where nothing is declared."""
        for name in names:
            family = name.removesuffix("_count")
            if family != name and f"{family}_sum" in names and name not in self._types:
                self._types.setdefault(family, "histogram")

    def _admit(self, heads: Iterable[str]) -> None:
        """Give every new way of writing a series the index of that series."""
        for head in heads:
            if len(self.series) >= RUN_SERIES_MAX or len(self._heads) >= 2 * RUN_SERIES_MAX:
                raise _BadBodyError(
                    f"more than {RUN_SERIES_MAX} different series over the run: "
                    f"a label takes ever new values"
                )
            self._heads[head] = self._index(head)

    def _index(self, head: str) -> int:
        name, rest = _name(head), head.partition("{")[2]
        exposed = _labels(head, len(head) - len(rest)) if rest else {}
        if RESERVED.fullmatch(name):
            if len(self.forged) < FORGED_TOLD:
                self.forged.append(head.strip()[:QUOTED])
            return _IGNORED
        labels = _with_target(exposed, self.target)
        known = self._ids.setdefault((name, labels), len(self.series))
        if known == len(self.series):
            self.series.append(Identity(name, labels, self._is_cumulative(name)))
        return known

    def _is_cumulative(self, name: str) -> bool:
        """By the type; a name of which none is known counts up if it ends in `_total`."""
        for suffix in _SUFFIXES:
            family = name.removesuffix(suffix)
            type_ = self._types.get(family) if name.endswith(suffix) else None
            if type_ in ("unknown", "untyped"):
                break
            if type_ is not None:
                return suffix in _CUMULATIVE.get(type_, ())
        return name.endswith("_total")


def _name(head: str) -> str:
    """The name of `name{...}`."""
    return head.partition("{")[0].strip()


def _scrape(kept: list[tuple[int, str]]) -> Scrape:
    """The samples by index.

    Raises:
        ValueError: a value is no number.
    """
    first = dict(reversed(kept)) if len({id_ for id_, _ in kept}) != len(kept) else dict(kept)
    values = np.array([float(value) for value in first.values()], dtype=np.float64)
    return Scrape(np.array(list(first), dtype=np.int32), values)


def _labels(head: str, start: int) -> dict[str, str]:
    """The labels between the braces of `name{...}`, empty ones left out.

    Args:
        head: Ends with the closing brace and perhaps blanks.
        start: Where the first label begins.
    """
    labels: dict[str, str] = {}
    while not head.startswith("}", start):
        pair = _PAIR.match(head, start)
        if pair is None and not head[start:].strip(" \t").startswith("}"):
            raise _BadBodyError(f"labels cannot be read: {head[:QUOTED]!r}")
        if pair is None:
            break
        name, value = pair[1], pair[2][1:-1]
        if name in labels or name == "__name__":
            raise _BadBodyError(f"label {name!r} stands twice: {head[:QUOTED]!r}")
        labels[name] = _ESCAPE.sub(lambda m: {"n": "\n"}.get(m[1], m[1]), value)
        start = pair.end()
        _refuse_excess(labels, name)
    return {name: value for name, value in labels.items() if value}


def _refuse_excess(labels: dict[str, str], name: str) -> None:
    if len(labels) > LABELS_MAX:
        raise _BadBodyError(f"a series has more than {LABELS_MAX} labels")
    if len(labels[name]) > LABEL_CHARACTERS_MAX:
        raise _BadBodyError(
            f"a value of label {name[:QUOTED]!r} is longer than {LABEL_CHARACTERS_MAX} characters"
        )


def _with_target(exposed: dict[str, str], target: Labels) -> Labels:
    """The series' labels under the target's; what the service says of those is renamed."""
    labels = dict(exposed)
    for name, value in target:
        if name in labels:
            renamed = f"exported_{name}"
            while renamed in exposed:
                renamed = f"exported_{renamed}"
            labels[renamed] = labels.pop(name)
        labels[name] = value
    return tuple(sorted(labels.items()))


def _first_bad_line(text: str) -> str:
    for number, line in enumerate(text.split("\n"), 1):
        if _CONTENT.match(line) and not _is_sample(line):
            return (
                f"line {number} is no sample: {line[:QUOTED]!r}; "
                f'write it as name{{label="value"}} number'
            )
    return "a line is no sample"


def _is_sample(line: str) -> bool:
    sample = _SAMPLE.match(line)
    if sample is None:
        return False
    try:
        float(sample[2])
    except ValueError:
        return False
    return True
