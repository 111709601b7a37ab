"""What a candidate should do now, in a title and a sentence. Pure words, no database."""

from collections.abc import Sequence
from dataclasses import dataclass

from assay.domain.lifecycle import EvaluationState
from assay.web.pages.sitting import PushRow
from assay.web.words import counted


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do next, and why."""

    title: str
    words: str


def next_step(pushes: Sequence[PushRow], *, runs_left: int, mends: int) -> NextStep:
    """What to do next.

    Args:
        pushes: The newest first.
        runs_left: Practice runs.
        mends: How many things to mend are shown beside it.
    """
    if not pushes:
        return _first_push(runs_left)
    last = pushes[0]
    if last.evaluation and not last.evaluation.ended:
        return NextStep(
            f"Push #{last.number} is on its way",
            "You need not wait for it: go on working, and push again when it is worth it.",
        )
    if last.evaluation and last.evaluation.state is EvaluationState.PLATFORM_FAULT:
        return NextStep(
            "Go on working: something failed on our side",
            f"Push #{last.number} could not be measured. It cost you no practice run and no "
            "point, and somebody has been told.",
        )
    return _again(last, runs_left, mends)


def _first_push(runs_left: int) -> NextStep:
    if not runs_left:
        return NextStep(
            "Get your repository, and push your work",
            "There are no practice runs here: your last push is measured once, at the end.",
        )
    return NextStep(
        "Get your repository, and push it once as it is",
        "The first result shows where the service stands and how everything works. "
        "It need not be good.",
    )


def _again(last: PushRow, runs_left: int, mends: int) -> NextStep:
    if not runs_left:
        return NextStep(
            "Your practice runs are used up",
            f"You can still push. Your last push, now #{last.number}, is measured at the end, "
            "and that result counts.",
        )
    left = f"You have {counted(runs_left, 'practice run')} left."
    if mends:
        return NextStep("Mend what is worth most, then push again", left)
    if last.evaluation and last.evaluation.score is not None and last.evaluation.score >= 100:
        return NextStep(
            "Nothing that is measured is left to mend",
            f"Your last push, #{last.number}, counts. Finish when you like.",
        )
    return NextStep("Improve the service, then push again", left)
