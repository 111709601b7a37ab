"""Plans about metered dependencies: reading what was spent, and what a service says it spent."""

from dataclasses import dataclass, field

from assay_probe.plans_service import Target
from assay_probe.plans_stand_in import StandIn


@dataclass(frozen=True, slots=True)
class MeteredStandIn:
    """A stand-in whose meter is to be read.

    Attributes:
        target: Name of the service that it belongs to.
        after: Number of the last record that is already known.
    """

    target: str
    stand_in: StandIn
    after: int = 0


@dataclass(frozen=True, slots=True)
class MeterStretch:
    """A stretch of time whose requests are summed up apart, by the time at which they came.

    Attributes:
        since_s, until_s: Instants of the machine's monotonic clock; the end is not in it.
        every_s: Length of the steps by which the money is told as well; 0 for none.
    """

    label: str
    since_s: float
    until_s: float
    every_s: float = 0.0


@dataclass(frozen=True, slots=True)
class MeterPlan:
    """Read meters: one record for all that is new on each, and one for each stretch of it.

    Attributes:
        since_s: Requests that came before this instant are left out, new or not.
    """

    meters: list[MeteredStandIn]
    since_s: float = 0.0
    stretches: list[MeterStretch] = field(default_factory=list)
    kind: str = "meter"


@dataclass(frozen=True, slots=True)
class ToldPlan:
    """Ask a service what requests cost that it has answered.

    Attributes:
        path: `{id}` in it stands for the id of a request.
        ids: Of the requests.
        field: Dotted path of the dollars in the answer.
        concurrency: Asked at once.
        timeout_s: Of one answer.
        deadline_s: Ids without an answer by then have none.
    """

    target: Target
    path: str
    ids: list[str]
    field: str
    concurrency: int = 8
    timeout_s: float = 2.0
    deadline_s: float = 20.0
    max_response_bytes: int = 262_144
    kind: str = "told"
