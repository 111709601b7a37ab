"""Which names a submitted tree may hold, so that it means the same on every file system."""

import unicodedata
from dataclasses import dataclass, field

MAX_DEPTH = 20
MAX_PATH_BYTES = 1024
MAX_NAME_BYTES = 200
_REPOSITORY_NAMES = frozenset({".git", "git~1"})
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs"})  # control, format (right-to-left), private, surrogate


def name_problem(path: bytes) -> str | None:
    """What is wrong with a path (parts separated by `/`), or None."""
    try:
        text = path.decode("utf-8")
    except UnicodeDecodeError:
        return f"the name {shown(path)} is not UTF-8"
    parts = text.split("/")
    if len(parts) > MAX_DEPTH:
        return f"{shown(path)} is more than {MAX_DEPTH} directories deep"
    if len(path) > MAX_PATH_BYTES or any(len(part.encode()) > MAX_NAME_BYTES for part in parts):
        return f"the name {shown(path)} is too long"
    for part in parts:
        problem = _part_problem(part)
        if problem is not None:
            return f"the name {shown(path)} {problem}"
    return None


def _part_problem(part: str) -> str | None:
    if part in ("", ".", ".."):
        return "leads out of the tree"
    if part.rstrip(". ").lower() in _REPOSITORY_NAMES:
        return "belongs to git itself"
    if any(unicodedata.category(character) in _UNSEEN for character in part):
        return "holds characters that cannot be seen"
    if "\\" in part or ":" in part:
        return "holds a backslash or a colon"
    return None


def shown(path: bytes | str) -> str:
    """A path as it can safely be printed."""
    text = path.decode("utf-8", "backslashreplace") if isinstance(path, bytes) else path
    return ascii(text if len(text) <= 80 else f"{text[:79]}…")


@dataclass(slots=True)
class Namespace:
    """The names seen so far, to find two that some file systems take for one."""

    _seen: dict[str, str] = field(default_factory=dict)

    def collision(self, path: str) -> str | None:
        """Add a file's path; what it, or a directory above it, collides with, or None."""
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            prefix = "/".join(parts[:end])
            other = self._seen.setdefault(_folded(prefix), prefix)
            if other != prefix:
                return f"{shown(prefix)} and {shown(other)} are one name on some file systems"
        return None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
