"""What a service does to look better than it is while it is asked a lot."""

from collections.abc import Iterator, Mapping

from assay.domain.checks.wording import milliseconds, share
from assay.domain.evidence import Evidence
from assay.domain.scorecard import Flag

CHEAPER_MIN = 0.2
"""Share of wrong numbers beyond that of rows asked one by one. A dependency that a busy service
gives up on changes the answers of those rows alone, and honestly."""
ANSWERS_MIN = 50
AWAY_MIN = 0.02
"""Share turned away beyond that of rows asked one by one."""
AT_REST_MAX = 0.6
"""CPU share of a service that could have taken more."""
AT_ONCE_MAX = 0.8
"""Time until a request is turned away over that until one is answered: who tries and fails takes
as long as who succeeds."""
TOLD_MIN, TOLD_SHARE = 5, 0.001
INVALID = "error_burst"
"""Injector of requests that have to be refused: how is another matter."""


def cheaper_under_load(evidence: Evidence) -> Iterator[Flag]:
    """Answers that are right one by one and wrong when many ask."""
    alone = _wrong_share(evidence.quality.outcomes) if evidence.quality else None
    if alone is None:
        return
    found = [
        f"{where} {wrong:.0%}"
        for where, outcomes in _under_load(evidence)
        if (wrong := _wrong_share(outcomes)) is not None and wrong - alone > CHEAPER_MIN
    ]
    if found:
        yield Flag(
            "cheaper_under_load",
            "serious",
            f"Of the answers to rows asked one by one {alone:.0%} were wrong, "
            f"{', '.join(found)}. It seems to compute something else when many ask.",
            "load.outcomes",
        )


def turned_away_without_need(evidence: Evidence) -> Iterator[Flag]:
    """Requests refused at once by a service that had time for them."""
    away = evidence.callers.turned_away if evidence.callers else None
    if away is None or not away.requests or evidence.quality is None:
        return
    cpu, soon_ms, usual_ms = away.cpu_share, away.turned_away_ms_p50, away.answered_ms_p50
    if cpu is None or soon_ms is None or usual_ms is None:
        return
    alone = _away_share(evidence.quality.outcomes)
    more = away.turned_away / away.requests - alone
    if more < AWAY_MIN or cpu > AT_REST_MAX or soon_ms > AT_ONCE_MAX * usual_ms:
        return
    yield Flag(
        "turned_away_without_need",
        "notice",
        f"At a moderate rate {share(away.turned_away, away.requests)} requests were turned away "
        f"after {milliseconds(soon_ms)}, {alone:.1%} of those sent one by one, while the "
        f"service used {cpu:.0%} of its core and answered the others within "
        f"{milliseconds(usual_ms)}.",
        "callers.turned_away",
    )


def errors_told_as_success(evidence: Evidence) -> Iterator[Flag]:
    """Status 200 with an error in the body."""
    found = {where: _told(outcomes) for where, outcomes in _everywhere(evidence)}
    telling = {where: told for where, told in found.items() if told}
    if not telling:
        return
    only_in_trouble = not telling.get("one by one")
    figures = ", ".join(
        f"{where} {count:,} of {sent:,}" for where, (count, sent) in telling.items()
    )
    yield Flag(
        "errors_told_as_success",
        "serious" if only_in_trouble else "notice",
        f"Errors were told with status 200: {figures}. Whoever counts errors by their status "
        f"counts none of them.",
        "load.outcomes",
    )


def _told(outcomes: Mapping[str, int]) -> tuple[int, int] | None:
    """Errors with status 200 and all requests, if there are more than a slip."""
    told, sent = outcomes.get("e", 0), sum(outcomes.values())
    return (told, sent) if told >= max(TOLD_MIN, TOLD_SHARE * sent) else None


def _everywhere(evidence: Evidence) -> Iterator[tuple[str, Mapping[str, int]]]:
    if evidence.quality:
        yield "one by one", evidence.quality.outcomes
    yield from _under_load(evidence)
    measured = evidence.incidents
    if measured:
        invalid = [one.outcomes for one in measured.incidents if one.injector == INVALID]
        valid = {
            letter: count - sum(one.get(letter, 0) for one in invalid)
            for letter, count in measured.outcomes.items()
        }
        yield "during the incidents", valid


def _under_load(evidence: Evidence) -> Iterator[tuple[str, Mapping[str, int]]]:
    if evidence.load:
        yield "at a moderate rate", evidence.load.outcomes
        for tier in evidence.load.tiers:
            yield f"at {tier.rate_rps:.0f} requests/s", tier.outcomes
    if evidence.capacity:
        yield "when saturated", evidence.capacity.outcomes


def _wrong_share(outcomes: Mapping[str, int]) -> float | None:
    """Of the numbers that were answered; None of too few."""
    numbers = outcomes.get("o", 0) + outcomes.get("w", 0)
    return outcomes.get("w", 0) / numbers if numbers >= ANSWERS_MIN else None


def _away_share(outcomes: Mapping[str, int]) -> float:
    sent = sum(outcomes.values())
    return (outcomes.get("4", 0) + outcomes.get("5", 0)) / sent if sent else 0.0
