"""All that a run needs to go on after a stage, in another process or on another machine.

A checkpoint is taken between two stages. What was measured stays as it was measured; tree, image
and services are made again, quietly, before the next stage that is really run. Instants are
seconds since the evaluation began: time in which nobody worked on it does not count.
"""

import shutil
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import ConfigDict, ValidationError

from assay.domain.callers import CallersMeasurement
from assay.domain.challenge import StageName
from assay.domain.errors import CandidateFault, PlatformFault
from assay.domain.evidence import StageOutcome
from assay.domain.incidents import IncidentsMeasurement
from assay.domain.labelled_facts import LabelledMeasurement
from assay.domain.measurements import (
    BootMeasurement,
    BuildMeasurement,
    CapacityMeasurement,
    CheckoutMeasurement,
    ContractMeasurement,
    Fact,
    LatencySlice,
    LoadMeasurement,
    OperabilityMeasurement,
    QualityMeasurement,
    ShutdownMeasurement,
    WindowPair,
)
from assay.domain.meters import MeterReading
from assay.evaluation.past import Continued, Past, Remembered, past_of
from assay.evaluation.ports import ExitReport, Role
from assay.evaluation.run import Run
from assay.evaluation.stages.checkout import CHECKOUT_S

START_ANEW = "start the evaluation again from its first stage"


class Facts(Fact):
    """The fields of the evidence that stages fill; None where none did."""

    checkout: CheckoutMeasurement | None = None
    build: BuildMeasurement | None = None
    boot: BootMeasurement | None = None
    contract: ContractMeasurement | None = None
    quality: QualityMeasurement | None = None
    labelled: LabelledMeasurement | None = None
    load: LoadMeasurement | None = None
    capacity: CapacityMeasurement | None = None
    incidents: IncidentsMeasurement | None = None
    shutdown: ShutdownMeasurement | None = None
    operability: OperabilityMeasurement | None = None
    callers: CallersMeasurement | None = None
    void_pairs: tuple[WindowPair, ...] | None = None
    meters: tuple[MeterReading, ...] | None = None

    def known(self) -> dict[str, Any]:
        """Those that were measured, by name."""
        return {name: fact for name, fact in self if fact is not None}


class Checkpoint(Fact):
    """An evaluation between two stages.

    Attributes:
        challenge_sha256: Digest of the package it runs.
        stages: All that were asked for.
        elapsed_s: How long it was worked on so far.
        outcomes: Of the stages that have ended, in order.
        services: What is known of each service that was started.
        slices, served, deaths, reference_capacity_rps, first_request_s, artifacts: As `Run`
            has them.
    """

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    schema_version: Literal[1] = 1
    evaluation_id: str
    challenge_sha256: str
    seed: int
    stages: tuple[StageName, ...]
    profile: Literal["standard", "thorough"]
    started_at: str
    elapsed_s: float
    outcomes: tuple[StageOutcome, ...]
    facts: Facts
    services: dict[Role, Past]
    slices: tuple[LatencySlice, ...]
    served: tuple[tuple[tuple[int, float], ...], ...]
    deaths: tuple[ExitReport, ...]
    reference_capacity_rps: float
    first_request_s: float | None
    artifacts: dict[str, bytes]

    def to_bytes(self) -> bytes:
        """As it is stored."""
        return self.model_dump_json().encode()


def read_checkpoint(stored: bytes) -> Checkpoint:
    """A stored checkpoint.

    Raises:
        PlatformFault: it was written by a version that knew other fields, or is damaged.
    """
    try:
        return Checkpoint.model_validate_json(stored)
    except ValidationError as error:
        raise PlatformFault(
            f"the checkpoint cannot be read: {error.error_count()} fields are not as they should "
            f"be, the first: {error.errors()[0]['loc']}",
            remedy=START_ANEW,
        ) from error


