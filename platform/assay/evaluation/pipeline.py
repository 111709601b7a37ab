"""Runs the stages of one evaluation in order and says who ended each of them.

A `CandidateFault` in checkout, build or boot ends the evaluation: what follows is `skipped`.
In any later stage it ends that stage only. A `PlatformFault` ends the stage and nothing of it
is judged. Anything unexpected is a platform fault too: if we cannot tell, it is ours.
"""

import logging
from dataclasses import dataclass

from assay.domain.challenge import StageName
from assay.domain.errors import CandidateFault, PlatformFault
from assay.domain.evidence import Evidence, StageOutcome, Submission, Versions
from assay.evaluation.memory import measure_memory, resource_samples
from assay.evaluation.plan import ALWAYS, EXPECTED_S
from assay.evaluation.ports import ProgressEvent
from assay.evaluation.run import Run
from assay.evaluation.stages import STAGES

logger = logging.getLogger(__name__)

SERVICE_LOG_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class Identity:
    """What stands on the evidence besides the measurements."""

    evaluation_id: str
    started_at: str
    submission: Submission
    versions: Versions


def evaluate(run: Run, stages: tuple[StageName, ...], identity: Identity) -> Evidence:
    """Run the stages and return all evidence, whatever became of them."""
    outcomes: list[StageOutcome] = []
    for name in STAGES:
        outcomes.append(_outcome(run, name, stages, outcomes))
    ended_s = run.clock.monotonic_s()
    return _evidence(run, tuple(outcomes), identity, run.since_start_s(ended_s))


def _outcome(
    run: Run, name: StageName, stages: tuple[StageName, ...], before: list[StageOutcome]
) -> StageOutcome:
    ended_by = next((o for o in before if o.stage in ALWAYS and _ended(o)), None)
    if name not in stages:
        return StageOutcome(stage=name, status="not_run", message="not asked for in this run")
    if ended_by and ended_by.status == "platform_fault":
        message = f"not reached: {ended_by.stage} ended with a fault of ours"
        return StageOutcome(stage=name, status="platform_fault", message=message)
    if ended_by:
        message = f"not reached: {ended_by.stage} failed"
        return StageOutcome(stage=name, status="skipped", message=message)
    return _run_stage(run, name)


def _ended(outcome: StageOutcome) -> bool:
    return outcome.status in ("candidate_fault", "platform_fault", "skipped")


def _run_stage(run: Run, name: StageName) -> StageOutcome:
    run.stage, run.traffic_s = name, 0.0
    started_s = run.clock.monotonic_s()
    _tell(run, "start")
    status, message = _attempt(run, name)
    outcome = StageOutcome.model_validate(
        {
            "stage": name,
            "status": status,
            "message": message,
            "seconds": round(run.clock.monotonic_s() - started_s, 3),
            "traffic_s": round(run.traffic_s, 3),
        }
    )
    _tell(run, "end", f"{status.replace('_', ' ')}{': ' + message if message else ''}")
    return outcome


def _attempt(run: Run, name: StageName) -> tuple[str, str]:
    """Status and message of a stage that was really run."""
    if run.deadline.passed():
        return "platform_fault", "the evaluation ran out of its total time before this stage"
    try:
        STAGES[name](run)
    except CandidateFault as fault:
        return "candidate_fault", str(fault)
    except PlatformFault as fault:
        return "platform_fault", f"{fault}{' — ' + fault.remedy if fault.remedy else ''}"
    except Exception as error:  # if we cannot tell whose fault it is, it is ours
        logger.exception("stage %s broke", name)
        return "platform_fault", f"{type(error).__name__}: {error}"
    return "done", ""


def _tell(run: Run, state: str, detail: str = "") -> None:
    elapsed = run.since_start_s(run.clock.monotonic_s())
    expected = EXPECTED_S.get(run.stage, 0.0)  # type: ignore[call-overload]
    run.progress(
        ProgressEvent(run.stage, state, detail, elapsed_s=elapsed, expected_s=expected)  # type: ignore[arg-type]
    )


def _evidence(
    run: Run, outcomes: tuple[StageOutcome, ...], identity: Identity, seconds: float
) -> Evidence:
    service = run.services.get("submission")
    return Evidence(
        evaluation_id=identity.evaluation_id,
        started_at=identity.started_at,
        seconds=seconds,
        overhead_s=round(seconds - sum(o.traffic_s for o in outcomes), 3),
        first_request_s=run.first_request_s,
        seed=run.seed,
        submission=identity.submission,
        challenge=run.material.challenge,
        host=run.world.host,
        versions=identity.versions,
        stages=outcomes,
        memory=measure_memory(run) if service else None,
        samples=resource_samples(run),
        service_log=service.log()[0][-SERVICE_LOG_BYTES:] if service else "",
        **run.facts,
    )
