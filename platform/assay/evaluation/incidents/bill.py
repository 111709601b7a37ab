"""The bill of a timeline: what every virtual minute cost, and every incident."""

from collections.abc import Iterable, Iterator

from assay.domain.incidents import Incident, IncidentsMeasurement, TimelineSlice
from assay.domain.meters import TIMELINE, incident_label
from assay.evaluation.metering import keep_readings, metered
from assay.evaluation.run import Run
from assay.evaluation.stretches import Stretch
from assay_probe.records import CORRECT, MeterRecord

MINUTE_S = 1.0
"""A virtual minute is a real second."""


def with_bill(run: Run, facts: IncidentsMeasurement, origin_s: float) -> IncidentsMeasurement:
    """The facts with the money of every minute; what each incident cost is kept as evidence.

    Args:
        run: In the stage of the incidents.
        facts: Of its timeline.
        origin_s: Instant of minute 0 on the probe's clock.

    Returns:
        The facts as they are where nothing is metered, or no meter could be read.
    """
    if not metered(run):
        return facts
    records = keep_readings(run, list(stretches_of(facts, origin_s)))
    by_minute = _by_minute(records)
    if not by_minute:
        return facts
    slices = tuple(_priced(one, by_minute) for one in facts.slices)
    return facts.model_copy(update={"slices": slices})


def stretches_of(facts: IncidentsMeasurement, origin_s: float) -> Iterator[Stretch]:
    """The whole timeline minute by minute, and every incident that was carried out."""
    yield Stretch(
        label=TIMELINE,
        since_s=origin_s,
        until_s=origin_s + facts.length_min,
        asked={"submission": facts.requests},
        right={"submission": facts.outcomes.get(CORRECT, 0)},
        every_s=MINUTE_S,
    )
    yield from (_stretch(one, origin_s) for one in facts.incidents if one.carried_out)


def _stretch(one: Incident, origin_s: float) -> Stretch:
    return Stretch(
        label=incident_label(one.id),
        since_s=origin_s + one.onset_min,
        until_s=origin_s + one.end_min,
        asked={"submission": one.requests},
        right={"submission": one.outcomes.get(CORRECT, 0)},
    )


def _by_minute(records: Iterable[MeterRecord]) -> list[int]:
    """Money of the submission by minute, of all dependencies together; [] if it is not known."""
    series = [r.series for r in records if r.label == TIMELINE and r.target == "submission"]
    return [sum(minute) for minute in zip(*series, strict=True)]


def _priced(one: TimelineSlice, by_minute: list[int]) -> TimelineSlice:
    minute = int(one.at_min)
    cost = by_minute[minute] if minute < len(by_minute) else None
    return one.model_copy(update={"cost_pico_usd": cost})
