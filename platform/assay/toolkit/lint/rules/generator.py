"""Generated rows have a module that makes them, and every stage has one source of rows."""

import ast
from collections.abc import Iterator
from pathlib import Path

from assay.domain.challenge import Challenge
from assay.domain.generated import SETS
from assay.kit.tomlfile import Location
from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import essential

PARAMETERS = 4
MAKE = "make(seed, set, count, settings)"


def _check(draft: Draft) -> Iterator[Found]:
    if draft.challenge.generator is None:
        yield from _without_rows(draft)
        return
    yield from _module(draft, draft.root / draft.challenge.generator.module)
    yield from _sets(draft)
    yield from _two_sources(draft)


def _without_rows(draft: Draft) -> Iterator[Found]:
    for place, table, name, given in _sources(draft.challenge):
        if not given:
            yield draft.at(
                place, f"[{table}] has no {name}; name a file of rows, or add [generator]"
            )


def _module(draft: Draft, path: Path) -> Iterator[Found]:
    place = ("generator", "module")
    source = path / "__init__.py" if path.suffix != ".py" else path
    if not source.is_file():
        yield draft.at(place, f"there is no file {draft.name_of(source)!r}; write it with {MAKE}")
        return
    try:
        tree = ast.parse(source.read_text(errors="replace"))
    except SyntaxError as error:
        yield draft.on(draft.name_of(source), f"is no Python: {error.msg}; correct it")
        return
    if not any(_makes(node) for node in tree.body):
        yield draft.at(place, f"{draft.name_of(source)} has no {MAKE}; write it, or import it")


def _makes(node: ast.stmt) -> bool:
    """Whether it is the function, or the import of one of that name."""
    if isinstance(node, ast.FunctionDef):
        return node.name == "make" and len(node.args.args) == PARAMETERS
    if isinstance(node, ast.ImportFrom):
        return any((one.asname or one.name) == "make" for one in node.names)
    return False


def _sets(draft: Draft) -> Iterator[Found]:
    challenge, rules = draft.challenge, draft.challenge.generator
    sets = rules.sets if rules else {}
    for name in sets:
        if name not in SETS:
            yield draft.at(
                ("generator", "sets", name),
                f"no stage asks for set {name!r}; the sets are: {', '.join(SETS)} (those of "
                f"[[attacks]] are counted by their pairs)",
            )
    needed = {"quality": challenge.quality, "incidents": challenge.incidents}
    for name, table in needed.items():
        if table is not None and name not in sets:
            yield draft.at(("generator", "sets"), f"set {name!r} is missing; [{name}] sends it")
    if not {"load", "contract"} & sets.keys():
        yield draft.at(
            ("generator", "sets"), "sets load and contract are missing; services boot with one"
        )
    for name in rules.settings if rules else ():
        if name not in {*sets, *(one.set for one in challenge.attacks)}:
            yield draft.at(("generator", "settings", name), f"there is no set {name!r}; correct it")


def _two_sources(draft: Draft) -> Iterator[Found]:
    for place, table, name, given in _sources(draft.challenge):
        if given:
            yield draft.at(
                (*place, name),
                f"[generator] makes the rows, so {given!r} is never read; leave {name} out of "
                f"[{table}]",
            )
    rules = draft.challenge.incidents
    if rules and rules.fresh:
        yield draft.at(
            ("incidents", "fresh"), "generated rows are new already; leave [incidents.fresh] out"
        )


def _sources(challenge: Challenge) -> Iterator[tuple[Location, str, str, str]]:
    """Place and name of a table, name of its field, and the file that it names."""
    yield ("contract",), "contract", "rows", challenge.contract.rows
    if challenge.quality:
        yield ("quality",), "quality", "holdout", challenge.quality.holdout
    if challenge.incidents:
        yield ("incidents",), "incidents", "rows", challenge.incidents.rows


RULE = essential("generator", "Every stage has rows: from a file, or made by a module.", _check)
