"""What the company decided about a candidate, and why. Added, never changed; the last one counts.

A decision is never refused for what is missing, but whoever decides is told first, and says once
more that they mean it. Whose own review is a draft hands that in first, or looks at the name: who
decides knows what the others wrote.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, col, func, select

from assay.audit.ledger import Actor, record
from assay.audit.tags import Tag
from assay.db.results import judged_evaluation
from assay.db.states import locked
from assay.db.tables import Assessment, Decision, Evaluation, Override, Review
from assay.domain.errors import BadInput, Conflict
from assay.domain.hiring import Verdict
from assay.features.reviews.blind import refuse_blind
from assay.features.reviews.results import flags_of
from assay.features.reviews.service import opinions_of

REASON_MIN, REASON_MAX = 10, 4000


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is decided.

    Attributes:
        user_id: Who decides; None: a program did.
        confirmed: Whether they were told what is missing, and mean it.
        seen: Id of the latest decision they knew of, 0 if there was none; None: does not matter.
    """

    verdict: Verdict
    reason: str
    user_id: str | None
    confirmed: bool = False
    seen: int | None = None


class Unconfirmed(Conflict):
    """Something is missing, and nobody said to go on.

    Attributes:
        concerns: What is missing, in words.
    """

    def __init__(self, concerns: Sequence[str]) -> None:
        self.concerns = tuple(concerns)
        listed = "; ".join(concerns)
        super().__init__(f"{listed}. Confirm it to decide all the same")


class Overtaken(Conflict):
    """Somebody else decided meanwhile, or the same person a moment ago, in another window."""

    def __init__(self) -> None:
        super().__init__(
            "a decision was added since you opened the page, so yours was not. Look at it, and "
            "decide anew if yours shall count"
        )


def concerns(session: Session, assessment_id: str) -> list[str]:
    """What whoever decides should know is missing."""
    evaluation = judged_evaluation(session, assessment_id)
    if evaluation is None:
        return ["there is no result yet"]
    reviews = session.exec(select(Review).where(Review.assessment_id == assessment_id)).all()
    handed_in = [one for one in reviews if one.handed_in_at]
    flags = {flag.line for flag in flags_of(session, evaluation)}
    drafts, unanswered = sum(map(_is_begun, reviews)), len(flags - _answered(handed_in))
    before = sum(_is_older(one, evaluation) for one in handed_in)
    found = {
        "the result is not whole: something was not measured": not evaluation.complete,
        "nobody has reviewed the work": not handed_in,
        f"{_are(drafts, 'review')} begun and not handed in": drafts > 0,
        f"{_are(before, 'review')} of an earlier result: another one counts by now": before > 0,
        f"{_are(unanswered, 'integrity flag')} answered by no review": unanswered > 0,
    }
    return [words for words, is_so in found.items() if is_so]


def since(session: Session, decision: Decision) -> list[str]:
    """What is different since a decision was made, for whoever relies on it."""
    evaluation = judged_evaluation(session, decision.assessment_id)
    adopted = evaluation.adopted_at if evaluation else None
    judged = evaluation.ended_at if evaluation and adopted is None else None
    overridden, reviewed = _overrides_since(session, decision), _reviews_since(session, decision)
    found = {
        "the result stands": judged is not None and judged > decision.at,
        "another result counts": adopted is not None and adopted > decision.at,
        f"{_were(overridden, 'override')} added": overridden > 0,
        f"{_were(reviewed, 'review')} handed in": reviewed > 0,
    }
    return [words for words, is_so in found.items() if is_so]


def decide(
    session: Session, assessment_id: str, ruling: Ruling, now: datetime, *, actor: Actor
) -> Decision:
    """Add a decision.

    Raises:
        NotFound: there is no such assessment.
        BadInput: the reason says too little, or too much.
        Unconfirmed: something is missing, and it was not said that they mean it.
        Overtaken: there is a decision that they have not seen.
        Conflict: their own review of it is a draft.
    """
    if not REASON_MIN <= len(ruling.reason.strip()) <= REASON_MAX:
        raise BadInput(
            f"say why, in {REASON_MIN} to {REASON_MAX:,} characters: somebody will ask one day"
        )
    assessment = locked(session, Assessment, assessment_id)
    refuse_blind(session, ruling.user_id, assessment_id)
    if ruling.seen not in (None, _latest_id(session, assessment_id)):
        raise Overtaken
    missing = concerns(session, assessment_id)
    if missing and not ruling.confirmed:
        raise Unconfirmed(missing)
    row = Decision(
        assessment_id=assessment_id,
        verdict=ruling.verdict,
        reason=ruling.reason.strip(),
        user_id=ruling.user_id,
        at=now,
    )
    session.add(row)
    session.flush()
    by = replace(actor, organisation_id=assessment.organisation_id)
    facts = {"verdict": ruling.verdict.value, "concerns": "; ".join(missing)}
    record(session, Tag.DECIDED, by=by, subject=assessment_id, now=now, details=facts)
    return row


def decisions_of(session: Session, assessment_id: str) -> list[Decision]:
    """All decisions about a candidate, the one that counts first."""
    wanted = select(Decision).where(Decision.assessment_id == assessment_id)
    return list(session.exec(wanted.order_by(col(Decision.id).desc())))


def latest_decisions(session: Session, assessment_ids: Collection[str]) -> dict[str, Decision]:
    """Assessment -> the decision that counts, of those that have one."""
    latest = (
        select(func.max(Decision.id))
        .where(col(Decision.assessment_id).in_(assessment_ids))
        .group_by(col(Decision.assessment_id))
    )
    rows = session.exec(select(Decision).where(col(Decision.id).in_(latest)))
    return {row.assessment_id: row for row in rows}


def _latest_id(session: Session, assessment_id: str) -> int:
    """Of the decision that counts; 0 if there is none."""
    wanted = select(func.max(Decision.id)).where(Decision.assessment_id == assessment_id)
    return session.exec(wanted).one() or 0


def _overrides_since(session: Session, decision: Decision) -> int:
    wanted = select(func.count()).where(
        Override.assessment_id == decision.assessment_id, col(Override.at) > decision.at
    )
    return session.exec(wanted).one()


def _reviews_since(session: Session, decision: Decision) -> int:
    wanted = select(func.count()).where(
        Review.assessment_id == decision.assessment_id, col(Review.handed_in_at) > decision.at
    )
    return session.exec(wanted).one()


def _is_begun(review: Review) -> bool:
    """Whether it is a draft in which something stands: who only looked at the name wrote none."""
    return review.handed_in_at is None and bool(review.summary or opinions_of(review))


def _is_older(review: Review, evaluation: Evaluation) -> bool:
    """Whether it was handed in before the result was adopted that counts now."""
    adopted, handed_in = evaluation.adopted_at, review.handed_in_at
    return adopted is not None and handed_in is not None and handed_in < adopted


def _answered(handed_in: Iterable[Review]) -> set[str]:
    """Lines of which some review says something in words."""
    return {name for one in handed_in for name, said in opinions_of(one).items() if said.note}


def _are(count: int, name: str) -> str:
    return f"1 {name} is" if count == 1 else f"{count} {name}s are"


def _were(count: int, name: str) -> str:
    return f"1 {name} was" if count == 1 else f"{count} {name}s were"
