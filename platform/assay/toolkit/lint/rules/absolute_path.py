"""Nothing names a folder of the author's machine: nobody else has it."""

import re
from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.files import files_of
from assay.toolkit.lint.rule import Rule, Severity

AT_HOME = re.compile(r"(?<![\w$}.])(?:/home/[a-z_][\w.-]*|/Users/[\w.-]+|[A-Z]:\\+Users\\+[\w.-]+)")
BYTES_MAX = 256 * 1024
"""Data is longer, and no place for paths."""


def _check(draft: Draft) -> Iterator[Found]:
    for path in files_of(draft.root):
        content = path.read_bytes()
        if len(content) > BYTES_MAX or b"\0" in content:
            continue
        for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
            if found := AT_HOME.search(line):
                yield draft.on(
                    draft.name_of(path),
                    f"names {found.group()!r}, a folder of one machine; write a relative path",
                    line=number,
                )


RULE = Rule("absolute-path", Severity.WARNING, "No file names a folder of one machine.", _check)
