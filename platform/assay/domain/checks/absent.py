"""Why there is nothing to judge: the submission's doing costs points, ours never does."""

from typing import TypeVar, assert_never

from assay.domain.challenge import StageName
from assay.domain.evidence import Evidence, StageOutcome
from assay.domain.verdict import NotShown, Unmeasured

T = TypeVar("T")
CAUSE_LENGTH = 160
Absent = NotShown | Unmeasured


def fact_of(evidence: Evidence, stage: StageName, fact: T | None) -> T | Absent:
    """The stage's fact if the stage was completed, else whose doing it is that it was not."""
    outcome = evidence.stage(stage)
    if outcome is None:
        return Unmeasured(f"the {stage} stage was not part of this evaluation")
    absent = _why_absent(evidence, outcome)
    if absent:
        return absent
    return Unmeasured(f"the {stage} stage left no measurement") if fact is None else fact


def _why_absent(evidence: Evidence, outcome: StageOutcome) -> Absent | None:
    name = outcome.stage
    match outcome.status:
        case "done":
            return None
        case "candidate_fault":
            return NotShown(outcome.message or f"the {name} stage ended early", f"stages.{name}")
        case "skipped":
            return _skipped(evidence, outcome)
        case "platform_fault":
            return Unmeasured(
                f"the {name} stage failed through no fault of the submission: "
                f"{outcome.message or 'no further message'}"
            )
        case "not_run":
            return Unmeasured(f"the {name} stage was left out of this evaluation")
        case "not_possible":
            return Unmeasured(outcome.message or f"this engine cannot run the {name} stage")
        case _:
            assert_never(outcome.status)


def _skipped(evidence: Evidence, outcome: StageOutcome) -> Absent:
    """A stage is skipped after a candidate's fault; if none is on record, it is ours."""
    cause = next((s for s in evidence.stages if s.status == "candidate_fault"), None)
    if cause is None:
        return Unmeasured(f"the {outcome.stage} stage was skipped: {outcome.message}")
    why = f" ({cause.message[:CAUSE_LENGTH]})" if cause.message else ""
    reason = f"not reached, because the {cause.stage} stage ended early{why}"
    return NotShown(reason, f"stages.{cause.stage}")
