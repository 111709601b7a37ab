"""Fresh copies of the scaffold to break, and what one rule finds in them."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from assay.toolkit.lint.registry import RULES
from assay.toolkit.reading import read_draft
from assay.toolkit.scaffold.writer import scaffold_files, write_scaffold

NAME = "late-parcels"


def fresh_scaffold(into: Path) -> Path:
    """The scaffold as an author gets it."""
    for name, text in _files().items():
        path = into / NAME / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return into / NAME


@cache
def _files() -> dict[str, str]:
    """Path -> text, with the tables of the brief."""
    with TemporaryDirectory() as scratch:
        root = write_scaffold(NAME, "", Path(scratch))
        found = {name: (root / name).read_text() for name in scaffold_files(NAME, "")}
    return found


def found_by(rule: str, root: Path) -> list[str]:
    """What one rule finds, as `file:line: message` within the package."""
    found = RULES[rule].check(read_draft(root))
    return [str(one).removeprefix(f"{root}/") for one in found]
