"""What a known answer must score can be scored, and fits its kind."""

from collections.abc import Iterator
from pathlib import Path

from assay.domain.errors import BadInput, Problem
from assay.evaluation.plan import stages_of
from assay.kit.tomlfile import TomlError, read_toml
from assay.toolkit.draft import Draft, Found
from assay.toolkit.expectation import FULL, UNFLAGGED_MAX, Expectation, read_expectation
from assay.toolkit.files import EXPECTATION
from assay.toolkit.lint.rule import Rule, Severity


def _check(draft: Draft) -> Iterator[Found]:
    for path in sorted((draft.root / "answers").glob(f"*/*/{EXPECTATION}")):
        try:
            expected = read_expectation(path.parent)
        except BadInput as refusal:
            yield from (_told(draft, path, one) for one in refusal.problems)
            continue
        if expected.score_min == 0 and expected.score_max == 100:
            yield draft.on(
                draft.name_of(path),
                "any score from 0 to 100 would do, which proves nothing; narrow it",
                line=_line(path, "score_min"),
            )
        if expected.caught_by and expected.caught_by not in stages_of(draft.challenge):
            yield draft.on(
                draft.name_of(path),
                f"this challenge has no stage {expected.caught_by!r}; name one that it has",
                line=_line(path, "caught_by"),
            )
        if told := _unlike_its_kind(path.parent.parent.name, expected):
            yield draft.on(draft.name_of(path), told, line=_line(path, "score_max"))


def _told(draft: Draft, path: Path, problem: Problem) -> Found:
    """A contradiction of the two bounds stands where the second one is."""
    line = _line(path, "score_max") if "score_min is above" in problem.message else problem.line
    return draft.on(draft.name_of(path), problem.message, line=line)


def _unlike_its_kind(kind: str, expected: Expectation) -> str:
    if kind == "rejected" and expected.score_max == FULL:
        return "a rejected answer that may score 100 rejects nothing; lower score_max"
    if kind == "rejected" and expected.score_max > UNFLAGGED_MAX and not expected.flags:
        return (
            f"a rejected answer that raises no flag must not score more than {UNFLAGGED_MAX}: "
            f"nobody would be warned of it; lower score_max, or name its flags"
        )
    if kind == "accepted" and expected.score_min == 0:
        return "an accepted answer that may score 0 shows nothing; raise score_min"
    return ""


def _line(path: Path, key: str) -> int:
    try:
        return read_toml(path).line_of((key,))
    except TomlError as error:
        return error.line


RULE = Rule(
    "impossible-expectation", Severity.ERROR, "Known answers can score what they must.", _check
)
