"""What a question for the interview is, and what a rule may look at to write one."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from assay.domain.alerting import AlertingScore, recorded, score_alerting
from assay.domain.evidence import Evidence
from assay.domain.scorecard import CriterionLine, Scorecard

GATE_WEIGHT = 50.0
"""A gate that was not passed tells more than any line."""
QUIET_WEIGHT = 0.5
"""Of a question about what cost no point: after all that did."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question, with the figures it comes from.

    Attributes:
        rule: Which rule wrote it.
        text: What to ask, as one says it.
        why: What a good answer shows.
        area: Id of the area of the rubric, "" if it belongs to none.
        criterion: Id of the line it is about, "" if there is none.
        source: Where in the evidence it stands.
        weight: How much it tells: points of 100 that were lost there.
        origin: Who wrote the rule: we, or the author of the challenge.
    """

    rule: str
    text: str
    why: str
    area: str
    criterion: str
    source: str
    weight: float
    origin: Literal["assay", "challenge"] = "assay"


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a rule may look at.

    Attributes:
        alerts: What the alerts over the recording are worth; None if that cannot be told.
    """

    evidence: Evidence
    card: Scorecard
    alerts: AlertingScore | None

    def line(self, check: str, **settings: object) -> CriterionLine | None:
        """The line of the scorecard that uses a check, with these settings if any are given."""
        for criterion in self.evidence.challenge.criterion:
            fits = all(criterion.settings.get(name) == value for name, value in settings.items())
            if criterion.check == check and fits:
                return self.named(criterion.id)
        return None

    def named(self, criterion: str) -> CriterionLine | None:
        """The line of a criterion."""
        lines = (*self.card.gates, *self.card.criteria)
        return next((line for line in lines if line.id == criterion), None)

    def lost(self, line: CriterionLine | None) -> float:
        """Points of 100 that a line cost; 0 if it was not measured, or is not there."""
        if line is None or line.fraction is None:
            return 0.0
        if not line.max:
            return GATE_WEIGHT * float(1 - line.fraction)
        measured = sum(one.max for one in self.card.criteria if one.fraction is not None)
        return float(100 * (1 - line.fraction) * Fraction(line.max, measured))

    def ask(
        self, rule: str, text: str, why: str, source: str, line: CriterionLine | None = None
    ) -> Question:
        """A question about a line, as heavy as what was lost there."""
        return Question(
            rule=rule,
            text=text,
            why=why,
            area=line.area if line else "",
            criterion=line.id if line else "",
            source=source,
            weight=max(QUIET_WEIGHT, self.lost(line)),
        )


def seen_of(evidence: Evidence, card: Scorecard) -> Seen:
    """What the rules look at; the alerts are worked out once."""
    measured = evidence.incidents
    replay = recorded(measured) if measured else None
    if measured is None or measured.void or replay is None or replay.error:
        return Seen(evidence, card, None)
    return Seen(evidence, card, score_alerting(measured, replay))
