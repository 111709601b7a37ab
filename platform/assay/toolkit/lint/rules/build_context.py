"""The image is built from the tree and the base images that are named, and from nothing else."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.dockerfiles import Instruction, instructions, stage_names
from assay.toolkit.lint.rule import Rule, Severity

DOCKERFILE = "reference/Dockerfile"


def _check(draft: Draft) -> Iterator[Found]:
    path = draft.root / DOCKERFILE
    if not path.is_file():
        return
    found = instructions(path.read_text(errors="replace"))
    known = {*draft.challenge.build.base_images, *stage_names(found), "scratch"}
    for one in found:
        for told in _beyond(one, known):
            yield draft.on(DOCKERFILE, told, line=one.line)


def _beyond(one: Instruction, known: set[str]) -> Iterator[str]:
    if one.keyword == "FROM" and one.words and one.words[0] not in known:
        yield f"builds on {one.words[0]!r}, which [build] base_images does not name; add it there"
    if one.keyword in ("COPY", "ADD"):
        yield from _copies(one, known)
    if one.keyword == "RUN" and any(word.startswith("--mount") for word in one.words):
        yield "mounts something into the build, which is refused; COPY it from the tree"


def _copies(one: Instruction, known: set[str]) -> Iterator[str]:
    other = one.flags.get("from")
    if other is not None:
        if other not in known and not other.isdigit():
            yield f"copies from {other!r}, which is no stage and no base image; use one that is"
        return
    for source in one.words[:-1]:
        if "://" in source or source.startswith("git@"):
            yield f"fetches {source!r}, and builds have no network; commit the file"
        elif ".." in PurePosixPath(source).parts:
            yield f"copies {source!r} from outside the tree; move it into reference/"


RULE = Rule(
    "build-context",
    Severity.ERROR,
    "The image is built from the tree and named bases alone.",
    _check,
)
