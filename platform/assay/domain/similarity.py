"""How much of what somebody wrote is also what somebody else wrote. Pure, and says nothing of why.

Winnowing (Schleimer, Wilkerson, Aiken 2003, "Winnowing: Local Algorithms for Document
Fingerprinting"): code becomes tokens in which names, figures and texts look alike, so that
renaming changes nothing; every run of K tokens is hashed, and of every W hashes in a row the least
is kept. A common run of K + W - 1 tokens always leaves a common fingerprint, one shorter than K
never does. What the starter has, of whoever's variant, is taken out before anything is compared,
and so is what many have: there a task leaves little choice.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

K, W = 16, 8
"""Tokens in a run, and hashes in a window: 23 tokens in common are always seen."""
HASH_BYTES = 6
SHARED_MIN = 25
"""Fingerprints in common: about a hundred and twenty tokens, a page of code. Less is a habit."""
SERIOUS, NOTICE = Fraction(4, 5), Fraction(1, 2)
"""Shares of the smaller of the two from which it is shown."""
COMMON_SHARE, COMMON_MIN = Fraction(1, 3), 5
"""What so large a share, and so many, of the others have is what the task asks for."""

KEPT = frozenset(
    [
        "and",
        "as",
        "assert",
        "async",
        "await",
        "break",
        "case",
        "catch",
        "class",
        "const",
        "continue",
        "def",
        "default",
        "del",
        "do",
        "elif",
        "else",
        "enum",
        "except",
        "export",
        "extends",
        "finally",
        "fn",
        "for",
        "from",
        "func",
        "function",
        "global",
        "go",
        "if",
        "impl",
        "import",
        "in",
        "interface",
        "is",
        "lambda",
        "let",
        "loop",
        "match",
        "mod",
        "mut",
        "new",
        "nonlocal",
        "not",
        "null",
        "or",
        "package",
        "pass",
        "pub",
        "raise",
        "return",
        "self",
        "select",
        "static",
        "struct",
        "super",
        "switch",
        "this",
        "throw",
        "trait",
        "try",
        "type",
        "use",
        "var",
        "void",
        "while",
        "with",
        "yield",
        "true",
        "false",
        "none",
        "abs",
        "all",
        "any",
        "bool",
        "bytes",
        "dict",
        "enumerate",
        "filter",
        "float",
        "format",
        "frozenset",
        "getattr",
        "hasattr",
        "int",
        "isinstance",
        "iter",
        "len",
        "list",
        "map",
        "max",
        "min",
        "next",
        "open",
        "print",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "setattr",
        "sorted",
        "str",
        "sum",
        "super",
        "tuple",
        "zip",
    ]
)
"""Words that stay what they are, in lower case: they make the shape of code."""

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?\*/)
      | (?P<text>(?:\"\"\".*?\"\"\"|'''.*?'''|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?|`[^`]*`))
      | (?P<figure>\d[\w.]*)
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)
"""A text that nobody closes ends with its line: looking for its end at each quote would take the
square of the length. Of `/*` see `_opened`."""


@dataclass(frozen=True, slots=True)
class Print:
    """One fingerprint, and where it is: file, first and last line, counted from 1."""

    hash: int
    file: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two are.

    Attributes:
        share: Of the fingerprints of the one that has fewer, 0..1.
        shared: Fingerprints in common.
    """

    share: Fraction
    shared: int

    @property
    def severity(self) -> str:
        """Either "serious", "notice", or "" for what is not worth showing."""
        if self.shared < SHARED_MIN or self.share < NOTICE:
            return ""
        return "serious" if self.share >= SERIOUS else "notice"


def prints_of(files: Mapping[str, str], without: Collection[int] = frozenset()) -> list[Print]:
    """The fingerprints of a tree, each hash once, in the order of files and lines.

    Args:
        files: Path -> text.
        without: Hashes that do not count: those of the starter.
    """
    found: dict[int, Print] = {}
    for path in sorted(files):
        for one in _winnowed(path, files[path]):
            if one.hash not in without:
                found.setdefault(one.hash, one)
    return list(found.values())


def hashes_of(prints: Iterable[Print]) -> frozenset[int]:
    """Their hashes."""
    return frozenset(one.hash for one in prints)


def common_to_many(others: Sequence[Collection[int]]) -> frozenset[int]:
    """Hashes that so many submissions have that nobody has them from somebody."""
    counts = Counter(value for one in others for value in one)
    least = max(Fraction(COMMON_MIN), COMMON_SHARE * len(others))
    return frozenset(value for value, count in counts.items() if count >= least)


def likeness(own: Collection[int], other: Collection[int]) -> Likeness:
    """How alike two sets of hashes are, what does not count taken out of both."""
    shared, smaller = len(set(own) & set(other)), min(len(own), len(other))
    return Likeness(Fraction(shared, smaller) if smaller else Fraction(0), shared)


def spans_of(prints: Iterable[Print], shared: Collection[int]) -> dict[str, list[tuple[int, int]]]:
    """File -> the lines that are in common, joined where they touch."""
    marked: dict[str, list[tuple[int, int]]] = {}
    for one in sorted(prints, key=lambda p: (p.file, p.first, p.last)):
        if one.hash in shared:
            _add(marked.setdefault(one.file, []), (one.first, one.last))
    return marked


def _add(spans: list[tuple[int, int]], new: tuple[int, int]) -> None:
    if spans and new[0] <= spans[-1][1] + 1:
        spans[-1] = (spans[-1][0], max(spans[-1][1], new[1]))
    else:
        spans.append(new)


def _winnowed(path: str, text: str) -> Iterator[Print]:
    """Of each window the least hash, the rightmost of equal ones; each chosen one once."""
    tokens = list(_tokens(text))
    hashes = [_hash(tokens[at : at + K]) for at in range(len(tokens) - K + 1)]
    for least in _least(hashes):
        yield Print(hashes[least], path, tokens[least][1], tokens[least + K - 1][1])


def _least(hashes: Sequence[int]) -> Iterator[int]:
    """Places of the chosen ones; of fewer than W hashes there is one window."""
    chosen = -1
    for start in range(max(min(1, len(hashes)), len(hashes) - W + 1)):
        last = min(start + W, len(hashes)) - 1
        if chosen < start:
            chosen = min(range(start, last + 1), key=lambda at: (hashes[at], -at))
        elif hashes[last] <= hashes[chosen]:
            chosen = last
        else:
            continue
        yield chosen


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Each token in its normal form, with its line. Comments and blanks are none."""
    whole, line, seen = _opened(text), 1, 0
    for found in _TOKEN.finditer(whole):
        line, seen = line + whole.count("\n", seen, found.start()), found.start()
        kind = found.lastgroup or ""
        if kind != "comment":
            yield _normal(kind, found[0]), line


def _opened(text: str) -> str:
    """The text without the beginnings of comments that have no end: their signs as two tokens."""
    closed, end, rest = text.rpartition("*/")
    return closed + end + rest.replace("/*", "/ *")


def _normal(kind: str, word: str) -> str:
    if kind == "name":
        return word.lower() if word.lower() in KEPT else "N"
    return {"text": "S", "figure": "0"}.get(kind, word)


def _hash(tokens: Sequence[tuple[str, int]]) -> int:
    run = " ".join(word for word, _ in tokens).encode()
    return int.from_bytes(hashlib.blake2b(run, digest_size=HASH_BYTES).digest())
