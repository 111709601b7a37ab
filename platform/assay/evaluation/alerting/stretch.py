"""A recording on the virtual clock, where a scrape interval is 15 s and an hour passes in a minute.

With k = virtual seconds per real second, and t0 the instant of slot 0:

    time                    t' = (t - t0) * k
    counts and sums         v' = v * k, so that rates per second stay what they really were
    gauges                  v' = v
    instants (Unix time)    v' = (v - t0) * k from slot 0 on, v - t0 before it
    gone since last scrape  marked stale, as Prometheus does

Before slot 0 the virtual clock ran as fast as the real one, so a model that was trained a month
ago is a month old at the start, and a service that booted two seconds ago two seconds.
"""

import re

import numpy as np
from numpy.typing import NDArray

from assay.domain.timeline import VIRTUAL_SCRAPE_S
from assay.evaluation.alerting.recording import Recording, Series

STEP_S = int(VIRTUAL_SCRAPE_S)
"""Virtual seconds from slot to slot, and from one evaluation of the rules to the next."""

_INSTANT = re.compile(r"(_timestamp|_timestamp_seconds|_start_time_seconds|_created)$")


def compression(recording: Recording) -> float:
    """k: virtual seconds per real second."""
    return STEP_S / recording.every_s


def end_s(recording: Recording) -> int:
    """The virtual instant of the last slot."""
    return max(0, recording.slots - 1) * STEP_S


def is_instant(series: Series) -> bool:
    """Whether a series holds Unix time, by the customary names."""
    return not series.cumulative and _INSTANT.search(series.name) is not None


def stretched(series: Series, recording: Recording) -> NDArray[np.float64]:
    """The values of a series on the virtual clock."""
    k = compression(recording)
    if series.cumulative:
        return series.values * k
    if is_instant(series):
        since_s = series.values - recording.unix_s
        return np.where(since_s > 0, since_s * k, since_s)
    return series.values


def stale_slots(series: Series, recording: Recording) -> NDArray[np.intp]:
    """Scraped slots without the series whose last scraped slot still had it."""
    here = np.zeros(recording.slots, dtype=np.bool_)
    here[series.slots] = True
    asked = np.flatnonzero(recording.scraped)
    present = here[asked]
    return asked[1:][present[:-1] & ~present[1:]]
