"""Nothing grows until nobody dares to change it. Tests may hold long tables."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 400
LONGEST_FUNCTION = 60


def sources() -> Iterator[Path]:
    for folder in ("platform", "sandbox"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_files_are_shorter_than_four_hundred_lines() -> None:
    lengths = {p.relative_to(ROOT): len(p.read_text().splitlines()) for p in sources()}
    long = {str(path): lines for path, lines in lengths.items() if lines >= LONGEST_FILE}

    assert long == {}


def test_functions_are_no_longer_than_sixty_lines() -> None:
    long = [f"{p.relative_to(ROOT)}:{where}" for p in sources() for where in long_functions(p)]

    assert long == []


def long_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > LONGEST_FUNCTION:
                yield f"{node.lineno} {node.name}: {lines} lines"
