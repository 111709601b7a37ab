"""The data of a challenge, and what DATA.md says of it."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assay.toolkit.draft import Draft
from assay.toolkit.files import files_of

SHEET = "DATA.md"
DATA = frozenset(
    {
        ".csv",
        ".tsv",
        ".jsonl",
        ".ndjson",
        ".parquet",
        ".feather",
        ".arrow",
        ".npy",
        ".npz",
        ".pkl",
        ".joblib",
        ".onnx",
        ".bin",
        ".gz",
        ".zip",
    }
)
SHA256 = re.compile(r"\b[0-9a-f]{64}\b")


@dataclass(frozen=True, slots=True)
class Entry:
    """What DATA.md says of one file.

    Attributes:
        line: Where it names it, 0 if nowhere.
        sha256: As it says, "" if it does not.
    """

    line: int
    sha256: str


def data_files(draft: Draft) -> list[Path]:
    """Data of the reference and of the harness; a known answer has the reference's."""
    folders = (draft.reference, draft.harness)
    return [path for folder in folders for path in files_of(folder) if path.suffix in DATA]


def sheet_of(draft: Draft) -> str | None:
    """The text of DATA.md, None if there is none."""
    path = draft.root / SHEET
    return path.read_text(errors="replace") if path.is_file() else None


def entry_of(sheet: str, name: str) -> Entry:
    """What DATA.md says of a file, by its path within the package."""
    return next(_entries(sheet, name), Entry(0, ""))


def sha256_of(path: Path) -> str:
    """Of its content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _entries(sheet: str, name: str) -> Iterator[Entry]:
    """Lines that name the file; first those that have a sum."""
    lines = [(n, text) for n, text in enumerate(sheet.splitlines(), 1) if f"`{name}`" in text]
    for number, text in lines:
        if found := SHA256.search(text):
            yield Entry(number, found.group())
    yield from (Entry(number, "") for number, _ in lines)
