"""Words of deciding: how results reach candidates, what reviewers and companies say. Pure."""

from enum import StrEnum


class ReleasePolicy(StrEnum):
    """When a candidate of a position sees the result."""

    BY_HAND = "by_hand"
    AT_ONCE = "at_once"
    WITH_DECISION = "with_decision"


class Stage(StrEnum):
    """Where a candidate stands in a pipeline, the end of the way last."""

    INVITED = "invited"
    STARTED = "started"
    SUBMITTED = "submitted"
    JUDGED = "judged"
    REVIEWED = "reviewed"
    DECIDED = "decided"
    EXPIRED = "expired"
    REVOKED = "revoked"


class Verdict(StrEnum):
    """What the company decided about a candidate. The latest decision counts."""

    ADVANCE = "advance"
    HOLD = "hold"
    REJECT = "reject"


FINAL = (Verdict.ADVANCE, Verdict.REJECT)
"""Verdicts after which a candidate knows where they stand. "Hold" says: not yet."""


MARK = 4
"""Characters of an id that tell candidates without a number apart."""


def nameless(number: int, assessment_id: str) -> str:
    """How a candidate is called to whoever must not know the name: "Candidate 7" of a position.

    Without one (0) the end of the id tells them apart.
    """
    return f"Candidate {number}" if number else f"Candidate {assessment_id[-MARK:]}"


class EventKind(StrEnum):
    """What other systems may be told of; `docs/integrations.md` has the payloads."""

    INVITED = "assessment.invited"
    STARTED = "assessment.started"
    SUBMITTED = "assessment.submitted"
    FINISHED = "assessment.finished"
    EXPIRED = "assessment.expired"
    REVOKED = "assessment.revoked"
    JUDGED = "assessment.judged"
    RELEASED = "assessment.released"
    DECIDED = "assessment.decided"
    DELETED = "assessment.deleted"
    TESTED = "endpoint.tested"


class EndpointKind(StrEnum):
    """Who listens to events, and in which format."""

    SIGNED = "signed"
    SLACK = "slack"
    GREENHOUSE = "greenhouse"
    ASHBY = "ashby"
    LEVER = "lever"
