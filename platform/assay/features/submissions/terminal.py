"""What somebody reads in their terminal while their push is judged. Pure."""

from collections import deque
from collections.abc import Iterator

from assay.domain.lifecycle import EvaluationState
from assay.domain.mends import Mend
from assay.features.submissions.events import QUEUE
from assay.features.submissions.pushes import Line
from assay.features.submissions.views import (
    AreaFeedback,
    EvaluationView,
    EventView,
    Feedback,
    Live,
    StageView,
)
from assay.kit.text import one_line

STEP_EVERY_S = 5.0
"""Between two lines about the progress of one stage."""
SAME_EVERY_S = 20.0
"""Between two lines that say the same but for the count: a timeline of four minutes would else fill
the screen with them."""
CANDIDATE_FAULT = "candidate fault"
"""How the last event of a stage begins that the submission ended."""
LOG_LINES = 20
"""Of what a stage printed, shown when it fails: why a build fails stands in its last lines."""
LOG_LINE_MAX = 200
"""Characters: three rows of a terminal. The page has the whole line."""
TITLE_MAX = 34
"""Width of the names of areas, so that figures stand below each other."""


class Narrator:
    """Tells what is new since it last looked. One for each push that is followed."""

    def __init__(self) -> None:
        self.seen_event_id = 0
        self._position: int | None = None
        self._stepped_s = 0.0
        self._step = ""
        self._printed = deque[str](maxlen=LOG_LINES)

    def tell(self, live: Live) -> list[Line]:
        """The lines of what happened meanwhile."""
        lines = [*self._queue(live.evaluation)]
        stages = {stage.stage: stage for stage in live.stages}
        for event in live.events:
            lines += self._event(event, stages.get(event.stage))
        self.seen_event_id = live.last_event_id
        return lines

    def _queue(self, evaluation: EvaluationView) -> Iterator[Line]:
        before, self._position = self._position, evaluation.position
        if evaluation.position is not None and evaluation.position != before:
            yield Line(f"[{QUEUE}] {_waiting(evaluation.position)}", "muted")

    def _event(self, event: EventView, stage: StageView | None) -> Iterator[Line]:
        tag = f"[{event.stage}]"
        if event.stage == QUEUE:
            yield Line(f"{tag} {event.detail}", "warning")
        elif event.state == "log":
            self._printed.append(event.detail)
        elif event.state == "start":
            self._stepped_s, self._step = event.elapsed_s, ""
            self._printed.clear()
            about = f", about {event.expected_s:.0f} s" if event.expected_s else ""
            yield Line(f"{tag} started{about}")
        elif event.state == "end":
            yield from self._last_words(event)
            yield _ended(tag, event.detail, stage)
        elif event.state == "step" and self._is_time(event):
            self._stepped_s, self._step = event.elapsed_s, event.detail
            count = f" ({event.done} of {event.total})" if event.total else ""
            yield Line(f"{tag} {event.detail}{count}", "muted")

    def _last_words(self, event: EventView) -> Iterator[Line]:
        """What a stage printed before the submission ended it."""
        if event.detail.startswith(CANDIDATE_FAULT) and self._printed:
            yield Line(f"[{event.stage}] its last lines:", "muted")
            yield from (Line(one_line(text, LOG_LINE_MAX), "muted") for text in self._printed)

    def _is_time(self, event: EventView) -> bool:
        least_s = SAME_EVERY_S if event.detail == self._step else STEP_EVERY_S
        return bool(event.detail) and event.elapsed_s - self._stepped_s >= least_s


def greeting(number: int, run: int, runs_max: int) -> Line:
    """What is said of a push that is judged."""
    return Line(
        f"Push {number} is practice run {run} of {runs_max}. Close the terminal if you like: "
        "that stops nothing."
    )


