"""The letter a candidate gets: three things done well, three to learn, as measured. Pure.

It is about this work alone: nobody is compared with anybody. It says no more than the challenge
tells candidates of a result: every line, sums of areas, or the score.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assay.domain.challenge import FeedbackTier
from assay.domain.mends import mends_of
from assay.domain.stored_result import StoredArea, StoredGate, StoredLine, StoredResult

POINTS = 3
"""Of either kind: more is a report and no letter."""
WELL, FAIR = 0.9, 0.6
"""Shares of a line's points from which it was done well, and well for the most part."""
PROGRESS_MIN = 5.0
"""Points of 100 between the first and the best practice run that are worth a word."""


@dataclass(frozen=True, slots=True)
class Work:
    """What the letter is about.

    Attributes:
        name: Of the candidate; "" if unknown.
        title: Of the challenge.
        practice: Scores of the judged practice runs, the first one first.
        tier: How much of a result the challenge tells.
        weighted: The total by the weights of the position; None where they change nothing.
        released: Whether the candidate's page shows the result.
    """

    name: str
    company: str
    title: str
    result: StoredResult
    tier: FeedbackTier = "full"
    practice: Sequence[float] = field(default_factory=tuple)
    weighted: float | None = None
    released: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """Subject and text of a letter: plain paragraphs, and lists whose lines begin "- "."""

    subject: str
    text: str


def draft_of(work: Work) -> Draft:
    """The letter as the evidence writes it. A person reads it before it is sent."""
    parts = [_hello(work.name), _opening(work)]
    good, better = list(_strengths(work))[:POINTS], list(_lessons(work))[:POINTS]
    if good:
        parts += ["What went well", _listed(good)]
    if better:
        parts += ["What to take on next", _listed(better)]
    parts += [_closing(work, better), f"Kind regards\n{work.company}"]
    return Draft(f"Feedback on your assessment for {work.company}", "\n\n".join(parts) + "\n")


def _hello(name: str) -> str:
    return f"Hello {name}," if name else "Hello,"


def _opening(work: Work) -> str:
    thanks = f'thank you for the work you put into "{work.title}".'
    if work.result.total is None:
        return f"{thanks} What decides the score could not be measured, so there is none."
    by_weights = (
        f", {work.weighted:.1f} by the weights of the position" if work.weighted is not None else ""
    )
    how = "We built your last push, ran it under load and watched how it behaves."
    if any(gate.fraction == 0 for gate in work.result.gates):  # it may not even have started
        how = "We measured your last push."
    earned = f"It earned {work.result.total:.1f} of 100 points{by_weights}."
    return f"{thanks} {how} {earned} Here is what stood out."


def _closing(work: Work, better: Sequence[str]) -> str:
    if work.tier == "full" and work.released:
        where = "Each of these was measured; your page shows the figures line by line."
    else:
        where = "Each of these was measured on your own service."
    if work.tier == "total":  # what is left to mend is not told
        return where
    if not better:
        return f"{where} We found nothing of weight left to mend."
    return f"{where} None of it says what you can do at another time, on another day."


# ------------------------------------------------------------------------------- what went well


def _strengths(work: Work) -> Iterator[str]:
    """The most telling first; what is true of the whole work when single lines say too little."""
    if work.tier == "areas":
        yield from _good_areas(work.result.areas)
    if work.tier == "full":
        yield from _good_lines(work.result.criteria)
        yield from (_ended(f.text) for f in work.result.findings if f.kind == "strength")
    yield from _progress(work.practice)
    if work.tier == "full":
        yield from _fair_lines(work.result.criteria)
        yield from _passed_gates(work.result.gates)


def _good_lines(lines: Sequence[StoredLine]) -> Iterator[str]:
    good = [line for line in lines if line.fraction is not None and line.fraction >= WELL]
    for line in sorted(good, key=lambda one: (-one.max, one.title)):
        yield f"{line.title}: {_ended(line.evidence)}"


def _fair_lines(lines: Sequence[StoredLine]) -> Iterator[str]:
    fair = [line for line in lines if line.fraction is not None and FAIR <= line.fraction < WELL]
    for line in sorted(fair, key=lambda one: (-(one.fraction or 0), one.title)):
        yield f"{line.title}, for the most part: {_ended(line.evidence)}"


def _good_areas(areas: Sequence[StoredArea]) -> Iterator[str]:
    good = [area for area in areas if area.max and area.points >= FAIR * area.max]
    for area in sorted(good, key=lambda one: (-one.points / one.max, one.title)):
        yield f"{area.title}: {area.points:.1f} of {area.max} points."


def _progress(practice: Sequence[float]) -> Iterator[str]:
    if len(practice) > 1 and max(practice) - practice[0] >= PROGRESS_MIN:
        first, best = practice[0], max(practice)
        yield (
            f"You used what each run told you: from {first:.1f} points in the first practice run "
            f"to {best:.1f} in the best one."
        )


def _passed_gates(gates: Sequence[StoredGate]) -> Iterator[str]:
    passed = [gate.title for gate in gates if gate.fraction == 1]
    if passed:
        yield f"What everything else rests on holds: {_joined(passed)}."


# ---------------------------------------------------------------------------- what to take on next


def _lessons(work: Work) -> Iterator[str]:
    """What would have earned the most, the most valuable first."""
    if work.tier == "total":
        return
    lines = {line.id: line for line in (*work.result.gates, *work.result.criteria)}
    for mend in mends_of(work.result.gates, work.result.criteria):
        worth = "everything else counts only with it"
        if mend.worth is not None:
            worth = f"up to {mend.worth:.1f} points more"
        seen = f" We saw: {_ended(lines[mend.id].evidence)}" if work.tier == "full" else ""
        yield f"{mend.title} ({worth}).{seen} What would have earned it: {_ended(mend.advice)}"


# -------------------------------------------------------------------------------------- words


def _listed(points: Sequence[str]) -> str:
    return "\n".join(f"- {' '.join(point.split())}" for point in points)


def _joined(names: Sequence[str]) -> str:
    *some, last = [name[:1].lower() + name[1:] for name in names]
    return f"{', '.join(some)} and {last}" if some else last


def _ended(text: str) -> str:
    """On one line, with a full stop."""
    trimmed = " ".join(text.split())
    return trimmed if trimmed[-1:] in {".", "!", "?", ""} else f"{trimmed}."
