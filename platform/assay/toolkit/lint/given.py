"""Everything a candidate receives, as numbered lines: what must not be found in here is a leak.

The starter is the reference with patches on it, so the reference's files and what each patch
adds are more than any one starter holds. The brief, the list of packages and the practice kit
are handed out as they are.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from assay.toolkit.draft import Draft
from assay.toolkit.files import BRIEF, files_of
from assay.toolkit.lint.patches import read_patch
from assay.toolkit.patching import throwaway_repository


@dataclass(frozen=True, slots=True)
class Given:
    """One file, or what one patch adds.

    Attributes:
        file: Path within the package.
        lines: Number and text; none of a binary file.
        content: What is hashed; b"" for a patch.
    """

    file: str
    lines: tuple[tuple[int, str], ...]
    content: bytes = b""

    @property
    def is_patch(self) -> bool:
        """Whether these are the additions of a patch."""
        return self.file.startswith("faults/")

    @property
    def text(self) -> str:
        """All lines as one text."""
        return "\n".join(text for _, text in self.lines)


def reference_files(draft: Draft) -> tuple[Given, ...]:
    """The files of the reference as git takes them: what .gitignore names is nobody's."""
    if not draft.reference.is_dir():
        return ()
    return tuple(_read(draft, draft.reference / name) for name in _tracked(draft))


def given(draft: Draft) -> tuple[Given, ...]:
    """Everything a candidate receives."""
    return (*reference_files(draft), *_additions(draft), *_handed_out(draft))


@lru_cache(maxsize=1)
def _tracked(draft: Draft) -> tuple[str, ...]:
    with throwaway_repository(draft.reference) as repository:
        return tuple(repository.names(repository.base))


def _additions(draft: Draft) -> tuple[Given, ...]:
    patches = [patch for _, _, _, patch in draft.planted() if patch.is_file()]
    return tuple(Given(draft.name_of(patch), _added(patch)) for patch in patches)


def _added(patch: Path) -> tuple[tuple[int, str], ...]:
    return tuple(line for file in read_patch(patch) for line in file.added)


def _handed_out(draft: Draft) -> tuple[Given, ...]:
    names = [BRIEF, draft.challenge.build.wheelhouse]
    paths = [draft.root / name for name in names if (draft.root / name).is_file()]
    kit = draft.challenge.practice.kit
    folder = (draft.root / kit.tests).parent if kit else None
    if folder is not None and folder.is_dir() and folder != draft.root:
        paths += files_of(folder)
    return tuple(_read(draft, path) for path in paths)


def _read(draft: Draft, path: Path) -> Given:
    """A file; a link, which another rule tells of, has no content of its own."""
    content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
    text = "" if b"\0" in content else content.decode(errors="replace")
    return Given(draft.name_of(path), tuple(enumerate(text.splitlines(), 1)), content)
