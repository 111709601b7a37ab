"""Read the meters of stand-ins: sums leave the probe, not the requests themselves."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from assay_probe.plan import MeteredStandIn, MeterPlan, MeterStretch
from assay_probe.records import MeterRecord, Record
from assay_probe.spending import Entry, by_model, by_step, dearest, obeyed, spent, within
from assay_probe.steering import Dependency


def run(plan: MeterPlan, emit: Callable[[Record], None]) -> None:
    """Write the sums of every meter.

    Raises:
        StandInFault: one cannot be reached, or has no meter.
    """
    for one in plan.meters:
        told = Dependency(one.stand_in).metered(one.after)
        for record in records_of(plan, one, told):
            emit(record)


def records_of(
    plan: MeterPlan, one: MeteredStandIn, told: Mapping[str, Any]
) -> Iterator[MeterRecord]:
    """The sums of what a meter told: all of it first, then every stretch."""
    known: list[Entry] = told["records"]
    last = int(told["totals"]["all"]["requests"])
    missed = max(0, last - one.after - len(known))
    entries = within(known, plan.since_s, math.inf)
    whole = _record(one, "", last, entries)
    yield replace(whole, missed=missed, system_prompts=list(told["system_prompts"]))
    for stretch in plan.stretches:
        inside = within(entries, stretch.since_s, stretch.until_s)
        yield replace(_record(one, stretch.label, last, inside), series=_series(stretch, inside))


def _series(stretch: MeterStretch, inside: Sequence[Entry]) -> list[int]:
    if not stretch.every_s:
        return []
    return by_step(inside, stretch.since_s, stretch.until_s, stretch.every_s)


def _record(one: MeteredStandIn, label: str, last: int, entries: Sequence[Entry]) -> MeterRecord:
    return MeterRecord(
        target=one.target,
        dependency=one.stand_in.name,
        label=label,
        last=last,
        missed=0,
        models=by_model(entries),
        obeyed=obeyed(entries),
        dearest=dearest(entries),
        **asdict(spent(entries)),
    )
