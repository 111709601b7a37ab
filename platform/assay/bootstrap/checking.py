"""`assay check`: the public practice of a challenge on the candidate's own machine.

The same engine as everywhere, with what the starter's practice kit holds: public tests, rows and
incidents, and no reference service beside the submission.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from assay.adapters.git import TreeExporter
from assay.adapters.work_tree import WorkTreeExporter
from assay.bootstrap import files, provision
from assay.bootstrap.evaluating import Setup, evaluating
from assay.bootstrap.workplace import work_directory
from assay.domain.challenge import ServiceLimits
from assay.domain.evidence import Evidence, Submission
from assay.domain.judge import rescore
from assay.domain.scorecard import Scorecard
from assay.evaluation.plan import stages_of
from assay.evaluation.ports import Exporter, Progress
from assay.toolkit.practice_kit import find_kit, read_kit
from assay_sandbox.local_state import default_home

RESULTS = "checks"


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What the user asked for.

    Attributes:
        directory: The repository, or a folder in it.
        stages: Those to run with what they need; empty for all the kit has.
        seed: Decides every draw.
        committed: Whether the last commit is checked, and not what lies there.
        out: Directory for evidence, result and report; one in the data directory if None.
    """

    directory: Path
    stages: tuple[str, ...] = ()
    sandbox: Literal["docker", "local", "auto"] = "auto"
    seed: int = 0
    committed: bool = False
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of it.

    Attributes:
        uncommitted: Files that were checked as they lie there, and no push would contain so.
        only_there: Titles of the criteria that are measured where the work is judged, only.
    """

    root: Path
    evidence: Evidence
    scorecard: Scorecard
    uncommitted: tuple[str, ...]
    only_there: tuple[str, ...]
    files: tuple[Path, ...]


def check(request: CheckRequest, progress: Progress) -> CheckResult:
    """Run the practice from the request to the files.

    Raises:
        BadInput: there is no usable practice kit, or no such stage; nothing was started.
        PlatformFault: no engine, or our own images cannot be made.
    """
    root = find_kit(request.directory)
    kit = read_kit(root)
    challenge = kit.package.challenge
    stages = stages_of(challenge, request.stages)
    run_id = secrets.token_hex(4)
    with work_directory() as work:
        exporter = _exporter(request, root, challenge.limits, work)
        setup = Setup(
            package=kit.package,
            engine=provision.engine_of(request.sandbox),
            exporter=exporter,
            submission=Submission(label=root.name, kind="path"),
            tree_is_ours=True,  # whoever checks owns the machine: the next build is quicker
            work=work,
            stages=stages,
            seed=request.seed,
            profile="standard",
            run_id=run_id,
            evaluation_id=run_id,
        )
        with evaluating(setup, progress) as evaluation:
            evidence, artifacts = evaluation.run_all(), evaluation.artifacts
    scorecard, out = rescore(evidence), request.out or default_home() / RESULTS / root.name
    measured = files.write_evidence(out, evidence, artifacts)
    judged = files.write_judgement(out, evidence, scorecard)
    return CheckResult(
        root=root,
        evidence=evidence,
        scorecard=scorecard,
        uncommitted=_uncommitted(exporter),
        only_there=kit.only_there,
        files=(*judged, *measured),
    )


def _exporter(
    request: CheckRequest, root: Path, limits: ServiceLimits, work: Path
) -> TreeExporter | WorkTreeExporter:
    if request.committed:
        return TreeExporter(root, limits)
    return WorkTreeExporter(root, limits, work / "as-it-lies")


def _uncommitted(exporter: Exporter) -> tuple[str, ...]:
    return exporter.uncommitted if isinstance(exporter, WorkTreeExporter) else ()
