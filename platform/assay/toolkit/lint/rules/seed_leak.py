"""No seed is known to candidates: with one, hidden rows and the sealed run can be made anew."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import files_of
from assay.toolkit.lint.given import given
from assay.toolkit.lint.rule import Rule, Severity

OURS = re.compile(r"\b(?:sealed|practice)[ _-]?seed\b|\bASSAY_\w*SEED\w*", re.IGNORECASE)
IS_SEED = re.compile(
    r"seed|random_?state$|(?:^|\.)(?:Random|default_rng|PCG64|MT19937|Philox|SFC64)$", re.IGNORECASE
)
COMMON_BELOW = 1000
"""Everybody uses 0, 1, 7 and 42: such a number names no other seed."""
_NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?![\w.])")


def _check(draft: Draft) -> Iterator[Found]:
    seeds = dict(_seeds(draft))
    for one in given(draft):
        for number, text in one.lines:
            if found := OURS.search(text):
                yield draft.on(
                    one.file, f"names {found.group()!r}, which is ours; take it out", line=number
                )
            for seed in _numbers(text) & seeds.keys():
                yield draft.on(
                    one.file,
                    f"has {seed}, the seed that {seeds[seed]} draws hidden data with; use another",
                    line=number,
                )
    yield from _printed(draft)


def _seeds(draft: Draft) -> Iterator[tuple[int, str]]:
    """Seed -> file, of everything that makes hidden data."""
    for folder in ("harness", "tools"):
        for path in files_of(draft.root / folder):
            for seed in _assigned(path) if path.suffix == ".py" else ():
                yield seed, draft.name_of(path)


def _assigned(path: Path) -> Iterator[int]:
    for node in ast.walk(_tree(path)):
        named: list[tuple[str, ast.expr]] = []
        if isinstance(node, ast.Assign):
            named = [(ast.unparse(target), node.value) for target in node.targets]
        if isinstance(node, ast.AnnAssign) and node.value:
            named = [(ast.unparse(node.target), node.value)]
        if isinstance(node, ast.arguments):
            named = _defaults(node)
        if isinstance(node, ast.keyword) and node.arg:
            named = [(node.arg, node.value)]
        if isinstance(node, ast.Call) and node.args:
            named = [(ast.unparse(node.func), node.args[0])]
        yield from (seed for name, value in named for seed in _seed(name, value))


def _defaults(node: ast.arguments) -> list[tuple[str, ast.expr]]:
    """Parameter and default; the last positional ones have them."""
    positional = [*node.posonlyargs, *node.args]
    defaults = [*zip(positional[::-1], node.defaults[::-1], strict=False)]
    defaults += [
        (one, value) for one, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value
    ]
    return [(one.arg, value) for one, value in defaults]


def _seed(name: str, value: ast.expr) -> Iterator[int]:
    """The number given to `SEED`, `seed=`, `random_state=`, `Random(...)`, `default_rng(...)`."""
    is_seed = IS_SEED.search(name)
    number = value.value if isinstance(value, ast.Constant) else None
    if is_seed and type(number) is int and number >= COMMON_BELOW:
        yield number


def _printed(draft: Draft) -> Iterator[Found]:
    """Hidden tests tell candidates what they print and why they fail."""
    for path in files_of(draft.harness):
        for node in ast.walk(_tree(path)) if path.suffix == ".py" else ():
            said = node.msg if isinstance(node, ast.Assert) else None
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "pytest.fail"):
                said = ast.Tuple(list(node.args))
            names = {one.id for one in ast.walk(said) if isinstance(one, ast.Name)} if said else ()
            if any("seed" in name.lower() for name in names):
                yield draft.on(
                    draft.name_of(path),
                    "tells candidates the seed of their evaluation; leave it out of the message",
                    line=getattr(node, "lineno", 0),
                )


def _tree(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_text(errors="replace"))
    except SyntaxError:
        return ast.Module([], [])


def _numbers(text: str) -> set[int]:
    return {int(found.replace("_", "")) for found in _NUMBER.findall(text) if len(found) < 20}


RULE = Rule(
    "seed-leak",
    Severity.ERROR,
    "No candidate knows a seed of hidden data or of an evaluation.",
    _check,
    silenceable=False,
)
