"""What callers got while something broke: an answer, a clear refusal, or neither."""

import math
from collections.abc import Iterable, Mapping
from statistics import fmean

from assay.domain.checks.honesty import CANNOT_ANSWER
from assay.domain.checks.incidents import chosen, chosen_by, listed, timeline_of
from assay.domain.checks.wording import failures, joined, share
from assay.domain.errors import BadInput
from assay.domain.evidence import Evidence
from assay.domain.felt import well_again_s
from assay.domain.incidents import Incident, IncidentsMeasurement
from assay.domain.rubric import Criterion
from assay.domain.verdict import NotShown, Observation, Observed, Unmeasured

ANSWERED_200 = "owmeh"
RIGHT = "oh"
"""An answer that was handed on invents nothing, and callers know what to do."""
FAILED = "me45trx"
"""No answer. A refusal of what was valid is none (what was invalid and refused is right, "o");
whether an answer is right is another criterion's question."""


def outage_answers(evidence: Evidence, criterion: Criterion) -> Observation:
    """Share of the requests during incidents that were answered rightly or clearly refused.

    Settings: `injectors` and `groups`, the incidents that count (all without); `refusals`, letters
    that are a clear refusal: "4" (the default), "45" where a 503 is one, "" where every
    request is valid and must be answered.
    """
    measured = timeline_of(evidence)
    if not isinstance(measured, IncidentsMeasurement):
        return measured
    right = RIGHT + _refusals(criterion)
    incidents = chosen_by(criterion, measured)
    sent = sum(one.requests for one in incidents)
    if not sent:
        return Unmeasured("no request was sent during such an incident")
    served = sum(count_of(one.outcomes, right) for one in incidents)
    told = f"{share(served, sent)} requests were answered rightly or clearly refused."
    bad = [
        _outcomes(one, right) for one in incidents if count_of(one.outcomes, right) < one.requests
    ]
    words = joined(told, f"Not: {listed(bad)}." if bad else "")
    return Observed(served / sent, words, source="incidents.incidents")


def wrong_served(evidence: Evidence, criterion: Criterion) -> Observation:
    """Share of the answers with status 200 during incidents that were wrong.

    Settings `injectors` and `groups`: of these only; without them of all.
    """
    measured = timeline_of(evidence)
    if not isinstance(measured, IncidentsMeasurement):
        return measured
    incidents = chosen_by(criterion, measured)
    if not incidents:
        return Unmeasured("no such incident was carried out")
    answered = sum(count_of(one.outcomes, ANSWERED_200) for one in incidents)
    if not answered:
        return NotShown("Nothing was answered during the incidents.", "incidents.incidents")
    wrong = sum(one.wrong_served for one in incidents)
    told = f"{share(wrong, answered)} answers given during incidents were wrong."
    during = [f"{one.wrong_served:,} in “{one.title}”" for one in incidents if one.wrong_served]
    words = joined(told, f"{listed(during)}." if during else "")
    return Observed(wrong / answered, words, source="incidents.incidents")


def recovery(evidence: Evidence, criterion: Criterion) -> Observation:
    """Seconds after a fault until answers were as before; infinite if that was not seen.

    Setting `of`: "worst" (the default) or "mean" over the faults.
    """
    measured = timeline_of(evidence)
    if not isinstance(measured, IncidentsMeasurement):
        return measured
    of = _of(criterion)
    faults = [one for one in chosen(measured) if one.kind == "fault"]
    if not faults:
        return Unmeasured("no fault was carried out")
    took = sorted(((well_again_s(one, measured), one.title) for one in faults), reverse=True)
    seconds = [one for one, _ in took]
    value = max(seconds) if of == "worst" else fmean(seconds)
    told = [f"{title} {_seconds(one)}" for one, title in took]
    words = f"After the end until answers were as before: {listed(told)}."
    return Observed(value, words, source="incidents.incidents")


def error_budget(evidence: Evidence, criterion: Criterion) -> Observation:
    """Share of all requests that failed, but for the time in which no service could answer."""
    measured = timeline_of(evidence)
    if not isinstance(measured, IncidentsMeasurement):
        return measured
    hopeless = chosen(measured, injectors=CANNOT_ANSWER)
    sent = measured.requests - sum(one.requests for one in hopeless)
    if sent <= 0:
        return Unmeasured("no request was sent while a service could have answered")
    outcomes = {
        letter: count - sum(one.outcomes.get(letter, 0) for one in hopeless)
        for letter, count in measured.outcomes.items()
    }
    failed = count_of(outcomes, FAILED)
    how = failures({letter: n for letter, n in outcomes.items() if letter in FAILED})
    without = f" outside {listed([one.title for one in hopeless])}" if hopeless else ""
    told = f"{share(failed, sent)} requests failed{without}{f': {how}' if how else ''}."
    return Observed(failed / sent, told, source="incidents.outcomes")


def count_of(outcomes: Mapping[str, int], letters: Iterable[str]) -> int:
    """How many ended in one of these ways."""
    return sum(outcomes.get(letter, 0) for letter in letters)


def _outcomes(incident: Incident, right: str) -> str:
    bad = {letter: n for letter, n in incident.outcomes.items() if letter not in right}
    return f"{incident.title} ({failures(bad)})"


def _seconds(seconds: float) -> str:
    return "not seen" if math.isinf(seconds) else f"{max(0.0, seconds):.1f} s"


def _refusals(criterion: Criterion) -> str:
    letters = criterion.settings.get("refusals", "4")
    if letters not in ("", "4", "45"):
        raise BadInput(
            f'criterion {criterion.id}: settings.refusals is {letters!r}; write "", "4" or "45"'
        )
    return str(letters)


def _of(criterion: Criterion) -> str:
    of = criterion.settings.get("of", "worst")
    if of not in ("worst", "mean"):
        raise BadInput(f'criterion {criterion.id}: settings.of is {of!r}; write "worst" or "mean"')
    return str(of)
