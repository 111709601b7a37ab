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
            sources, destination = one.words[:-1], one.words[-1:]
            copied |= {*map(_path, sources), *filter(None, map(_path, destination))}
        for name in sorted(n for n in _deleted(one) if _is_copied(draft, n, copied)):
            yield draft.on(
                DOCKERFILE,
                f"deletes {name!r}, which an earlier layer keeps for whoever unpacks the image; "
                f"copy it in another stage, or not at all",
                line=one.line,
            )


def _deleted(one: Instruction) -> set[str]:
    if one.keyword != "RUN" or "rm" not in one.words:
        return set()
    words = one.words[one.words.index("rm") + 1 :]
    return {_path(word) for word in words if not word.startswith("-")}


def _path(word: str) -> str:
    """As written, without what makes no difference; "" is the directory of work."""
    return word.rstrip(";/").removeprefix("./").removesuffix(".")


def _is_copied(draft: Draft, name: str, copied: set[str]) -> bool:
    """Whether it is what was copied, or a part of it. Who copies "." copies what is there."""
    if "" in copied and not name.startswith("/") and (draft.reference / name).exists():
        return True
    names = {name, name.lstrip("/")}  # what is copied to "/" is deleted as "/it"
    return any(place and f"{one}/".startswith(f"{place}/") for place in copied for one in names)


RULE = Rule("image-layers", Severity.WARNING, "No layer deletes what an earlier one keeps.", _check)
