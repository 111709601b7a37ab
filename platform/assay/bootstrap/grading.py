"""Grade one submission: choose the engine, prepare the images, run the pipeline, judge, write."""

import contextlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assay.adapters.git import TreeExporter
from assay.adapters.world import SandboxWorld
from assay.bootstrap import files, provision
from assay.bootstrap.material import material_of
from assay.domain.errors import BadInput
from assay.domain.evidence import Evidence, Submission, Versions
from assay.domain.judge import judge
from assay.domain.scorecard import Scorecard
from assay.evaluation.pipeline import Identity, evaluate
from assay.evaluation.plan import stages_of
from assay.evaluation.ports import Progress
from assay.evaluation.run import Run
from assay.kit.clock import SystemClock
from assay.kit.deadline import Deadline
from assay.toolkit.package import ChallengePackage, load_challenge
from assay.toolkit.variants import write_tree
from assay_sandbox.engine import Engine
from assay_sandbox.environment import CoreLayout, Environment, pinned
from assay_sandbox.limits import Limits

TOTAL_S = 1800.0
"""Longest evaluation of all; every stage has its own, much shorter limit inside it."""


@dataclass(frozen=True, slots=True)
class GradeRequest:
    """What the user asked for.

    Attributes:
        challenge: Directory of the challenge.
        submission: A git work tree or a plain directory, or None.
        answer: "reference", "starter", "fault:NAME" or the name of a known answer, or None.
        sandbox: Which engine; "auto" takes docker where it answers, else local.
        seed: Decides every draw.
        only: Stages to run with what they need; empty for all.
        out: Directory for evidence, result and report.
        variant: Which starter, where `answer` is "starter".
    """

    challenge: Path
    submission: Path | None
    answer: str | None
    sandbox: Literal["docker", "local", "auto"]
    seed: int
    only: tuple[str, ...]
    out: Path
    variant: int = 0


@dataclass(frozen=True, slots=True)
class GradeResult:
    """What came of it, and where it was written."""

    evidence: Evidence
    scorecard: Scorecard
    files: tuple[Path, ...]


def grade(request: GradeRequest, progress: Progress) -> GradeResult:
    """Run one evaluation from the request to the files.

    Raises:
        BadInput: the challenge or the request is wrong; nothing was started.
        PlatformFault: no engine, or our own images cannot be made.
    """
    package = load_challenge(request.challenge)
    stages = stages_of(package.challenge, request.only)
    _check(request)
    with _work_directory() as work:
        source = _source(request, package, work)
        engine = provision.engine_of(request.sandbox)
        engine.reap()
        evidence = _evaluate(request, package, engine, source, work / "tree", stages, progress)
    scorecard = judge(evidence)
    written = files.write_all(request.out, evidence, scorecard)
    return GradeResult(evidence, scorecard, written)
