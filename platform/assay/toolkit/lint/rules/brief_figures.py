"""A figure in the brief that nothing measures is a promise nobody keeps."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from assay.domain.timeline import RESET_MIN, SCRAPE_S, VIRTUAL_SCRAPE_S
from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import BRIEF, files_of
from assay.toolkit.lint.prose import Prose
from assay.toolkit.lint.rule import Rule, Severity

UNITS = ("ms", "s", "MiB", "rps")
"""Units in which services are measured; hours and minutes tell stories, too."""
ALWAYS_TRUE = (1.0, SCRAPE_S, VIRTUAL_SCRAPE_S, RESET_MIN)
"""Figures of Assay itself."""
MS_PER_S = 1000


def _check(draft: Draft) -> Iterator[Found]:
    if draft.brief is None:
        return
    known = {*ALWAYS_TRUE, *_numbers(draft.toml.data), *_model_numbers(draft), *_in_tests(draft)}
    prose = Prose.of(draft.brief)
    for figure in (one for unit in UNITS for one in prose.figures(unit)):
        same = _ways_to_say(figure.value, figure.unit)
        if not known.intersection(same):
            yield draft.on(
                BRIEF,
                f"says {figure.value:g} {figure.unit}, which neither challenge.toml nor a hidden "
                f"test knows; correct it, or measure it",
                line=figure.line,
            )


def _ways_to_say(value: float, unit: str) -> set[float]:
    factors = {"ms": (1 / MS_PER_S,), "s": (MS_PER_S,)}.get(unit, ())
    return {value, *(round(value * factor, 9) for factor in factors)}


def _numbers(value: object) -> Iterator[float]:
    """Every number of a document."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            yield from _numbers(one)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value)


def _model_numbers(draft: Draft) -> Iterator[float]:
    """Those that stand in no file because they are defaults."""
    yield from _numbers(draft.challenge.model_dump(exclude={"slot", "criterion", "incident"}))


def _in_tests(draft: Draft) -> Iterable[float]:
    paths = (path for path in files_of(draft.harness) if path.suffix == ".py")
    return [number for path in paths for number in _literals(path)]


def _literals(path: Path) -> Iterator[float]:
    try:
        tree = ast.parse(path.read_text(errors="replace"))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant):
            yield from _numbers(node.value)


RULE = Rule(
    "brief-figures", Severity.WARNING, "Figures in the brief are measured by something.", _check
)
