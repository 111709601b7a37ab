"""What could have happened instead: the same recording under other circumstances.

Good rules say the same of them. Every mutation is a pure function of a recording.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from assay.evaluation.alerting.exposition import Labels
from assay.evaluation.alerting.recording import Recording, Series
from assay.evaluation.alerting.stretch import is_instant

SLOW_STRIDE = 2
RISING_SAMPLES = 20
"""In so many samples a figure that wavers has fallen at least once."""


def mutations(
    recording: Recording, *, quiet: range, other_instance: str, drift: Collection[str]
) -> dict[str, Recording]:
    """Every mutation by its name; "drift_missing" only if there are metrics of drift.

    Args:
        recording: As it was recorded.
        quiet: Slots in which nothing was done to the service.
        other_instance: Label of the second replica.
        drift: Names of the metrics that tell of drift.
    """
    mutated = {
        "slow_scrape": slow_scrape(recording),
        "restart": restart(recording, quiet),
        "second_replica": second_replica(recording, other_instance),
        "clean": clean(recording, quiet, recording.slots),
    }
    return {**mutated, "drift_missing": without(recording, drift)} if drift else mutated


def slow_scrape(recording: Recording) -> Recording:
    """Only every second scrape was made: 30 s apart."""
    asked = recording.scraped.copy()
    asked[np.arange(recording.slots) % SLOW_STRIDE != 0] = False
    kept = (_where(s, s.slots % SLOW_STRIDE == 0) for s in recording.series)
    return replace(recording, scraped=asked, series=tuple(s for s in kept if len(s.slots)))


def restart(recording: Recording, quiet: range) -> Recording:
    """The process started again in the middle of a quiet time: counters began again at zero."""
    at_slot = (quiet.start + quiet.stop) // 2
    series = (_restarted(s, at_slot) if s.cumulative else s for s in recording.series)
    return replace(recording, series=tuple(series))


def second_replica(recording: Recording, instance: str) -> Recording:
    """A second replica stood beside the first: each had half of the requests.

    Args:
        recording: With one instance.
        instance: Label of the other one.
    """
    halves = [replace(s, values=s.values / 2) if s.cumulative else s for s in recording.series]
    others = [replace(s, labels=_with(s.labels, "instance", instance)) for s in halves]
    return replace(recording, series=_ordered([*halves, *others]))


def without(recording: Recording, names: Collection[str]) -> Recording:
    """Metrics were never exported: "drift_missing" if they are those of drift."""
    return replace(recording, series=tuple(s for s in recording.series if s.name not in names))


def clean(recording: Recording, quiet: range, slots: int) -> Recording:
    """Nothing ever happened: a quiet time, repeated or cut to `slots`.

    Counters go on from where they were at the end of the last round, and so does time. The
    last scrape of a round is the first of the next one.

    Args:
        recording: With the quiet time.
        quiet: Its slots, at least two of them.
        slots: Length of the result.

    Raises:
        ValueError: the quiet time is too short to be repeated.
    """
    if len(quiet) < 2:
        raise ValueError("a quiet time of less than two slots cannot be repeated")
    length = len(quiet) - 1
    rounds = -(-slots // length)
    series = (_repeated(s, recording, quiet, rounds) for s in recording.series)
    cut = (_where(s, s.slots < slots) for s in series)
    asked = np.tile(recording.scraped[quiet.start : quiet.start + length], rounds)[:slots]
    return replace(
        recording,
        series=tuple(s for s in cut if len(s.slots)),
        scraped=asked,
        unix_s=recording.unix_s + quiet.start * recording.every_s,
    )


def _restarted(series: Series, at_slot: int) -> Series:
    """Less what it had at the restart, until it is reset for another reason."""
    before = int(np.searchsorted(series.slots, at_slot))
    if before in (0, len(series.slots)):
        return series
    resets = np.flatnonzero(np.diff(series.values[before:]) < 0)
    until = before + int(resets[0]) + 1 if len(resets) else len(series.values)
    values = series.values.copy()
    values[before:until] -= series.values[before]
    return replace(series, values=values)


def _repeated(series: Series, recording: Recording, quiet: range, rounds: int) -> Series:
    """A series whose quiet time comes again and again."""
    inside = _where(series, (series.slots >= quiet.start) & (series.slots < quiet.stop))
    if not len(inside.slots):
        return inside
    length = len(quiet) - 1
    first_slots = inside.slots - quiet.start
    once = first_slots < length
    gain = _gain(inside, recording, length)
    return replace(
        inside,
        slots=np.concatenate([first_slots[once] + n * length for n in range(rounds)]),
        values=np.concatenate([inside.values[once] + n * gain for n in range(rounds)]),
    )


def _gain(series: Series, recording: Recording, length: int) -> float:
    """What a round adds: the growth of a counter, the time that passed to an instant that moves.

    A gauge that rises all the time is a clock or a count by another name: it goes on, too, or
    a rule could tell by it that time is repeated.
    """
    moved = float(series.values[-1] - series.values[0])
    if series.cumulative:
        return max(0.0, moved)
    if is_instant(series):
        return length * recording.every_s if moved else 0.0
    return moved if _rises(np.diff(series.values)) else 0.0


def _rises(steps: NDArray[np.float64]) -> bool:
    """Whether a series never falls and mostly rises."""
    never_falls = len(steps) + 1 >= RISING_SAMPLES and bool(np.all(steps >= 0))
    return never_falls and 2 * int(np.count_nonzero(steps)) >= len(steps)


def _where(series: Series, chosen: NDArray[np.bool_]) -> Series:
    return replace(series, slots=series.slots[chosen], values=series.values[chosen])


def _with(labels: Labels, name: str, value: str) -> Labels:
    return tuple(sorted({**dict(labels), name: value}.items()))


def _ordered(series: Iterable[Series]) -> tuple[Series, ...]:
    return tuple(sorted(series, key=lambda s: (s.name, s.labels)))
