"""Whether what the service says of itself agrees with what was sent. Pure.

Counts of requests and errors stand under every alert, so their honesty multiplies what the
alerts earn; all kinds of figures together are a criterion of their own.
"""

import math
from fractions import Fraction

from assay.domain.incidents import IncidentsMeasurement, SliReading

COUNTS = ("requests", "errors")
KINDS = (*COUNTS, "latency_mean", "latency_p95")
PREDICTIONS = "predictions"
COUNT_SHARE, COUNT_SLACK = 0.01, 2.0
"""A count agrees within this share, or this many, of what it can be: a request that is answered
while the counters are read may be seen on either side."""
MEAN_SHARE, MEAN_SLACK_S = 0.1, 0.005
"""The client sees the network and the server's queue as well."""
PATH_FACTOR = 1.5
"""The canary is asked fifteen times less often than the service: so well its p95 is known."""
PATH_MAX_S = 0.05
"""More is no way: a canary that takes longer waits for somebody, as one that asks models does."""
BUCKET_FACTOR = 2.5
"""Widest step between the default buckets of the Prometheus clients (0.1 to 0.25): a quantile
further off comes from a bucket that cannot show an objective."""
TIMED_OUT = "t"
BEHIND_SHARE = 0.05
"""Of all requests: beyond it figures may follow the pace of the service."""


def latency_slack_s(measurement: IncidentsMeasurement) -> float:
    """How far a latency may be from what the probe saw: what the way there takes on this host.

    The canary is a service that nothing is done to, asked by the same probe at the same time:
    what it needs is the network, the host and the probe, none of which a service sees of itself.
    """
    canary_s = (measurement.canary_ms_p95 or 0.0) / 1000
    return max(MEAN_SLACK_S, min(PATH_FACTOR * canary_s, PATH_MAX_S))


def agrees(reading: SliReading, slack_s: float = MEAN_SLACK_S) -> bool:
    """Whether a figure is near enough to what the probe saw; silence never is.

    Args:
        reading: The figure.
        slack_s: For latencies, from `latency_slack_s`.
    """
    reported = reading.reported
    if reported is None or not math.isfinite(reported):
        return False
    match reading.sli:
        case "latency_mean":
            return _near(reported, reading.sent, MEAN_SHARE, slack_s)
        case "latency_p95":
            return _same_bucket(reading, reported, slack_s)
        case _:
            slack = max(COUNT_SLACK, COUNT_SHARE * reading.sent)
            low = reading.sent if reading.low is None else reading.low
            high = reading.sent if reading.high is None else reading.high
            return low - slack <= reported <= high + slack


def share_of(measurement: IncidentsMeasurement, kind: str) -> Fraction | None:
    """The share of one kind's readings that agree, None if there is no reading."""
    readings = [one for one in measurement.slis if one.sli == kind]
    slack_s = latency_slack_s(measurement)
    right = sum(agrees(one, slack_s) for one in readings)
    return Fraction(right, len(readings)) if readings else None


def truth_of(measurement: IncidentsMeasurement, kind: str) -> Fraction:
    """What the readings of one kind are worth: the share that agrees, for counts also the worst.

    A counter is exact, so where it is wrong it is wrong for a reason: one that leaves refusals out
    is right all day, but for the minutes in which somebody sends nonsense. Half of its worth is
    the share in the worst situation: in quiet time, or in one of the incidents.
    """
    plain = share_of(measurement, kind) or Fraction(0)
    if kind not in (*COUNTS, PREDICTIONS):
        return plain
    situations: dict[str, list[bool]] = {}
    for one in measurement.slis:
        if one.sli == kind:
            situations.setdefault(_situation(measurement, one), []).append(agrees(one))
    worst = (Fraction(sum(found), len(found)) for found in situations.values())
    return (plain + min(worst, default=Fraction(0))) / 2


def _situation(measurement: IncidentsMeasurement, reading: SliReading) -> str:
    """Id of the incident that a reading lies in, "" for quiet time."""
    middle_min = (reading.start_min + reading.end_min) / 2
    within = (i.id for i in measurement.incidents if i.onset_min <= middle_min < i.end_min)
    return next(within, "")


def counts_honesty(measurement: IncidentsMeasurement) -> Fraction:
    """What the alerts' score is multiplied by: the share of stretches whose counts all agree.

    0 if they are made up, or if one of them is never told: a share of errors needs both.
    """
    if made_up(measurement):
        return Fraction(0)
    right: dict[tuple[float, float], set[str]] = {}
    for one in measurement.slis:
        if one.sli in COUNTS:
            found = right.setdefault((one.start_min, one.end_min), set())
            found.update({one.sli} if agrees(one) else ())
    agreeing = sum(found == set(COUNTS) for found in right.values())
    return Fraction(agreeing, len(right)) if right else Fraction(0)


def made_up(measurement: IncidentsMeasurement) -> tuple[str, ...]:
    """What shows that figures are invented rather than counted, in words."""
    forged = [f"it exports {name} itself" for name in measurement.scrapes.forged]
    idly = () if is_behind(measurement) else measurement.scrapes.idle_moved
    return (*forged, *(f"{name} moved while nothing was sent" for name in idly))


def is_behind(measurement: IncidentsMeasurement) -> bool:
    """Whether a service could not keep up, by how many requests timed out.

    It goes on with requests whose callers have long given up, and counts them when they are done:
    at its own pace however many are sent, and for a while when none is sent any more.
    """
    return measurement.outcomes.get(TIMED_OUT, 0) > BEHIND_SHARE * measurement.requests


def _near(reported: float, sent: float, part: float, slack: float) -> bool:
    return abs(reported - sent) <= max(slack, part * sent)


def _same_bucket(reading: SliReading, reported: float, slack_s: float) -> bool:
    """As near as a mean has to be, or in the bucket that holds the true quantile if it is fine.

    Near is enough: server and client may see the two sides of a bucket's edge.
    """
    if _near(reported, reading.sent, MEAN_SHARE, slack_s):
        return True
    if reading.low is None or reading.high is None:
        return False
    inside = reading.low <= reported <= reading.high
    return inside and max(reported, reading.sent) <= BUCKET_FACTOR * min(reported, reading.sent)
