"""A generator makes the same rows of the same seed, wherever it runs: a result can be had again."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import files_of
from assay.toolkit.lint.rule import Rule, Severity

OUTSIDE = frozenset({"socket", "subprocess", "ssl", "urllib", "http", "ctypes", "multiprocessing"})
"""Modules of the standard library with which nothing comes from the seed."""
CHANCE = frozenset(
    {
        "time.time", "time.monotonic", "time.perf_counter", "datetime.now", "datetime.utcnow",
        "datetime.today", "date.today", "os.urandom", "os.getpid", "uuid.uuid1", "uuid.uuid4",
        "random.random", "random.randint", "random.choice", "random.choices", "random.shuffle",
        "random.sample", "random.uniform", "random.gauss", "random.seed", "random.randrange",
        "random.SystemRandom",
    }
)  # fmt: skip
"""Calls that answer differently from one run to the next."""


def _check(draft: Draft) -> Iterator[Found]:
    rules = draft.challenge.generator
    path = draft.root / rules.module if rules else draft.root
    if rules is None or not path.exists():
        return
    own = {one.stem for one in draft.harness.iterdir()}
    for source in [path] if path.is_file() else files_of(path):
        if source.suffix == ".py":
            yield from _of_file(draft, source, own)


def _of_file(draft: Draft, source: Path, own: set[str]) -> Iterator[Found]:
    try:
        tree = ast.parse(source.read_text(errors="replace"))
    except SyntaxError as error:
        line = error.lineno or 0
        yield draft.on(draft.name_of(source), f"is no Python: {error.msg}; correct it", line=line)
        return
    for node in ast.walk(tree):
        if told := _impure(node, own):
            line = getattr(node, "lineno", 0)
            yield draft.on(draft.name_of(source), told, line=line)


def _impure(node: ast.AST, own: set[str]) -> str:
    """Why a node makes rows depend on more than the seed, "" if it does not."""
    for name in _imported(node):
        if name in OUTSIDE:
            return f"imports {name}, which reaches outside; rows come from the seed alone"
        if name not in sys.stdlib_module_names and name not in own:
            return f"imports {name}, which is not there when rows are made; use the standard one"
    called = _taken(node) or _called(node)
    if called in CHANCE or (called == "random.Random" and not _arguments(node)):
        return f"uses {called}, which is another in every run; draw from random.Random(seed)"
    if called == "hash":
        return "calls hash, which is another in other versions of Python; use hashlib"
    return ""


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [one.name.partition(".")[0] for one in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [(node.module or "").partition(".")[0]]
    return []


def _taken(node: ast.AST) -> str:
    """The name of a module with the first of what is imported from it that is chance."""
    if not isinstance(node, ast.ImportFrom):
        return ""
    names = (f"{node.module}.{one.name}" for one in node.names)
    return next((name for name in names if name in CHANCE), "")


def _called(node: ast.AST) -> str:
    """The last two names of what is called: "random.choice" of `random.choice(...)`."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    if isinstance(function, ast.Name):
        return function.id
    if not isinstance(function, ast.Attribute):
        return ""
    owner = function.value
    before = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
    return f"{before}.{function.attr}"


def _arguments(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and bool(node.args or node.keywords)


RULE = Rule("impure-generator", Severity.ERROR, "Generated rows come from the seed alone.", _check)
