"""Start and end: ready means able to answer, and stopping loses nothing."""

import math

from assay.domain.checks.absent import fact_of
from assay.domain.checks.wording import joined, tally
from assay.domain.evidence import Evidence
from assay.domain.measurements import BootMeasurement, ShutdownMeasurement
from assay.domain.rubric import Criterion
from assay.domain.verdict import NotShown, Observation, Observed, Unmeasured

SERVED = "owh"
"""A complete 200; whether the number in it is right is another criterion's question."""

NO_BATCH = "No batch was answered before SIGTERM, so none could be in flight to be finished."


def ready_truth(evidence: Evidence, criterion: Criterion) -> Observation:
    """Share of the requests sent the moment the service said "ready" that it answered."""
    boot = fact_of(evidence, "boot", evidence.boot)
    if not isinstance(boot, BootMeasurement):
        return boot
    sent = len(boot.first_outcomes)
    if sent == 0:
        return Unmeasured("no request was sent right after the service said it was ready")
    served = sum(letter in SERVED for letter in boot.first_outcomes)
    counts = {letter: boot.first_outcomes.count(letter) for letter in boot.first_outcomes}
    told = f"{served} of {sent} requests sent right after ready were answered"
    return Observed(served / sent, f"{told} ({tally(counts)}).", source="boot.first_outcomes")


def shutdown_in_flight(evidence: Evidence, criterion: Criterion) -> Observation:
    """Share of the requests under way at SIGTERM, or accepted after it, that were answered."""
    shutdown = fact_of(evidence, "shutdown", evidence.shutdown)
    if not isinstance(shutdown, ShutdownMeasurement):
        return shutdown
    owed = shutdown.in_flight + shutdown.late_errors
    if owed == 0 and shutdown.answered_before == 0:
        return NotShown(NO_BATCH, source="shutdown.answered_before")
    if owed == 0:
        return Unmeasured("no request was in flight when SIGTERM was sent")
    told = (
        f"{shutdown.in_flight_answered} of {shutdown.in_flight} requests in flight at SIGTERM "
        f"were answered."
    )
    late = (
        f"{shutdown.late_errors} more were taken after SIGTERM and answered with an error."
        if shutdown.late_errors
        else ""
    )
    value = shutdown.in_flight_answered / owed
    return Observed(value, joined(told, late), source="shutdown.in_flight_answered")


def shutdown_time(evidence: Evidence, criterion: Criterion) -> Observation:
    """Seconds from SIGTERM until the process was gone; infinite if it had to be killed."""
    shutdown = fact_of(evidence, "shutdown", evidence.shutdown)
    if not isinstance(shutdown, ShutdownMeasurement):
        return shutdown
    if not shutdown.exited or shutdown.exit_s is None:
        killed = f"Still running {shutdown.grace_s:g} s after SIGTERM, so it was killed."
        return Observed(math.inf, killed, source="shutdown.exited")
    told = f"Gone {shutdown.exit_s:.1f} s after SIGTERM with exit code {shutdown.exit_code}."
    return Observed(shutdown.exit_s, told, source="shutdown.exit_s")
