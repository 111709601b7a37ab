"""A known answer says what it must score; without, nothing is proven by it."""

from collections.abc import Iterator
from typing import get_args

from assay.toolkit.draft import Draft, Found
from assay.toolkit.expectation import AnswerKind
from assay.toolkit.files import EXPECTATION, LEFTOVERS
from assay.toolkit.lint.rule import Rule, Severity

KINDS = get_args(AnswerKind)


def _check(draft: Draft) -> Iterator[Found]:
    answers = draft.root / "answers"
    for kind in sorted(answers.iterdir()) if answers.is_dir() else ():
        if not kind.is_dir() or kind.name in LEFTOVERS:
            continue
        if kind.name not in KINDS:
            yield draft.on(
                draft.name_of(kind), f"is no kind of answer; use one of: {', '.join(KINDS)}"
            )
        for answer in sorted(path for path in kind.iterdir() if path.is_dir()):
            if not (answer / EXPECTATION).is_file():
                yield draft.on(
                    draft.name_of(answer),
                    f"has no {EXPECTATION}, so nothing would grade it; write about, score_min "
                    f"and score_max",
                )


RULE = Rule(
    "missing-expectation",
    Severity.ERROR,
    "Every known answer says what it must score.",
    _check,
    silenceable=False,
)
