"""What was done to a service and when its alerts noticed, short enough to stand beside others'.

The verdicts are those of `domain.alerting`; here they are only listed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from assay.domain.alerting import credit_of, judged_incidents, recorded
from assay.domain.false_alarms import in_quiet
from assay.domain.incidents import Incident, IncidentsMeasurement, Replay
from assay.domain.timeline import IncidentKind

ALARMS_MAX = 60
"""So many are drawn: no candidate's alerts, however restless, make a drawing nobody can read."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One incident or decoy.

    Attributes:
        start_min, end_min: On the virtual clock.
        noticed_min: When an alert noticed it; None if none did, or none was to.
        delay_min: From its onset until then.
        judged: Whether an alert was asked for.
        alert: Name of the one that noticed.
    """

    title: str
    kind: IncidentKind
    start_min: float
    end_min: float
    judged: bool
    noticed_min: float | None = None
    delay_min: float | None = None
    alert: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One candidate's timeline.

    Attributes:
        alarms_min: When alerts began to fire for nothing: of many the first `ALARMS_MAX`.
        false_alarms: How many there were.
        said: Why nothing can be told of the alerts; "" if it can.
    """

    length_min: float
    warmup_min: float
    happenings: Sequence[Happening]
    alarms_min: Sequence[float]
    false_alarms: int
    said: str = ""

    @property
    def noticed(self) -> int:
        """How many incidents were noticed in time."""
        return sum(one.noticed_min is not None for one in self.happenings)

    @property
    def asked(self) -> int:
        """How many there were to notice."""
        return sum(one.judged for one in self.happenings)


def lane_of(measured: IncidentsMeasurement) -> Lane:
    """The timeline of one evaluation."""
    replay = recorded(measured)
    if measured.void:
        return _lane(measured, None, f"not judged: {measured.void}")
    if replay is None or replay.error:
        return _lane(measured, None, "no alert rules that could be run")
    return _lane(measured, replay, "")


def _lane(measured: IncidentsMeasurement, replay: Replay | None, said: str) -> Lane:
    judged = {one.id for one in judged_incidents(measured)}
    alarms = in_quiet(measured, replay).alarms if replay else ()
    return Lane(
        length_min=measured.length_min,
        warmup_min=measured.warmup_min,
        happenings=[
            _happening(one, measured, replay, judged=one.id in judged)
            for one in measured.incidents
            if one.carried_out
        ],
        alarms_min=[float(one.start_min) for one in alarms][:ALARMS_MAX],
        false_alarms=len(alarms),
        said=said,
    )


def _happening(
    one: Incident, measured: IncidentsMeasurement, replay: Replay | None, *, judged: bool
) -> Happening:
    credit = credit_of(one, measured, replay) if replay and judged else None
    first = credit.first if credit else None
    delay = credit.delay_min if credit else None
    return Happening(
        title=one.title,
        kind=one.kind,
        start_min=one.onset_min,
        end_min=one.end_min,
        judged=judged,
        noticed_min=first.start_min if first else None,
        delay_min=None if delay is None else float(delay),
        alert=first.alert if first else "",
    )
