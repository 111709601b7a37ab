"""What authors write is UTF-8: other programs read it, and so does the candidate."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import files_of
from assay.toolkit.lint.rule import essential

FOLDERS = ("harness", "practice", "reference", "tools")
SUFFIXES = (".md", ".py", ".toml")


def _check(draft: Draft) -> Iterator[Found]:
    paths = [
        *draft.root.glob("*.md"),
        *(p for name in FOLDERS for p in files_of(draft.root / name)),
    ]
    for path in sorted(paths):
        if path.suffix in SUFFIXES and path.is_file():
            content = path.read_bytes()
            try:
                content.decode()
            except UnicodeDecodeError as error:
                yield draft.on(
                    draft.name_of(path),
                    f"is not UTF-8: byte {content[error.start]:#04x}; save it as UTF-8",
                    line=content.count(b"\n", 0, error.start) + 1,
                )


RULE = essential("encoding", "Texts and programs of the package are UTF-8.", _check)
