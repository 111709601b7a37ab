"""What became of the same questions put by different callers, at different times. Facts only.

Every request of the harness looks like one of several common clients (`assay_probe.guises`), by
lot; so whoever treats callers differently shows it. After load and after the incidents some rows
are asked once more, as they are and changed, of the submission and of the reference.
"""

from typing import Literal

from pydantic import Field

from assay.domain.measurements import Fact

Moment = Literal[
    "before_load",
    "under_load",
    "at_the_objective",
    "after_load",
    "incidents",
    "after_incidents",
]

Likeness = Literal["guise", "known", "crossed", "other_id", "swapped_id"]
"""`guise`: asked by the client in `name`; `known`: rows of the traffic as they are; `crossed`:
half of the fields are those of another row; `other_id`: a known row under an id nobody has used;
`swapped_id`: a known row under the id of another known row."""


class Asked(Fact):
    """Requests that were alike in one way.

    Attributes:
        moment: When they were sent.
        alike: In which way.
        name: Of the guise, else "".
        outcomes: Letter -> count; right is what the rows say or, once more after load and
            incidents, what the reference answered to the same bytes.
        latency_ms_p50: Of those answered with 200; None if none was, or if it was not timed.
    """

    moment: Moment
    alike: Likeness
    name: str = ""
    outcomes: dict[str, int]
    latency_ms_p50: float | None = None

    @property
    def requests(self) -> int:
        """How many."""
        return sum(self.outcomes.values())


class TurnedAway(Fact):
    """Requests of the paired windows that were answered with 4xx or 5xx.

    Attributes:
        requests: Of the windows that count, in all.
        turned_away: Of these.
        turned_away_ms_p50: How soon they were told.
        answered_ms_p50: How soon the others were answered.
        cpu_share: CPU the service used in these windows, of its cores' time.
    """

    requests: int
    turned_away: int
    turned_away_ms_p50: float | None
    answered_ms_p50: float | None
    cpu_share: float | None


class CallersMeasurement(Fact):
    """All of it."""

    asked: tuple[Asked, ...] = ()
    turned_away: TurnedAway | None = Field(None, description="Of the paired windows.")
