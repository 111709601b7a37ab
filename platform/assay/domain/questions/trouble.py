"""Questions about what happened while something around the service broke, and when it stopped."""

from collections.abc import Iterator, Mapping

from assay.domain.incidents import Incident, IncidentsMeasurement
from assay.domain.questions.question import Question, Seen

FAILED_MORE = 0.05
"""Share of requests failed beyond that before the incident."""
SLOW_RECOVERY_S = 5.0
WRONG_MIN = 5


def dependency_took_it_along(seen: Seen) -> Question | None:
    """Requests failed because something else did."""
    found = [
        (share, one)
        for one in _faults(seen)
        if one.injector == "dependency" and (share := _failed_more(one)) >= FAILED_MORE
    ]
    if not found:
        return None
    _, worst = max(found, key=lambda one: one[0])
    return seen.ask(
        "dependency_took_it_along",
        f"While “{worst.title}” went on, {_failed(worst.outcomes):.0%} of the requests failed, and "
        f"before it {_failed(worst.before):.0%}: what should a caller have got instead, and who "
        f"has to agree to that?",
        "Shows whether a fallback was thought through: what is still right to answer, how the "
        "caller learns of it, and who in the company owns that choice.",
        f"incidents.incidents[{worst.id}]",
        seen.line("outage_answers") or seen.line("contract_tests", criterion="dependency_failure"),
    )


def slow_to_recover(seen: Seen) -> Question | None:
    """It took long until all was well again."""
    found = [
        (one.recovery_s, one)
        for one in _faults(seen)
        if one.recovery_s is not None and one.recovery_s >= SLOW_RECOVERY_S
    ]
    if not found:
        return None
    seconds, worst = max(found, key=lambda one: one[0])
    return seen.ask(
        "slow_to_recover",
        f"After “{worst.title}” was over it took {seconds:.1f} s until answers were right and "
        f"fast again: what was the service waiting for?",
        "Pools full of dead connections, open breakers, queues of old requests: each has a limit "
        "that somebody chose. A good answer knows which, and what a smaller one would cost.",
        f"incidents.incidents[{worst.id}].recovery_s",
        seen.line("recovery"),
    )


def wrong_and_sure(seen: Seen) -> Question | None:
    """Wrong answers with status 200."""
    found = [one for one in _incidents(seen) if one.wrong_served >= WRONG_MIN]
    if not found:
        return None
    worst = max(found, key=lambda one: one.wrong_served)
    return seen.ask(
        "wrong_and_sure",
        f"During “{worst.title}” {worst.wrong_served:,} answers with status 200 were wrong: how "
        f"would you have found that out, and what should have been answered?",
        "A wrong answer that looks right is worse than an error. Listen for checks of input and "
        "output, for degraded answers that say so, and for who is told.",
        f"incidents.incidents[{worst.id}].wrong_served",
        seen.line("wrong_served"),
    )


def requests_lost_at_the_end(seen: Seen) -> Question | None:
    """A deployment costs requests."""
    found = seen.evidence.shutdown
    if found is None or found.in_flight_answered >= found.in_flight:
        return None
    lost = found.in_flight - found.in_flight_answered
    return seen.ask(
        "requests_lost_at_the_end",
        f"On SIGTERM {lost} of {found.in_flight} requests that were in flight got no answer: walk "
        f"us through a deployment of this service, second by second. Who waits for whom?",
        "Readiness, load balancer, drain time, grace period: the order matters, and few have "
        "it in mind. Signals that never reach the process are a usual cause.",
        "shutdown.in_flight_answered",
        seen.line("shutdown_in_flight"),
    )


def did_not_stop(seen: Seen) -> Question | None:
    """It had to be killed."""
    found = seen.evidence.shutdown
    if found is None or found.exited:
        return None
    return seen.ask(
        "did_not_stop",
        f"It was asked to stop and still ran after {found.grace_s:g} s, so it was killed: which "
        f"process got the signal, and how would you check?",
        "Usually a shell is the first process and keeps the signal to itself. Shows how well "
        "they know what runs in their own container.",
        "shutdown.exited",
        seen.line("shutdown_time"),
    )


def ready_before_able(seen: Seen) -> Question | None:
    """It said ready, and the first requests failed."""
    boot = seen.evidence.boot
    failed = sum(letter not in "oh" for letter in boot.first_outcomes) if boot else 0
    if boot is None or boot.ready_s is None or not failed:
        return None
    return seen.ask(
        "ready_before_able",
        f"It said that it was ready after {boot.ready_s:.1f} s, and {failed} of the first "
        f"{len(boot.first_outcomes)} requests failed: what does “ready” mean in your service?",
        "A readiness probe is a promise to the load balancer. A good answer ties it to what a "
        "request needs: the model loaded, one prediction made.",
        "boot.first_outcomes",
        seen.line("ready_truth"),
    )


def _measured(seen: Seen) -> IncidentsMeasurement | None:
    found = seen.evidence.incidents
    return found if found and not found.void else None


def _incidents(seen: Seen) -> Iterator[Incident]:
    found = _measured(seen)
    yield from (one for one in found.incidents if one.carried_out) if found else ()


def _faults(seen: Seen) -> Iterator[Incident]:
    yield from (one for one in _incidents(seen) if one.kind == "fault")


def _failed_more(one: Incident) -> float:
    return _failed(one.outcomes) - _failed(one.before)


def _failed(outcomes: Mapping[str, int]) -> float:
    sent = sum(outcomes.values())
    good = outcomes.get("o", 0) + outcomes.get("h", 0)
    return 1 - good / sent if sent else 0.0
