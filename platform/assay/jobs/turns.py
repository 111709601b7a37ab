"""Whose evaluation is next: organisations take turns, however many pushes one of them makes.

Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996) in whole numbers. The evaluations
of one organisation in one lane are a flow. Every evaluation gets its turn when it is queued and
keeps it; workers take the smallest, of equals the eldest. The present is the largest turn that
ever began to run. Whoever was idle begins there, which has two sides:

    nobody waits behind a backlog   one evaluation of each other organisation at most comes before
    nobody has saved turns up       of a newcomer's burst, one at most comes before those who wait

It is not the smallest turn that runs: with several workers, one slow evaluation would hold the
present back, and a newcomer's whole burst would come before everybody else's.
"""

from assay.domain.lifecycle import Lane

STEP: dict[Lane, int] = {Lane.PRACTICE: 2, Lane.SEALED: 1, Lane.REGRADE: 4}
"""Lane -> distance between two turns of a flow. Half the distance is twice the share."""


def next_turn(
    lane: Lane,
    *,
    last_of_flow: int | None,
    largest_begun: int | None,
    given_up: int | None = None,
) -> int:
    """The turn of an evaluation that is queued now, 1 or more.

    A newcomer's sealed evaluation gets the present itself and its practice the turn after it: so
    sealed comes first, and a flow whose turns are two apart has one turn in between, not two.

    Args:
        lane: What it is for.
        last_of_flow: Largest turn its organisation has in this lane, of those that wait or have
            begun; None if it has none. Those that were taken out of the queue took no turn.
        largest_begun: Largest turn that ever began to run, None if none did.
        given_up: Turn of the evaluation of the same flow whose place it takes, None if of none.
            Without it, candidates who push again and again would push their own organisation
            back, far behind the others.
    """
    present = (largest_begun or 0) - 1
    behind_its_flow = max(present, last_of_flow or 0) + STEP[lane]
    return min(behind_its_flow, given_up or behind_its_flow)
