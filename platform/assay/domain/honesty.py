"""Whether what the service says of itself agrees with what was sent. Pure.

Counts of requests and errors stand under every alert, so their honesty multiplies what the
alerts earn; all kinds of figures together are a criterion of their own.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

from assay.domain.incidents import IncidentsMeasurement, ScrapeFacts, SliReading

COUNTS = ("requests", "errors")
KINDS = (*COUNTS, "latency_mean", "latency_p95")
PREDICTIONS = "predictions"
COUNT_SHARE, COUNT_SLACK = 0.01, 2.0
"""A count agrees within this share, or this many: a request at the edge of a stretch may be
seen on its other side."""
MEAN_SHARE, MEAN_SLACK_S = 0.1, 0.005
"""The client sees the network and the server's queue as well."""
BUCKET_FACTOR = 2.5
"""Widest step between the default buckets of the Prometheus clients (0.1 to 0.25): a quantile
further off comes from a bucket that cannot show an objective."""


def agrees(reading: SliReading) -> bool:
    """Whether a figure is near enough to what the probe saw; silence never is."""
    reported = reading.reported
    if reported is None or not math.isfinite(reported):
        return False
    match reading.sli:
        case "latency_mean":
            return _near(reported, reading.sent, MEAN_SHARE, MEAN_SLACK_S)
        case "latency_p95":
            return _same_bucket(reading, reported)
        case _:
            return _near(reported, reading.sent, COUNT_SHARE, COUNT_SLACK)


def agreeing_share(measurement: IncidentsMeasurement, kinds: Sequence[str]) -> Fraction:
    """Mean over kinds of the share of readings that agree; a kind without one has none."""
    shares = [share_of(measurement, kind) or Fraction(0) for kind in kinds]
    return sum(shares, start=Fraction(0)) / len(shares)


def share_of(measurement: IncidentsMeasurement, kind: str) -> Fraction | None:
    """The share of one kind's readings that agree, None if there is no reading."""
    readings = [one for one in measurement.slis if one.sli == kind]
    return Fraction(sum(map(agrees, readings)), len(readings)) if readings else None


def counts_honesty(measurement: IncidentsMeasurement) -> Fraction:
    """What the alerts' score is multiplied by: 1 if the counts agree, 0 if they are made up."""
    return Fraction(0) if made_up(measurement.scrapes) else agreeing_share(measurement, COUNTS)


def made_up(scrapes: ScrapeFacts) -> tuple[str, ...]:
    """What shows that figures are invented rather than counted, in words."""
    forged = [f"it exports {name} itself" for name in scrapes.forged]
    moved = [f"{name} moved while nothing was sent" for name in scrapes.idle_moved]
    return (*forged, *moved)


def _near(reported: float, sent: float, part: float, slack: float) -> bool:
    return abs(reported - sent) <= max(slack, part * sent)


def _same_bucket(reading: SliReading, reported: float) -> bool:
    """As near as a mean has to be, or in the bucket that holds the true quantile if it is fine.

    Near is enough: server and client may see the two sides of a bucket's edge.
    """
    if _near(reported, reading.sent, MEAN_SHARE, MEAN_SLACK_S):
        return True
    if reading.low is None or reading.high is None:
        return False
    inside = reading.low <= reported <= reading.high
    return inside and max(reported, reading.sent) <= BUCKET_FACTOR * min(reported, reading.sent)
