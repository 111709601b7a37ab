"""A candidate is told how long it takes, how long there is, and how many tries."""

from collections.abc import Iterator

from assay.toolkit.draft import Draft, Found
from assay.toolkit.lint.prose import Prose
from assay.toolkit.lint.rule import Rule, Severity

HOURS_PER_DAY, MINUTES_PER_HOUR = 24, 60


def _check(draft: Draft) -> Iterator[Found]:
    box = draft.challenge.time_box
    if box.expected_hours > box.limit_hours:
        yield draft.at(
            ("time_box", "limit_hours"),
            f"{box.expected_hours:g} hours of work do not fit into {box.limit_hours:g}; allow "
            f"more time, or ask for less",
        )
    if draft.brief is not None:
        yield from _unsaid(draft, Prose.of(draft.brief))


def _unsaid(draft: Draft, prose: Prose) -> Iterator[Found]:
    box = draft.challenge.time_box
    if not _says_hours(prose, box.expected_hours):
        yield draft.at(
            ("time_box", "expected_hours"),
            f"the brief gives no estimate of {box.expected_hours:g} hours of work; say honestly "
            f"how long it takes",
        )
    if not _says_hours(prose, box.limit_hours):
        yield draft.at(
            ("time_box", "limit_hours"),
            f"the brief does not say that there are {box.limit_hours:g} hours from Start; say it",
        )
    if box.practice_runs and not prose.says(box.practice_runs, "runs"):
        yield draft.at(
            ("time_box", "practice_runs"),
            f"the brief does not say that there are {box.practice_runs} practice runs; say it",
        )


def _says_hours(prose: Prose, hours: float) -> bool:
    return (
        prose.says(hours, "h")
        or prose.says(hours / HOURS_PER_DAY, "day")
        or prose.says(hours * MINUTES_PER_HOUR, "min")
    )


RULE = Rule(
    "time-box", Severity.ERROR, "The brief tells the time box: estimate, limit and runs.", _check
)
