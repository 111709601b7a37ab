"""Questions about what went well, and about what a person should look at."""

from fractions import Fraction

from assay.domain.checks.wording import times
from assay.domain.questions.question import QUIET_WEIGHT, Question, Seen
from assay.domain.scorecard import FlagKind
from assay.domain.scoring import rounded

WELL = Fraction(95, 100)
SERIOUS_WEIGHT, NOTICE_WEIGHT = 40.0, 8.0
"""What looks like cheating is asked early: an innocent explanation should come early too."""
FASTER = 0.9

ASKED: dict[FlagKind, str] = {
    "memorised_answers": "how does your service arrive at an answer for a row it has never seen?",
    "answers_by_id": "what part does the id of a request play in the answer?",
    "callers_treated_differently": "what in a request, besides the row, changes what you do?",
    "cheaper_under_load": "what does the service do differently when many ask at once?",
    "turned_away_without_need": "when does the service refuse a request, and who set that limit?",
    "errors_told_as_success": "why does a caller get status 200 there, and who relies on it?",
    "made_up_metrics": "what exactly makes that counter go up?",
    "forged_series": "where do these series come from, and who is meant to read them?",
    "alerts_by_the_clock": "what does this alert look at, and when would it not fire?",
}
"""Flag -> a question that accuses nobody."""


def explain_a_flag(seen: Seen) -> Question | None:
    """The most serious flag, asked openly."""
    flag = next(iter(seen.card.flags), None)
    if flag is None:
        return None
    weight = SERIOUS_WEIGHT if flag.severity == "serious" else NOTICE_WEIGHT
    return Question(
        rule="explain_a_flag",
        text=f"{flag.reason} In your own words: {ASKED[flag.kind]}",
        why="A flag is no verdict. Ask openly and let them show the code: accidents explain "
        "themselves in a minute.",
        area="",
        criterion="",
        source=flag.evidence,
        weight=weight,
    )


def best_area(seen: Seen) -> Question | None:
    """Where next to nothing was lost: what it cost elsewhere."""
    whole = [area for area in seen.card.areas if area.max and area.points >= WELL * area.max]
    if not whole:
        return None
    best = max(whole, key=lambda area: area.max)
    return Question(
        rule="best_area",
        text=f"{best.title} got {rounded(best.points)} of {best.max} points: which alternative "
        f"did you try or rule out, and what did you give up elsewhere for it?",
        why="Good work that was chosen can be explained. Listen for the alternative; who found "
        "it by luck has none.",
        area=best.id,
        criterion="",
        source="",
        weight=QUIET_WEIGHT,
    )


def faster_than_reference(seen: Seen) -> Question | None:
    """It beats the reference: how?"""
    capacity = seen.evidence.capacity
    if capacity is None or capacity.throughput_ratio.low * FASTER < 1:
        return None
    ratio = capacity.throughput_ratio.value
    return seen.ask(
        "faster_than_reference",
        f"It answered {times(ratio)} as much as our own reference on the same core: what did you "
        f"change, how did you know that it was worth it, and what does the next person have to "
        f"know about it?",
        "Speed usually costs something: memory, clarity, freshness. A good answer names it and "
        "has a measurement from before and after.",
        "capacity.throughput_ratio",
        seen.line("throughput_ratio"),
    )


def what_next(seen: Seen) -> Question | None:
    """What lost the most points without being broken: their own plan."""
    open_lines = [line for line in seen.card.criteria if line.fraction is not None]
    lost = sorted(open_lines, key=seen.lost, reverse=True)[:2]
    if not lost or seen.lost(lost[0]) < 1:
        return None
    named = " and ".join(f"“{line.title}”" for line in lost if seen.lost(line) >= 1)
    return Question(
        rule="what_next",
        text=f"With four more hours, would you work on {named}, or on something that we do not "
        f"measure? What would you do in the first of them?",
        why="Priorities under limits are the job. There is no right answer, only one with reasons.",
        area=lost[0].area,
        criterion=lost[0].id,
        source=lost[0].source,
        weight=QUIET_WEIGHT,
    )
