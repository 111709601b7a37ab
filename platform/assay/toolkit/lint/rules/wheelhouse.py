"""Packages a build can install have one version and a hash, and all that are needed are there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.rule import Rule, Severity

PIN = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")
REQUIREMENTS = "requirements*.txt"


@dataclass(slots=True)
class _Entry:
    line: int
    text: str


def _check(draft: Draft) -> Iterator[Found]:
    name = draft.challenge.build.wheelhouse
    path = draft.root / name
    if not path.is_file():
        return
    pinned: set[tuple[str, str]] = set()
    for entry in _entries(path.read_text(errors="replace")):
        pin = PIN.match(entry.text)
        if pin is None:
            yield draft.on(
                name,
                f"has {entry.text.split()[0]!r}, which is no package with one version; write "
                f"`name==version` with its hashes",
                line=entry.line,
            )
        elif not HASH.search(entry.text):
            yield draft.on(
                name, f"has {pin['name']} without a --hash=sha256:...; add it", line=entry.line
            )
        if pin:
            pinned.add((_plain(pin["name"]), pin["version"]))
    yield from _lacking(draft, pinned)


def _lacking(draft: Draft, pinned: set[tuple[str, str]]) -> Iterator[Found]:
    """What the reference asks for and cannot get: it would not build."""
    for path in sorted(draft.reference.glob(REQUIREMENTS)):
        for entry in _entries(path.read_text(errors="replace")):
            pin = PIN.match(entry.text)
            if pin and (_plain(pin["name"]), pin["version"]) not in pinned:
                yield draft.on(
                    draft.name_of(path),
                    f"needs {pin.group()}, which is not in the wheelhouse; add it there",
                    line=entry.line,
                )


def _entries(text: str) -> Iterator[_Entry]:
    """Requirements, continuation lines joined; comments and blank lines are none."""
    entry: _Entry | None = None
    for number, line in enumerate(text.splitlines(), 1):
        plain = line.split(" #")[0].strip()
        if entry is None and (not plain or plain.startswith("#")):
            continue
        entry = entry or _Entry(number, "")
        entry.text += " " + plain.rstrip("\\").strip()
        if not plain.endswith("\\"):
            yield _Entry(entry.line, entry.text.strip())
            entry = None


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


RULE = Rule(
    "wheelhouse",
    Severity.ERROR,
    "Packages are pinned with hashes, and all needed are there.",
    _check,
)
