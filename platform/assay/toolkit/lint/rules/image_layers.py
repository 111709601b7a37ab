"""What one layer copies and a later one deletes is still in the image."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.dockerfiles import Instruction, instructions
from assay.toolkit.lint.rule import Rule, Severity
from assay.toolkit.lint.rules.build_context import DOCKERFILE


def _check(draft: Draft) -> Iterator[Found]:
    path = draft.root / DOCKERFILE
    copied: set[str] = set()
    for one in instructions(path.read_text(errors="replace")) if path.is_file() else ():
        if one.keyword == "FROM":
            copied = set()
        if one.keyword in ("COPY", "ADD"):
            copied |= {source.strip("./") for source in one.words[:-1]}
        for name in _deleted(one) & copied:
            yield draft.on(
                DOCKERFILE,
                f"deletes {name!r}, which an earlier layer keeps for whoever unpacks the image; "
                f"copy it in another stage, or not at all",
                line=one.line,
            )


def _deleted(one: Instruction) -> set[str]:
    if one.keyword != "RUN" or "rm" not in one.words:
        return set()
    return {word.strip("./;") for word in one.words[one.words.index("rm") + 1 :]}


RULE = Rule("image-layers", Severity.WARNING, "No layer deletes what an earlier one keeps.", _check)
