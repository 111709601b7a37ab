"""From what was planned, done and seen to one fact per incident. Pure.

Instants are virtual minutes since the origin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assay.domain.incidents import GroundTruth, Incident
from assay.evaluation.drifts import Drifted
from assay.evaluation.incidents.conduct import Carried
from assay.evaluation.incidents.requests import Sent, between, outcomes, recovery_s
from assay.evaluation.incidents.timeline import Planned, Timeline

BEFORE_MIN = 5.0
"""What counts as "before" an incident: so much of the quiet time just before it."""
WRONG = "w"
LEAST_SHARE = 0.5
"""Of its planned length an incident has to last: an engine that took so long to begin it has
left no alert the time to notice it."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Everything that is known of the incidents of one run.

    Attributes:
        carried: Incident id -> when it was really done; one that is missing never began.
        drifted: Incident id -> its rows.
        truths: Incident id -> how far its rows are from the clean ones.
        sent: Every request, in order.
    """

    timeline: Timeline
    carried: Mapping[str, Carried]
    drifted: Mapping[str, Drifted]
    truths: Mapping[str, GroundTruth]
    sent: Sequence[Sent]

    def incidents(self) -> tuple[Incident, ...]:
        """One fact for each, in order."""
        planned = self.timeline.planned
        if not planned:
            return ()
        followed = [(one, after.onset_min) for one, after in pairwise(planned)]
        last = (planned[-1], self.timeline.length_min)
        return tuple(self._incident(one, until_min) for one, until_min in [*followed, last])

    def _incident(self, one: Planned, until_min: float) -> Incident:
        spec, carried = one.spec, self.carried.get(one.spec.id, Carried(done=False))
        onset_min = one.onset_min if carried.onset_min is None else carried.onset_min
        end_min = max(onset_min, one.end_min if carried.end_min is None else carried.end_min)
        short = end_min - onset_min < LEAST_SHARE * (one.end_min - one.onset_min)
        within = between(self.sent, onset_min, end_min)
        before = between(self.sent, one.onset_min - BEFORE_MIN, one.onset_min)
        drifted, found = self.drifted.get(spec.id), outcomes(within)
        return Incident(
            id=spec.id,
            title=spec.title,
            kind=spec.kind,
            group=spec.group,
            injector=spec.injector,
            schedule=spec.schedule,
            observable=spec.observable,
            weight=spec.weight,
            planned_onset_min=one.onset_min,
            planned_end_min=one.end_min,
            onset_min=onset_min,
            end_min=end_min,
            budget_min=spec.budget_min,
            accepts=spec.accepts,
            locates=spec.locates,
            features=drifted.features if drifted else (),
            requests=len(within),
            outcomes=found,
            before=outcomes(before),
            wrong_served=found.get(WRONG, 0),
            recovery_s=recovery_s(self.sent, end_min, until_min, before),
            truth=self.truths.get(spec.id),
            carried_out=carried.done and not short,
            note=carried.note or _note(drifted, end_min - onset_min, short=short),
        )


def _note(drifted: Drifted | None, lasted_min: float, *, short: bool) -> str:
    if short:
        return f"this machine was so late that it lasted {lasted_min:.1f} min only"
    return drifted.note if drifted else ""
