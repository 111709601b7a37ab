"""boot: start the service and see whether "ready" means that it can answer."""

from assay.domain.errors import CandidateFault
from assay.domain.measurements import BootMeasurement
from assay.evaluation.live_log import live_log
from assay.evaluation.run import Run
from assay.kit.text import storable
from assay_probe.records import BootRecord

LOG_EXCERPT = 4000
LAST_LINES = 20


def boot(run: Run) -> None:
    """Start the submission and record how it came up.

    Raises:
        CandidateFault: it did not become ready in time, or exited.
    """
    record = run.boot("submission")
    fact = _measured(run, record)
    run.facts["boot"] = fact
    if record.ready_s is None:
        _tell_last_words(run, fact.log)
        raise CandidateFault(_why_not_ready(run, fact), evidence=fact.log)


def _tell_last_words(run: Run, log: str) -> None:
    """Whoever watches sees what it printed, without opening a page."""
    with live_log(run.log) as tell:
        for line in log.splitlines()[-LAST_LINES:]:
            tell(line)


def _measured(run: Run, record: BootRecord) -> BootMeasurement:
    service = run.services["submission"]
    ended = service.exit()
    return BootMeasurement(
        ready_s=run.ready_s(record),
        polls=record.polls,
        last_status=storable(record.last_status),
        first_outcomes=record.first_outcomes,
        first_latency_ms=tuple(record.first_latency_ms),
        exit_code=ended.code if ended else None,
        oom_killed=bool(ended and ended.oom_killed),
        log=service.log()[0][-LOG_EXCERPT:],
    )


def _why_not_ready(run: Run, fact: BootMeasurement) -> str:
    contract = run.material.challenge.contract
    limit_s = run.material.challenge.limits.boot_s
    if fact.oom_killed:
        return (
            f"the service was killed for using more than its memory limit of "
            f"{run.material.challenge.limits.memory_mib} MiB while starting; load less at start"
        )
    if fact.exit_code is not None:
        return (
            f"the service exited with code {fact.exit_code} before it was ready; "
            f"its last output is below"
        )
    return (
        f"GET {contract.ready} on port {contract.port} gave no 200 within {limit_s:.0f} s "
        f"(last: {fact.last_status or 'no connection'}); "
        f"does the service listen on 0.0.0.0:$PORT?"
    )
