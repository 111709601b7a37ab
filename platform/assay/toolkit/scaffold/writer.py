"""Writes a small, complete challenge that proves green as it is: its author changes what works.

The files are in `templates/`, each with `.tmpl` behind its name: no tool takes them for ours.
"""

import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from assay.domain.challenge import Slug
from assay.domain.errors import BadInput, Problem
from assay.toolkit.brief import write_tables
from assay.toolkit.files import SPEC

SUFFIX = ".tmpl"
TITLE_MAX = 120


def write_scaffold(name: str, title: str, into: Path) -> Path:
    """Write the challenge into a new directory `into/name`, wholly or not at all.

    Args:
        name: Its slug: lower-case words with hyphens between.
        title: What people read; made from the name if empty.
        into: Made if it is not there.

    Returns:
        The directory.

    Raises:
        BadInput: the name or the title cannot be used, or the name is taken.
    """
    told = title.strip() or name.replace("-", " ").capitalize()
    problems = [*_name_problems(name, into), *_title_problems(told)]
    if problems:
        raise BadInput(*problems)
    into.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".new-", dir=into))
    try:
        _write(draft, name, told)
        draft.chmod(0o755)
        return draft.rename(into / name)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def scaffold_files(name: str, title: str) -> dict[str, str]:
    """Path -> text of every file, tables of the brief excepted."""
    found = {}
    for path, text in _templates(files(__package__) / "templates", ""):
        known = json.dumps(title)[1:-1] if path == SPEC else title
        found[path] = text.replace("__ID__", name).replace("__TITLE__", known)
    return found


def _write(directory: Path, name: str, title: str) -> None:
    for path, text in scaffold_files(name, title).items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    write_tables(directory)


def _templates(folder: Traversable, above: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _templates(entry, f"{above}{entry.name}/")
        elif entry.name.endswith(SUFFIX):
            yield above + entry.name.removesuffix(SUFFIX), entry.read_text(encoding="utf-8")


def _name_problems(name: str, into: Path) -> Iterator[Problem]:
    try:
        TypeAdapter(Slug).validate_python(name)
    except ValidationError:
        yield Problem(
            f"{name!r} cannot name a challenge; write lower-case words with hyphens between, at "
            f"most 60 characters: parcel-delays"
        )
        return
    if (into / name).exists():
        yield Problem("is there already; choose another name, or delete it", str(into / name))
    for spec in sorted(into.glob(f"*/{SPEC}")):
        if _id_in(spec) == name and spec.parent.name != name:
            yield Problem(f"has the id {name!r} already; choose another name", str(spec))


def _title_problems(title: str) -> Iterator[Problem]:
    if len(title) > TITLE_MAX or not title.isprintable() or re.search(r"[<>]", title):
        yield Problem(
            f"the title must be one line of at most {TITLE_MAX} characters without < and >"
        )


def _id_in(spec: Path) -> object:
    """The id a challenge gives itself; None if it cannot be read, which is another's problem."""
    try:
        return tomllib.loads(spec.read_text(encoding="utf-8")).get("id")
    except (OSError, ValueError):
        return None
