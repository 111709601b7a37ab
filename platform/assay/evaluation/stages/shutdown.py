"""shutdown: SIGTERM while requests are in flight; none of them may be lost."""

from assay.domain.errors import CandidateFault, PlatformFault
from assay.domain.measurements import ShutdownMeasurement
from assay.evaluation import noise
from assay.evaluation.ports import Service, Termination
from assay.evaluation.run import Run
from assay_probe.plan import ShutdownPlan
from assay_probe.records import Event, ShutdownRecord

TRAFFIC_BEFORE_SIGNAL_S = 1.0
TRAFFIC_AFTER_SIGNAL_S = 2.0
LATE_ERRORS = "5me"
"""After the signal a connection may be refused, and once the process is gone it times out;
but a request that is taken must not be answered with an error, whatever its status says."""


def shutdown(run: Run) -> None:
    """Keep batches in flight, send SIGTERM, and see what becomes of them."""
    rules = run.material.challenge.shutdown
    if rules is None:
        raise PlatformFault("the challenge has a shutdown stage but no [shutdown] table")
    service = run.service("submission")
    ended: list[Termination] = []

    def stop_it(event: Event) -> None:
        if event.name == "traffic" and not ended:
            run.clock.wait(TRAFFIC_BEFORE_SIGNAL_S)
            _refuse_the_dead(service)
            run.say("SIGTERM with requests in flight")
            ended.append(service.terminate(grace_s=rules.grace_s))

    plan = _plan(run)
    records = run.probe(plan, seconds=plan.duration_s + plan.timeout_s, on_event=stop_it)
    found = [r for r in records if isinstance(r, ShutdownRecord)]
    if not found:
        raise PlatformFault("the probe wrote no record of the shutdown")
    if not ended:
        _refuse_the_dead(service)
        ended.append(service.terminate(grace_s=rules.grace_s))
    fact = _measured(found[0], ended[0], grace_s=rules.grace_s)
    if fact.in_flight_answered < fact.in_flight or fact.late_errors:
        _refuse_noise(run, service, found[0])
    run.facts["shutdown"] = fact


def _refuse_noise(run: Run, service: Service, record: ShutdownRecord) -> None:
    """What was lost on a machine on which others took the core says nothing.

    Raises:
        PlatformFault: they did.
    """
    since_s, until_s = min(record.sent_s), max(record.ended_s)
    usage = service.usage(since_s, until_s)
    found = noise.shares(usage, until_s - since_s, len(run.world.host.service_cores))
    if found is not None and found[0] > noise.FOREIGN_CPU_SHARE_MAX:
        raise PlatformFault(
            f"this host is too noisy to judge a shutdown: others used {found[0]:.0%} of the "
            f"service's core while it stopped",
            remedy="stop what else runs on this machine, or give it another core, and run again",
        )


def _refuse_the_dead(service: Service) -> None:
    """A process that is gone already cannot show how it stops.

    Raises:
        CandidateFault: it ended by itself under batches.
    """
    if (gone := service.exit()) is not None:
        raise CandidateFault(
            f"the service exited with code {gone.code} under batches, before it was told to stop"
        )


def _plan(run: Run) -> ShutdownPlan:
    rules = run.material.challenge.shutdown
    contract = run.material.challenge.contract
    batch, labelled = contract.batch, contract.answers
    if rules is None:
        raise PlatformFault("the challenge has a shutdown stage but no [shutdown] table")
    rows = [run.material.rows[i % len(run.material.rows)] for i in range(rules.batch_rows)]
    return ShutdownPlan(
        target=run.target("submission"),
        method=batch.method,
        path=batch.path,
        body={batch.rows_field: [row.body for row in rows]},
        rate_rps=rules.rate_rps,
        duration_s=TRAFFIC_BEFORE_SIGNAL_S + TRAFFIC_AFTER_SIGNAL_S,
        timeout_s=batch.timeout_s,
        seed=run.seed_for("shutdown"),
        max_response_bytes=batch.max_response_bytes,
        answers_field=batch.answers_field,
        answer=labelled.decision.field if labelled else contract.score.answer,
        answers=len(rows),
        unique=contract.score.unique if labelled else "",
    )


def _measured(record: ShutdownRecord, end: Termination, *, grace_s: float) -> ShutdownMeasurement:
    requests = list(zip(record.sent_s, record.ended_s, record.outcomes, strict=True))
    flying = [
        outcome
        for sent, ended, outcome in requests
        if sent < end.before_s and _under_way(ended, outcome, end)
    ]
    late = [o for sent, _, o in requests if sent >= end.after_s]
    return ShutdownMeasurement(
        answered_before=sum(o == "o" for _, ended, o in requests if ended <= end.before_s),
        in_flight=len(flying),
        in_flight_answered=flying.count("o"),
        exited=end.took_s is not None,
        exit_s=end.took_s,
        exit_code=end.report.code,
        grace_s=grace_s,
        late_errors=sum(o in LATE_ERRORS for o in late),
    )


def _under_way(ended_s: float, outcome: str, end: Termination) -> bool:
    """Whether a request sent before the signal was still under way when it came.

    The signal came at some instant of the engine's call: one answered well in that time may
    have been done before it, one that failed was cut by it.
    """
    return ended_s > end.after_s or (ended_s > end.before_s and outcome != "o")