def not_judged(number: int, runs_max: int, deadline: str) -> list[Line]:
    """What is said of a push for which no practice run is left."""
    return [
        Line(
            f"All {runs_max} practice runs are used, so push {number} gets no feedback.", "warning"
        ),
        Line(
            "It is kept all the same: the last push is what counts, and its sealed evaluation "
            f"begins when you press Finish, or at {deadline}."
        ),
    ]


def just_in_time(number: int) -> Line:
    """What is said of a push that git took just before the sitting ended."""
    return Line(f"The assessment ended while push {number} arrived: it is the one that counts.")


def too_late(number: int) -> Line:
    """What is said of a push of which we hear when its sitting is closed for good."""
    return Line(
        f"The assessment was closed while push {number} arrived: it is kept, and does not count.",
        "bad",
    )


def verdict(evaluation: EvaluationView, feedback: Feedback | None, link: str) -> list[Line]:
    """The last lines: what came of it."""
    if feedback:
        return [*_result(evaluation, feedback), Line(f"Every line of it: {link}")]
    return [_end_without_result(evaluation), Line(link)]


def _waiting(position: int) -> str:
    if position == 1:
        return "next"
    return f"{position - 1} {'evaluation is' if position == 2 else 'evaluations are'} before yours"


def _ended(tag: str, detail: str, stage: StageView | None) -> Line:
    took = f" in {stage.seconds:.0f} s" if stage else ""
    how, _, why = detail.partition(": ")
    match how:
        case "done":
            return Line(f"{tag} done{took}", "good")
        case _ if how == CANDIDATE_FAULT:
            return Line(f"{tag} {why}", "bad")
        case "platform fault":
            return Line(f"{tag} failed on our side: {why}", "warning")
        case _:
            return Line(f"{tag} {detail}", "muted")


def _end_without_result(evaluation: EvaluationView) -> Line:
    match evaluation.state:
        case EvaluationState.SUPERSEDED:
            return Line(f"Not judged: {evaluation.message}.", "warning")
        case EvaluationState.CANCELLED:
            return Line(f"Not judged: {evaluation.message}. It costs no practice run.", "warning")
        case EvaluationState.PLATFORM_FAULT:
            return Line(
                f"We could not carry this out ({evaluation.message}). That is our fault: it costs "
                "no practice run, and whoever invited you has been told.", "bad",
            )  # fmt: skip
        case _:
            return Line(f"It is {evaluation.state.value}: {evaluation.message}")


def _result(evaluation: EvaluationView, feedback: Feedback) -> Iterator[Line]:
    yield Line(_headline(feedback), "title")
    if evaluation.message:
        yield Line(evaluation.message)
    for area in feedback.areas:
        yield _area(area)
    if feedback.mend:
        yield Line("Worth mending first:", "title")
    for number, mend in enumerate(feedback.mend, 1):
        yield _mend(number, mend)


def _headline(feedback: Feedback) -> str:
    if feedback.total is None:
        return "No score: what it needs was not measured."
    against = ""
    if feedback.previous and feedback.change is not None:
        against = f" ({_signed(feedback.change)} against push {feedback.previous.number})"
    partly = "" if feedback.status == "complete" else ", as far as it was measured"
    return f"Practice result: {feedback.total:.1f} of 100{partly}{against}"


def _area(area: AreaFeedback) -> Line:
    title = area.title if len(area.title) <= TITLE_MAX else f"{area.title[: TITLE_MAX - 1]}…"
    change = f"  {_signed(area.change)}" if area.change else ""
    return Line(f"{title:<{TITLE_MAX}} {area.points:5.1f} of {area.max:>3}{change}")


def _mend(number: int, mend: Mend) -> Line:
    worth = "nothing counts without it" if mend.worth is None else f"worth {mend.worth:.1f} points"
    advice = f": {mend.advice}" if mend.advice else ""
    return Line(f"{number}. {mend.title} ({worth}){advice}")


def _signed(change: float) -> str:
    return f"{change:+.1f}".replace("-", "\N{MINUS SIGN}")
