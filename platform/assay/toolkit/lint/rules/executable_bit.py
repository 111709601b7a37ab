"""Only programs are executable: a stray bit makes trees differ that are the same."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import files_of
from assay.toolkit.lint.patches import read_patch
from assay.toolkit.lint.rule import Rule, Severity

EXECUTABLE = "100755"


def _check(draft: Draft) -> Iterator[Found]:
    for path in files_of(draft.root):
        if path.stat().st_mode & 0o111 and not path.read_bytes().startswith(b"#!"):
            yield draft.on(
                draft.name_of(path), "is executable and no script; `chmod -x` it, or add a `#!`"
            )
    for _, _, fault, patch in draft.planted():
        for one in read_patch(patch) if patch.is_file() else ():
            if EXECUTABLE in one.modes and not any(t.startswith("#!") for _, t in one.added):
                yield draft.on(
                    draft.name_of(patch),
                    f"makes {one.name} executable, which is no script; make it again without",
                    line=one.line,
                    subject=f"fault.{fault.id}",
                )


RULE = Rule("executable-bit", Severity.WARNING, "Only scripts are executable.", _check)
