"""What a worker and the process of one evaluation say to each other: one JSON object a line.

    worker                          process
    Order            ->                        it may have waited for it
                     <-  Happened ...           while it prepares and runs
    RunStage         ->
                     <-  Happened ..., StageEnded
    GiveEvidence     ->
                     <-  EvidenceGiven          then it removes everything, and ends
                     <-  Fault                  at any time, as its last word

Both ends are of one version: a line that either does not know is an error.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from assay.domain.challenge import StageName
from assay.domain.evidence import StageOutcome
from assay.evaluation.ports import ProgressEvent

Sandbox = Literal["docker", "local", "auto"]


class Message(BaseModel):
    """Base of every line."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        ser_json_bytes="base64",
        val_json_bytes="base64",
        ser_json_inf_nan="strings",
    )

    def line(self) -> bytes:
        """As it is sent."""
        return self.model_dump_json().encode() + b"\n"


class Order(Message):
    """What to evaluate, and where.

    Attributes:
        run_id: Label of everything the process starts.
        challenge: Directory of the package.
        challenge_sha256: Its digest, as it was when the assessment began.
        bundle: File that holds the commit.
        work: Directory for this process alone.
        checkpoint: What stages before have left.
        tree_is_ours: Whether we made what is evaluated; any other shares no layers.
        total_s: Longest it may take, waiting for requests included.
    """

    evaluation_id: str
    run_id: str
    challenge: Path
    challenge_sha256: str
    bundle: Path
    commit: str
    work: Path
    seed: int
    stages: tuple[str, ...]
    profile: Literal["standard", "thorough"]
    sandbox: Sandbox
    checkpoint: bytes | None
    tree_is_ours: bool = False
    total_s: float


class RunStage(Message):
    """Run the next stage."""

    kind: Literal["run_stage"] = "run_stage"
    stage: StageName


class GiveEvidence(Message):
    """Nothing more is to be run."""

    kind: Literal["give_evidence"] = "give_evidence"


class Happened(Message):
    """Something a person watching wants to see."""

    kind: Literal["happened"] = "happened"
    event: ProgressEvent


class StageEnded(Message):
    """A stage has ended, in whatever way; the checkpoint is the one after it."""

    kind: Literal["stage_ended"] = "stage_ended"
    outcome: StageOutcome
    checkpoint: bytes


class EvidenceGiven(Message):
    """All that was measured: `evidence.json`, and files that belong beside it by name."""

    kind: Literal["evidence_given"] = "evidence_given"
    evidence: bytes
    files: dict[str, bytes]


class Fault(Message):
    """It cannot go on, and why; always ours."""

    kind: Literal["fault"] = "fault"
    message: str
    remedy: str = ""


Request = RunStage | GiveEvidence
Answer = Happened | StageEnded | EvidenceGiven | Fault

REQUESTS: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="kind")])
ANSWERS: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="kind")])
