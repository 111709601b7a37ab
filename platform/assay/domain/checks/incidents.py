"""What the checks of the incidents stage share: its measurement, and its settings."""

from collections.abc import Sequence

from assay.domain.checks.absent import Absent, fact_of
from assay.domain.errors import BadInput
from assay.domain.evidence import Evidence
from assay.domain.incidents import Incident, IncidentsMeasurement
from assay.domain.rubric import Criterion
from assay.domain.verdict import Unmeasured

SHOWN = 3


def timeline_of(evidence: Evidence) -> IncidentsMeasurement | Absent:
    """The stage's measurement, or why there is none that can be judged."""
    found = fact_of(evidence, "incidents", evidence.incidents)
    if isinstance(found, IncidentsMeasurement) and found.void:
        return Unmeasured(f"the incidents were disturbed by the machine: {found.void}")
    return found


def names_in(criterion: Criterion, setting: str) -> tuple[str, ...]:
    """A setting that is a list of names; () without it.

    Raises:
        BadInput: it is anything else.
    """
    names = criterion.settings.get(setting, [])
    if not isinstance(names, list | tuple) or not all(isinstance(one, str) for one in names):
        raise BadInput(
            f"criterion {criterion.id}: settings.{setting} is {names!r}; write a list of names"
        )
    return tuple(names)


def chosen(
    measurement: IncidentsMeasurement, *, injectors: Sequence[str] = (), groups: Sequence[str] = ()
) -> tuple[Incident, ...]:
    """Incidents of these injectors and groups that were carried out; of all without any."""
    return tuple(
        one
        for one in measurement.incidents
        if one.carried_out
        and (not injectors or one.injector in injectors)
        and (not groups or one.group in groups)
    )


def chosen_by(criterion: Criterion, measurement: IncidentsMeasurement) -> tuple[Incident, ...]:
    """Those that the settings `injectors` and `groups` of a criterion name."""
    injectors, groups = names_in(criterion, "injectors"), names_in(criterion, "groups")
    return chosen(measurement, injectors=injectors, groups=groups)


def listed(words: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    more = len(words) - SHOWN
    return "; ".join(words[:SHOWN]) + (f"; and {more} more" if more > 0 else "")
