"""Small edits of a challenge, each refusing to do nothing."""

from pathlib import Path

from assay.toolkit.brief import write_tables

SPEC, BRIEF = "challenge.toml", "BRIEF.md"


def replace(root: Path, name: str, old: str, new: str) -> None:
    """Replace the first occurrence of a text in a file of the challenge."""
    path = root / name
    text = path.read_text()
    assert old in text, f"{name} has no {old!r}"
    path.write_text(text.replace(old, new, 1))


def spec(root: Path, old: str, new: str, *, tables: bool = False) -> None:
    """Replace in challenge.toml; with `tables`, write the brief's tables anew."""
    replace(root, SPEC, old, new)
    if tables:
        write_tables(root)


def add(root: Path, name: str, text: str) -> None:
    """Write at the end of a file, which may be new."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.read_text() if path.exists() else ""
    path.write_text(before + text)


def line_of(root: Path, name: str, text: str, after: str = "") -> int:
    """Line of the first occurrence of a text, behind another one."""
    whole = (root / name).read_text()
    return whole[: whole.index(text, whole.index(after))].count("\n") + 1
