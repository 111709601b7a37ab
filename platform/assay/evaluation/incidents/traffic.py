"""What the probe is told to send, and when things change beside the traffic. Pure.

Plan seconds count from the origin and are virtual minutes at the same time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from assay.domain.errors import BadInput
from assay.domain.timeline import IncidentRules
from assay.evaluation.drifts import INJECTORS, Drifted
from assay.evaluation.incidents.generated import GENERATED, rate_factor
from assay.evaluation.incidents.timeline import Planned, Timeline
from assay.evaluation.material import Row, write_incident_rows
from assay_probe.plan import Mark, Segment, StandInChange

BASE = "incidents/clean.jsonl"
BEGIN, END = "begin", "end"
SERVICE_FAULTS = (
    "hang",
    "crash",
    "cpu_throttle",
    "memory_pressure",
    "network_cut",
    "disk_full",
)
"""Done to the container by the sandbox. The rest is done by traffic or by a stand-in."""
DEPENDENCY, SURGE, BURST = "dependency", "traffic_surge", "error_burst"


@dataclass(frozen=True, slots=True)
class Traffic:
    """The probe's part of the timeline.

    Attributes:
        marks: Every onset and end, `detail` is the incident's id.
        files: Row files by name, relative to the plan.
    """

    segments: list[Segment]
    changes: list[StandInChange]
    marks: list[Mark]
    files: dict[str, bytes]


def needs_rows(injector: str) -> bool:
    """Whether the incident sends rows of its own."""
    return is_drift(injector) or injector == GENERATED


def is_drift(injector: str) -> bool:
    """Whether these are clean rows that were changed."""
    return injector in INJECTORS or injector == BURST


def traffic_of(
    timeline: Timeline,
    rules: IncidentRules,
    clean: Iterable[Row],
    drifted: Mapping[str, Drifted],
) -> Traffic:
    """Segments, changes, marks and row files of a timeline.

    Args:
        timeline: What happens when.
        rules: The challenge's.
        clean: The pool.
        drifted: Incident id -> its rows, for all that `needs_rows`.
    """
    segments: list[Segment] = []
    at_min = 0.0
    for one in timeline.planned:
        segments.append(_quiet(rules, at_min, one.onset_min))
        segments += _segments(one, rules, drifted)
        at_min = one.end_min
    segments.append(_quiet(rules, at_min, timeline.length_min))
    return Traffic(
        segments=segments,
        changes=[change for one in timeline.planned for change in _changes(one)],
        marks=[mark for one in timeline.planned for mark in _marks(one)],
        files={BASE: write_incident_rows(clean), **_files(drifted)},
    )


def _quiet(rules: IncidentRules, start_min: float, end_min: float) -> Segment:
    return Segment("", start_min, end_min, rules.rate_rps, BASE, BASE)


def _segments(one: Planned, rules: IncidentRules, drifted: Mapping[str, Drifted]) -> list[Segment]:
    """The traffic of one incident; service faults and dependencies leave it as it is."""
    if one.spec.injector == SURGE:
        return [_surge(one, rules)]
    if needs_rows(one.spec.injector):
        return _drift(one, rules, drifted[one.spec.id])
    if one.spec.injector == DEPENDENCY or one.spec.injector in SERVICE_FAULTS:
        return [_plain(one, rules)]
    known = ", ".join(sorted([*INJECTORS, *SERVICE_FAULTS, DEPENDENCY, SURGE, BURST, GENERATED]))
    raise BadInput(
        f"incident {one.spec.id!r}: no injector is called {one.spec.injector!r}; use {known}"
    )


def _plain(one: Planned, rules: IncidentRules) -> Segment:
    return Segment(one.spec.id, one.onset_min, one.end_min, rules.rate_rps, BASE, BASE)


def _surge(one: Planned, rules: IncidentRules) -> Segment:
    rate_rps = rules.rate_rps * float(one.spec.settings.get("factor", 2.0))
    return Segment(one.spec.id, one.onset_min, one.end_min, rate_rps, BASE, BASE)


def _drift(one: Planned, rules: IncidentRules, drifted: Drifted) -> list[Segment]:
    """A segment for each phase; the last ends with the incident, whose end is rounded."""
    last = drifted.phases[-1]
    return [
        Segment(
            incident=one.spec.id,
            start_s=one.onset_min + phase.start_min,
            end_s=one.end_min if phase is last else one.onset_min + phase.end_min,
            rate_rps=rules.rate_rps * rate_factor(one.spec),
            rows=_file(one.spec.id, phase.level),
            base=BASE,
            share_from=phase.share_from,
            share_to=phase.share_to,
        )
        for phase in drifted.phases
    ]


def _file(incident: str, level: float) -> str:
    return f"incidents/{incident}-{level:g}.jsonl"


def _files(drifted: Mapping[str, Drifted]) -> dict[str, bytes]:
    return {
        _file(incident, level): write_incident_rows(rows)
        for incident, one in drifted.items()
        for level, rows in one.rows.items()
    }


def _changes(one: Planned) -> list[StandInChange]:
    if one.spec.injector != DEPENDENCY:
        return []
    settings = dict(one.spec.settings)
    name, mode = str(settings.pop("name")), str(settings.pop("mode"))
    return [
        StandInChange(one.onset_min, name, mode, settings),
        StandInChange(one.end_min, name, "ok"),
    ]


def _marks(one: Planned) -> list[Mark]:
    return [Mark(one.onset_min, BEGIN, one.spec.id), Mark(one.end_min, END, one.spec.id)]
