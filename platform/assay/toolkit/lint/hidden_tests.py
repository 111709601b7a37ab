"""The hidden suite as far as it can be read without running it."""

import ast
from dataclasses import dataclass
from pathlib import Path

MARKER = "criterion"


@dataclass(frozen=True, slots=True)
class HiddenTest:
    """One test function.

    Attributes:
        told: First line of its docstring, "" without one.
    """

    name: str
    line: int
    told: str


@dataclass(frozen=True, slots=True)
class HiddenSuite:
    """One file of tests.

    Attributes:
        markers: Criterion that is marked -> the line where it first is.
        error: Line and words of what stops Python from reading it, or None.
    """

    tests: tuple[HiddenTest, ...]
    markers: dict[str, int]
    error: tuple[int, str] | None = None


def read_suite(path: Path) -> HiddenSuite:
    """Read a file of tests."""
    try:
        tree = ast.parse(path.read_text(errors="replace"))
    except SyntaxError as error:
        return HiddenSuite((), {}, (error.lineno or 0, error.msg))
    nodes = list(ast.walk(tree))
    tests = [_test(n) for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    markers: dict[str, int] = {}
    for node in nodes:
        if (name := _marked(node)) is not None and isinstance(node, ast.Call):
            markers.setdefault(name, node.lineno)
    return HiddenSuite(tuple(t for t in tests if t.name.startswith("test_")), markers)


def _test(node: ast.FunctionDef | ast.AsyncFunctionDef) -> HiddenTest:
    doc = (ast.get_docstring(node) or "").strip().splitlines()
    return HiddenTest(node.name, node.lineno, doc[0] if doc else "")


def _marked(node: ast.AST) -> str | None:
    """The name in `pytest.mark.criterion("name")`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    first = node.args[0] if node.args else None
    if node.func.attr != MARKER or not isinstance(first, ast.Constant):
        return None
    return first.value if isinstance(first.value, str) else None
