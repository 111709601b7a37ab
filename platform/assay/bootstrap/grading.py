"""Grade one submission: choose the engine, run the pipeline, judge, write."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assay.adapters.git import TreeExporter
from assay.bootstrap import files, provision
from assay.bootstrap.evaluating import Setup, evaluating
from assay.bootstrap.workplace import remove_orphans, work_directory
from assay.domain.challenge import StageName
from assay.domain.errors import BadInput
from assay.domain.evidence import Evidence, Submission
from assay.domain.judge import rescore
from assay.domain.scorecard import Scorecard
from assay.evaluation.plan import stages_of
from assay.evaluation.ports import Progress, ProgressEvent
from assay.features.scorecards.report import render_report
from assay.toolkit.package import ChallengePackage, load_challenge
from assay.toolkit.proving.publication import why_unpublished
from assay.toolkit.variants import write_tree
from assay_sandbox.engine import Engine


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
        profile: How long and how full the timeline of incidents is.
    """

    challenge: Path
    submission: Path | None
    answer: str | None
    sandbox: Literal["docker", "local", "auto"]
    seed: int
    only: tuple[str, ...]
    out: Path
    variant: int = 0
    profile: Literal["standard", "thorough"] = "standard"

    @property
    def tree_is_ours(self) -> bool:
        """Whether the tree is made by us, from the challenge; any other shares no layers."""
        return self.submission is None


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
    with work_directory() as work:
        source = _source(request, package, work)
        engine = provision.engine_of(request.sandbox)
        job = _Job(request, package, engine, source, work, stages)
        evidence, artifacts = _evaluate(job, progress)
    measured = files.write_evidence(request.out, evidence, artifacts)
    scorecard = rescore(evidence)
    judgement = files.write_judgement(request.out, evidence, scorecard)
    return GradeResult(evidence, scorecard, (*judgement, *measured))


def write_report(evidence: Path, out: Path | None) -> Path:
    """Write the report of stored evidence; beside it if no other place is named.

    Raises:
        BadInput: the file is not evidence.
    """
    facts = files.read_evidence(evidence)
    beside = (evidence if evidence.is_dir() else evidence.parent) / files.REPORT
    report = render_report(facts, rescore(facts), examples=True)
    return files.write_whole(out or beside, report)


def reap_leftovers() -> tuple[str, ...]:
    """Remove what evaluations left behind whose process died; a line for each thing."""
    removed = [line for engine in provision.engines_here() for line in engine.reap()]
    return (*removed, *remove_orphans())


@dataclass(frozen=True, slots=True)
class _Job:
    """Everything one evaluation is made from."""

    request: GradeRequest
    package: ChallengePackage
    engine: Engine
    source: Path
    work: Path
    stages: tuple[StageName, ...]

    @property
    def submission(self) -> Submission:
        """How the user named it."""
        if self.request.answer is not None:
            name = self.request.answer
            label = f"{name} {self.request.variant}" if name == "starter" else name
            return Submission(label=label, kind="answer")
        return Submission(label=str(self.request.submission), kind="path")


def _source(request: GradeRequest, package: ChallengePackage, work: Path) -> Path:
    """The directory that holds the submission."""
    if request.submission is not None:
        if not request.submission.is_dir():
            raise BadInput(f"{request.submission} is not a directory; name a repository or a tree")
        return request.submission
    if request.answer is None:
        raise BadInput("name a submission or an answer to grade")
    tree = work / "answer"
    write_tree(package, request.answer, tree, variant=request.variant, scratch=work)
    return tree


def _warner(progress: Progress) -> Callable[[str], None]:
    return lambda text: progress(ProgressEvent("checkout", "log", text))


def _evaluate(job: _Job, progress: Progress) -> tuple[Evidence, Mapping[str, bytes]]:
    """The evidence, and files that belong beside it."""
    run_id, limits = secrets.token_hex(4), job.package.challenge.limits
    setup = Setup(
        package=job.package,
        engine=job.engine,
        exporter=TreeExporter(job.source, limits, warn=_warner(progress)),
        submission=job.submission,
        tree_is_ours=job.request.tree_is_ours,
        work=job.work,
        stages=job.stages,
        seed=job.request.seed,
        profile=job.request.profile,
        run_id=run_id,
        evaluation_id=run_id,
        unproven=why_unpublished(job.package),
    )
    with evaluating(setup, progress) as evaluation:
        return evaluation.run_all(), evaluation.artifacts
