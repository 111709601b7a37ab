"""How an assessment and an evaluation go on: their states, and every step there is between them.

    assessment   invited -> started -> finished
                    |          |
                    |          +-----> finished, at the deadline
                    +-----> revoked (also from started)
                    +-----> expired (the invitation was not used in time)

    evaluation   queued -> running -> judged
                    |         |-----> queued (a platform fault, tried again)
                    |         |-----> platform_fault (tried often enough: a person is told)
                    |         +-----> cancelled
                    |-----> superseded (a newer push came before it began)
                    +-----> cancelled

A submission that fails is judged: a Dockerfile that does not build is a result.
"""

from enum import StrEnum


class AssessmentState(StrEnum):
    """Where a candidate's sitting of a challenge stands."""

    INVITED = "invited"
    STARTED = "started"
    FINISHED = "finished"
    EXPIRED = "expired"
    REVOKED = "revoked"


class EvaluationState(StrEnum):
    """Where one run of the harness stands."""

    QUEUED = "queued"
    RUNNING = "running"
    JUDGED = "judged"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    PLATFORM_FAULT = "platform_fault"


class Lane(StrEnum):
    """What an evaluation is for: practice while iterating, sealed to count.

    A regrade repeats the sealed one later, under another version; it counts once a person says so.
    """

    PRACTICE = "practice"
    SEALED = "sealed"
    REGRADE = "regrade"


ASSESSMENT_STEPS: dict[AssessmentState, frozenset[AssessmentState]] = {
    AssessmentState.INVITED: frozenset(
        {AssessmentState.STARTED, AssessmentState.EXPIRED, AssessmentState.REVOKED}
    ),
    AssessmentState.STARTED: frozenset({AssessmentState.FINISHED, AssessmentState.REVOKED}),
    AssessmentState.FINISHED: frozenset(),
    AssessmentState.EXPIRED: frozenset(),
    AssessmentState.REVOKED: frozenset(),
}
"""State -> those that may follow it."""

EVALUATION_STEPS: dict[EvaluationState, frozenset[EvaluationState]] = {
    EvaluationState.QUEUED: frozenset(
        {EvaluationState.RUNNING, EvaluationState.SUPERSEDED, EvaluationState.CANCELLED}
    ),
    EvaluationState.RUNNING: frozenset(
        {
            EvaluationState.JUDGED,
            EvaluationState.QUEUED,
            EvaluationState.PLATFORM_FAULT,
            EvaluationState.CANCELLED,
        }
    ),
    EvaluationState.JUDGED: frozenset(),
    EvaluationState.SUPERSEDED: frozenset(),
    EvaluationState.CANCELLED: frozenset(),
    EvaluationState.PLATFORM_FAULT: frozenset({EvaluationState.QUEUED}),
}
"""State -> those that may follow it. An operator may try a platform fault once more."""

ENDED = frozenset(
    {
        EvaluationState.JUDGED,
        EvaluationState.SUPERSEDED,
        EvaluationState.CANCELLED,
        EvaluationState.PLATFORM_FAULT,
    }
)
"""States in which an evaluation stays unless a person does something."""


def may_become(now: EvaluationState, then: EvaluationState) -> bool:
    """Whether an evaluation may go from one state to another."""
    return then in EVALUATION_STEPS[now]


def assessment_may_become(now: AssessmentState, then: AssessmentState) -> bool:
    """Whether an assessment may go from one state to another."""
    return then in ASSESSMENT_STEPS[now]
