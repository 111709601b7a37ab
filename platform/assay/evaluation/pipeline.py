"""Runs the stages of one evaluation in order and says who ended each of them.

A `CandidateFault` in checkout, build or boot ends the evaluation: what follows is `skipped`.
In any later stage it ends that stage only. A `PlatformFault` ends the stage and nothing of it
is judged. Anything unexpected is a platform fault too: if we cannot tell, it is ours.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from assay.domain.challenge import StageName
from assay.domain.errors import CandidateFault, PlatformFault
from assay.domain.evidence import Evidence, StageOutcome, Submission, Versions
from assay.evaluation.checkpoint import Checkpoint, recall, refuse_another, revive, take
from assay.evaluation.memory import measure_memory, resource_samples
from assay.evaluation.metering import note_spending
from assay.evaluation.plan import ALWAYS, EXPECTED_S
from assay.evaluation.ports import ProgressEvent
from assay.evaluation.run import Run
from assay.evaluation.stages import STAGES
from assay.kit.text import storable

logger = logging.getLogger(__name__)

SERVICE_LOG_BYTES = 20_000
DONE = ("done", "")


@dataclass(frozen=True, slots=True)
class Identity:
    """What stands on the evidence besides the measurements."""

    evaluation_id: str
    started_at: str
    submission: Submission
    versions: Versions


class Evaluation:
    """One evaluation, driven stage by stage.

    Between two stages it can be put down with `checkpoint`, and taken up by another process.

    Attributes:
        stages: Those asked for, in order.
    """

    def __init__(
        self,
        run: Run,
        stages: tuple[StageName, ...],
        identity: Identity,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        """Begin, or with a checkpoint go on after the stages that have ended.

        Raises:
            PlatformFault: the checkpoint is another evaluation's.
        """
        self.stages = tuple(name for name in STAGES if name in stages)
        self._run = run
        self._identity = identity
        self._outcomes: dict[StageName, StageOutcome] = {}
        self._revived = checkpoint is None
        if checkpoint is not None:
            self._recall(checkpoint)

    def _recall(self, checkpoint: Checkpoint) -> None:
        evaluation_id = self._identity.evaluation_id
        refuse_another(checkpoint, self._run, stages=self.stages, evaluation_id=evaluation_id)
        recall(self._run, checkpoint)
        self._identity = replace(self._identity, started_at=checkpoint.started_at)
        self._outcomes = {outcome.stage: outcome for outcome in checkpoint.outcomes}

    @property
    def artifacts(self) -> Mapping[str, bytes]:
        """Files that belong beside the evidence, by name."""
        return self._run.artifacts

    def run_stage(self, name: StageName) -> StageOutcome:
        """Run the next stage. One that has ended is not run again: its outcome is returned.

        Raises:
            ValueError: a stage before it has not been run.
        """
        if name not in self._outcomes:
            self._refuse_a_gap(name)
            self._outcomes[name] = self._passed_over(name) or self._measured(name)
        return self._outcomes[name]

    def run_all(self) -> Evidence:
        """Run what is left, and return all evidence, whatever became of it."""
        for name in self.stages:
            self.run_stage(name)
        return self.evidence()

    def checkpoint(self) -> Checkpoint:
        """All that another process needs to go on after the stages that have ended."""
        return take(
            self._run,
            self._outcomes.values(),
            stages=self.stages,
            evaluation_id=self._identity.evaluation_id,
            started_at=self._identity.started_at,
        )

    def evidence(self) -> Evidence:
        """All evidence, once every stage has been run or cannot be reached any more.

        Raises:
            ValueError: a stage is still to be run.
        """
        outcomes = tuple(self._outcomes.get(n) or self._passed_over(n) for n in STAGES)
        waiting = [name for name, one in zip(STAGES, outcomes, strict=True) if one is None]
        if waiting:
            raise ValueError(f"{', '.join(waiting)} must be run first")
        seconds = self._run.since_start_s(self._run.clock.monotonic_s())
        return _evidence(self._run, tuple(filter(None, outcomes)), self._identity, seconds)

    def _refuse_a_gap(self, name: StageName) -> None:
        before = self.stages[: self.stages.index(name)] if name in self.stages else ()
        missing = [one for one in before if one not in self._outcomes]
        if missing:
            raise ValueError(f"{', '.join(missing)} must be run before {name}")

    def _passed_over(self, name: StageName) -> StageOutcome | None:
        """The outcome of a stage that is not to be run, None for one that is."""
        if name not in self.stages:
            return StageOutcome(stage=name, status="not_run", message="not asked for in this run")
        ended_by = next((o for s in ALWAYS if (o := self._outcomes.get(s)) and _ended(o)), None)
        if ended_by is None:
            return None
        if ended_by.status == "platform_fault":
            message = f"not reached: {ended_by.stage} ended with a fault of ours"
            return StageOutcome(stage=name, status="platform_fault", message=message)
        message = f"not reached: {ended_by.stage} failed"
        return StageOutcome(stage=name, status="skipped", message=message)

    def _measured(self, name: StageName) -> StageOutcome:
        """Really run a stage; what an interruption took away is made again first."""
        run = self._run
        run.stage = name
        _tell(run, "start")
        came_back = DONE if self._revived else _attempt(run, revive)
        self._revived = came_back == DONE
        run.traffic_s, run.stage_started_s = 0.0, run.clock.monotonic_s()
        status, words = _attempt(run, STAGES[name]) if self._revived else came_back
        note_spending(run)
        message = storable(words)
        outcome = StageOutcome.model_validate(
            {
                "stage": name,
                "status": status,
                "message": message,
                "seconds": round(run.clock.monotonic_s() - run.stage_started_s, 3),
                "traffic_s": round(run.traffic_s, 3),
            }
        )
        _tell(run, "end", f"{status.replace('_', ' ')}{': ' + message if message else ''}")
        return outcome


def evaluate(run: Run, stages: tuple[StageName, ...], identity: Identity) -> Evidence:
    """Run the stages and return all evidence, whatever became of them."""
    return Evaluation(run, stages, identity).run_all()


def _ended(outcome: StageOutcome) -> bool:
    return outcome.status in ("candidate_fault", "platform_fault", "skipped")


def _attempt(run: Run, work: Callable[[Run], None]) -> tuple[str, str]:
    """Status and message of what was really tried."""
    if run.deadline.passed():
        return "platform_fault", "the evaluation ran out of its total time before this stage"
    try:
        work(run)
    except CandidateFault as fault:
        return "candidate_fault", str(fault)
    except PlatformFault as fault:
        return "platform_fault", f"{fault}{' — ' + fault.remedy if fault.remedy else ''}"
    except Exception as error:  # if we cannot tell whose fault it is, it is ours
        logger.exception("stage %s broke", run.stage)
        return "platform_fault", f"{type(error).__name__}: {error}"
    return DONE


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