def take(
    run: Run,
    outcomes: Iterable[StageOutcome],
    *,
    stages: tuple[StageName, ...],
    evaluation_id: str,
    started_at: str,
) -> Checkpoint:
    """The checkpoint of a run between two stages."""
    return Checkpoint(
        evaluation_id=evaluation_id,
        challenge_sha256=run.material.sha256,
        seed=run.seed,
        stages=stages,
        profile=run.profile,
        started_at=started_at,
        elapsed_s=run.since_start_s(run.clock.monotonic_s()),
        outcomes=tuple(outcomes),
        facts=Facts(**run.facts),
        services={role: past_of(one, run.origin_s) for role, one in run.services.items()},
        slices=tuple(run.slices),
        served=tuple(tuple(life) for life in run.served),
        deaths=tuple(run.deaths),
        reference_capacity_rps=run.reference_capacity_rps,
        first_request_s=run.first_request_s,
        artifacts=run.artifacts,
    )


def refuse_another(
    checkpoint: Checkpoint, run: Run, *, stages: tuple[StageName, ...], evaluation_id: str
) -> None:
    """Measurements of one evaluation are never mixed with those of another.

    Raises:
        PlatformFault: the checkpoint does not belong to this evaluation.
    """
    here = {
        "evaluation_id": evaluation_id,
        "challenge_sha256": run.material.sha256,
        "seed": run.seed,
        "stages": stages,
        "profile": run.profile,
    }
    other = [name for name, value in here.items() if getattr(checkpoint, name) != value]
    if other:
        raise PlatformFault(
            f"the checkpoint belongs to another evaluation: its {', '.join(other)} differ",
            remedy=START_ANEW,
        )


def recall(run: Run, checkpoint: Checkpoint) -> None:
    """Put into a new run what was measured before. Nothing is started."""
    run.origin_s = run.clock.monotonic_s() - checkpoint.elapsed_s
    run.facts |= checkpoint.facts.known()
    run.slices += checkpoint.slices
    run.served += [list(life) for life in checkpoint.served]
    run.deaths += checkpoint.deaths
    run.reference_capacity_rps = checkpoint.reference_capacity_rps
    run.first_request_s = checkpoint.first_request_s
    run.artifacts |= checkpoint.artifacts
    for role, past in checkpoint.services.items():
        run.services[role] = Remembered(past, run.origin_s)


def revive(run: Run) -> None:
    """Make again what a recalled run had: its tree, its image, its running services.

    Raises:
        PlatformFault: it cannot be had again. The submission was accepted once, so whatever
            it does now, nobody can tell that it is to blame.
    """
    run.say("taking it up again after an interruption")
    try:
        _export(run)
        _build(run)
        _start(run)
    except CandidateFault as fault:
        raise PlatformFault(
            f"what was accepted before is refused now: {fault}", remedy=START_ANEW
        ) from fault


def _export(run: Run) -> None:
    measured = run.facts.get("checkout")
    if measured is None:
        return
    shutil.rmtree(run.tree, ignore_errors=True)
    run.tree.mkdir(parents=True)
    again = run.exporter.export(run.tree, deadline=run.deadline.sooner(CHECKOUT_S))
    if again.tree_sha256 != measured.tree_sha256:
        raise PlatformFault(
            "the tree of the submission is not the one that was measured before",
            remedy=START_ANEW,
        )


def _build(run: Run) -> None:
    measured = run.facts.get("build")
    if measured is None or not measured.built:
        return
    result = run.build(None, seconds=run.material.challenge.limits.build_s, told=False)
    if result.image is None:
        raise PlatformFault(
            f"the image was built before and cannot be built again: {result.measurement.message}",
            remedy=START_ANEW,
        )
    run.images["submission"] = result.image


def _start(run: Run) -> None:
    """Start the services that ran.

    A submission that had died is found dead by the stage that needs it. A reference that had
    died may be what the interruption was about: it runs again.
    """
    for role, before in list(run.services.items()):
        over = role == "submission" and before.exit() is not None
        if over or not isinstance(before, Remembered):
            continue
        ready_s: float | None = None
        try:
            ready_s = run.boot(role).ready_s
        finally:
            now = run.services[role]
            run.services[role] = before if ready_s is None else Continued(before, now)
        if ready_s is None:
            raise PlatformFault(f"the {role} was ready before and did not become ready again")
