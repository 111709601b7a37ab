"""A person says that a line of the machine's score earns something else.

Rows are added, never changed, and the last one of a line counts. Evidence and the stored result
stay as they are: an override stands beside the machine's figure, with who, when and why. It is of
one result: where another one is adopted, it counts no more, and stays on record.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.db.overrides import overrides_of, standing
from assay.db.standing import total_of, with_people
from assay.db.states import locked
from assay.db.tables import Assessment, Evaluation, Override
from assay.domain.errors import BadInput, Conflict
from assay.domain.scorecard import Interval
from assay.features.reviews.blind import refuse_blind
from assay.features.reviews.results import ResultPart, required, result_of

REASON_MIN, REASON_MAX = 20, 2000
"""Characters. Who overrides a measurement can say why in a sentence."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants a line to earn.

    Attributes:
        fraction: Share of its points, 0..1; None: what was measured counts again.
        reason: Why.
    """

    criterion: str
    fraction: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Totals:
    """The score, 0..100 to one decimal, as the machine has it and with what people decided instead.

    Attributes:
        machine: By the weights of the position; None if there is no total.
        interval: Its 95 % interval. With overrides there is none: people measure nothing.
        unweighted: As measured, by the challenge's own points.
        with_people: As `machine`, with overrides; None if there are none, or no total.
        lines: How many are overridden.
    """

    machine: float | None
    interval: Interval | None
    unweighted: float | None
    with_people: float | None = None
    lines: int = 0

    @property
    def weighs(self) -> bool:
        """Whether the weights of the position make a difference."""
        return self.machine != self.unweighted


def override(
    session: Session, assessment_id: str, user_id: str, wish: Wish, now: datetime, *, actor: Actor
) -> Override:
    """Add an override to the result that counts.

    Raises:
        NotFound: there is no such assessment.
        BadInput: there is no such line, it is no share, or the reason says too little.
        Conflict: there is no result yet, the line earns that already, or an own review of it is
            a draft.
    """
    assessment = locked(session, Assessment, assessment_id)
    refuse_blind(session, user_id, assessment_id)
    evaluation = required(session, assessment_id)
    result = result_of(session, evaluation.id)
    _refuse(wish, result)
    was = _as_it_stands(session, evaluation.id, result)[wish.criterion]
    is_given = wish.criterion in _given(session, evaluation.id)
    if wish.fraction == was or (wish.fraction is None and not is_given):
        raise Conflict("that is what the line earns already: nothing was changed")
    row = Override(
        assessment_id=assessment_id,
        evaluation_id=evaluation.id,
        criterion=wish.criterion,
        was=was,
        now=wish.fraction,
        reason=wish.reason.strip(),
        user_id=user_id,
        at=now,
    )
    session.add(row)
    session.flush()
    by = replace(actor, organisation_id=assessment.organisation_id)
    facts = {"criterion": wish.criterion, "was": was, "now": wish.fraction, "reason": row.reason}
    record(session, Tag.OVERRIDDEN, by=by, subject=assessment_id, now=now, details=facts)
    return row


def shares(rows: Iterable[Override]) -> dict[str, float]:
    """Criterion -> the fraction that a person gave it, of the overrides that count."""
    return {row.criterion: row.now for row in rows if row.now is not None}


def totals_of(
    session: Session, assessment: Assessment, evaluation: Evaluation, result: ResultPart
) -> Totals:
    """What lists show of an assessment, of its result that counts (`db.standing`)."""
    own = total_of(session, assessment, evaluation)
    people = with_people(session, [assessment]).get(assessment.id)
    return Totals(
        machine=own.total if own else None,
        interval=own.interval if own else None,
        unweighted=result.total,
        with_people=people.total if people else None,
        lines=people.lines if people else 0,
    )


def _as_it_stands(
    session: Session, evaluation_id: str, result: ResultPart
) -> dict[str, float | None]:
    return {**result.fractions(), **_given(session, evaluation_id)}


def _given(session: Session, evaluation_id: str) -> dict[str, float]:
    return shares(standing(overrides_of(session, evaluation_id)).values())


def _refuse(wish: Wish, result: ResultPart) -> None:
    problems = []
    if wish.criterion not in result.titles():
        problems.append(f"this result has no line {wish.criterion!r}; choose one of the list")
    if wish.fraction is not None and not 0 <= wish.fraction <= 1:
        problems.append("a line earns between nothing and all of its points: 0 to 100 %")
    if not REASON_MIN <= len(wish.reason.strip()) <= REASON_MAX:
        problems.append(f"say why, in {REASON_MIN} to {REASON_MAX:,} characters: somebody will ask")
    if problems:
        raise BadInput(*problems)
