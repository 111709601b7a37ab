"""The text files of a submission, read once with limits; binary and huge files are left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TEXT_BYTES_MAX = 512 * 1024


@dataclass(frozen=True, slots=True)
class Tree:
    """Relative path -> text of the file.

    Attributes:
        texts: Only files that are text and not larger than 512 KiB.
        names: All files.
    """

    texts: Mapping[str, str]
    names: tuple[str, ...]

    @classmethod
    def read(cls, root: Path) -> "Tree":
        """Read a directory that holds plain files only (the export guarantees it)."""
        files = sorted(p for p in root.rglob("*") if p.is_file())
        texts = {str(p.relative_to(root)): t for p in files if (t := _text(p)) is not None}
        return cls(texts, tuple(str(p.relative_to(root)) for p in files))


def _text(path: Path) -> str | None:
    if path.stat().st_size > TEXT_BYTES_MAX:
        return None
    data = path.read_bytes()
    return None if b"\0" in data else data.decode(errors="replace")
