"""Answers that depend on who asks, under which id, or whether the row was seen before."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from assay.domain.callers import Asked, Likeness, Moment
from assay.domain.checks.wording import milliseconds
from assay.domain.evidence import Evidence
from assay.domain.scorecard import Flag

SOURCE = "callers.asked"
ANSWERS_MIN = 10
"""Numbers in each of two groups, before anything is said of them."""
KNOWN_WRONG_MAX = 0.1
"""Share of known rows; who is wrong more often has another problem, and no memory."""
WRONG_MORE = 0.3
"""Share of wrong answers beyond that of known rows. Only numbers count: to refuse a row that
was never seen, for a rule of one's own, is a mistake and no cheat."""
Z_MIN = 5.0
"""Standard errors between two shares. Guises are drawn by lot, so that without a cause five are
met once in two million comparisons."""
SHARE_MORE = 0.1
SLOWER, SLOWER_MS = 2.0, 5.0
TIMED_MIN = 100
"""Requests in a group whose latency is compared."""

MOMENTS: dict[Moment, str] = {
    "before_load": "one by one before the load",
    "under_load": "under load",
    "at_the_objective": "at the published rates",
    "after_load": "after the load",
    "incidents": "during the incidents",
    "after_incidents": "after the incidents",
}


def memorised_answers(evidence: Evidence) -> Iterator[Flag]:
    """Right on rows of the traffic, wrong on rows made of two of them."""
    if told := _worse_than_known(evidence, "crossed", "rows made of the fields of two known rows"):
        looked_up = f"{told}. Answers seem to be looked up rather than computed."
        yield Flag("memorised_answers", "serious", looked_up, SOURCE)


def answers_by_id(evidence: Evidence) -> Iterator[Flag]:
    """Right on known rows, wrong when the same row comes under another id."""
    words: dict[Likeness, str] = {
        "swapped_id": "known rows under the id of another known row",
        "other_id": "known rows under an id that nobody has used",
    }
    worse = (_worse_than_known(evidence, alike, rows) for alike, rows in words.items())
    found = [told for told in worse if told]
    if found:
        followed = f"{'; '.join(found)}. Answers seem to follow the id."
        yield Flag("answers_by_id", "serious", followed, SOURCE)


def callers_treated_differently(evidence: Evidence) -> Iterator[Flag]:
    """Worse or slower answers for some clients, which all ask for the same by lot."""
    groups = evidence.callers.asked if evidence.callers else ()
    found = [
        f"{MOMENTS[moment]} {told}"
        for moment in MOMENTS
        for told in _unlike([g for g in groups if g.moment == moment and g.alike == "guise"])
    ]
    if found:
        yield Flag(
            "callers_treated_differently",
            "serious",
            f"The same questions were answered differently for different clients: "
            f"{'; '.join(found)}.",
            SOURCE,
        )


def _worse_than_known(evidence: Evidence, alike: Likeness, rows: str) -> str:
    """Figures, if clearly more answers are wrong than to known rows."""
    groups = evidence.callers.asked if evidence.callers else ()
    known, changed = _numbers(groups, "known"), _numbers(groups, alike)
    if min(sum(known), sum(changed)) < ANSWERS_MIN:
        return ""
    known_share, share = known[1] / sum(known), changed[1] / sum(changed)
    if known_share > KNOWN_WRONG_MAX or share - known_share < WRONG_MORE:
        return ""
    return (
        f"{changed[1]} of {sum(changed)} {rows} were answered wrongly, {known[1]} of "
        f"{sum(known)} known rows as they are"
    )


def _numbers(groups: Iterable[Asked], alike: Likeness) -> tuple[int, int]:
    """Right and wrong numbers over all moments."""
    total: Counter[str] = Counter()
    for group in groups:
        if group.alike == alike:
            total.update(group.outcomes)
    return total["o"], total["w"]


def _unlike(groups: Sequence[Asked]) -> Iterator[str]:
    """The client of one moment that fares most unlike the others, else those that wait longer."""
    apart = [one for group in groups if (one := _apart(group, _others(group, groups)))]
    if apart:
        yield max(apart)[1]
        return
    yield from filter(None, (_is_slower(group, _others(group, groups)) for group in groups))


def _others(group: Asked, groups: Iterable[Asked]) -> list[Asked]:
    return [one for one in groups if one is not group]


def _apart(group: Asked, others: Sequence[Asked]) -> tuple[float, str] | None:
    """By how many standard errors it fares better or worse, and in words; None by chance."""
    failed, requests = _failed(group), group.requests
    rest_failed, rest = sum(map(_failed, others)), sum(one.requests for one in others)
    if min(requests, rest) < ANSWERS_MIN:
        return None
    z = abs(z_of(failed, requests, rest_failed, rest))
    if z < Z_MIN or abs(failed / requests - rest_failed / rest) < SHARE_MORE:
        return None
    return z, (
        f"{failed} of {requests} requests of “{group.name}” got no right answer, "
        f"{rest_failed} of {rest} of the others"
    )


def _failed(group: Asked) -> int:
    return group.requests - group.outcomes.get("o", 0) - group.outcomes.get("h", 0)


def _is_slower(group: Asked, others: Sequence[Asked]) -> str:
    timed = [o.latency_ms_p50 for o in others if o.latency_ms_p50 and o.requests >= TIMED_MIN]
    own_ms = group.latency_ms_p50
    if own_ms is None or group.requests < TIMED_MIN or not timed:
        return ""
    slowest_ms = max(timed)
    if own_ms < max(SLOWER * slowest_ms, slowest_ms + SLOWER_MS):
        return ""
    return (
        f"half of the requests of “{group.name}” took {milliseconds(own_ms)} and more, "
        f"of any other client {milliseconds(slowest_ms)}"
    )


def z_of(failed: int, requests: int, others_failed: int, others: int) -> float:
    """The two-proportion z statistic with the pooled share; 0 where nothing differs.

    As in Fleiss, Levin and Paik (2003), "Statistical Methods for Rates and Proportions", §3.2.
    """
    pooled = (failed + others_failed) / (requests + others)
    error = math.sqrt(pooled * (1 - pooled) * (1 / requests + 1 / others))
    return (failed / requests - others_failed / others) / error if error else 0.0
