"""From a worker's order to an evaluation under way."""

import contextlib
from collections.abc import Iterator

from assay.adapters.bundle import BundleExporter
from assay.bootstrap import provision
from assay.bootstrap.evaluating import Setup, evaluating
from assay.bootstrap.wire import Order
from assay.domain.errors import PlatformFault
from assay.domain.evidence import Submission
from assay.evaluation.checkpoint import read_checkpoint
from assay.evaluation.pipeline import Evaluation
from assay.evaluation.plan import stages_of
from assay.evaluation.ports import Progress
from assay.toolkit.package import ChallengePackage, load_challenge
from assay.toolkit.proving.publication import why_unpublished

SHOWN = 12
"""Digits of a commit that tell it apart from any other of a repository."""


@contextlib.contextmanager
def ordered(order: Order, progress: Progress) -> Iterator[Evaluation]:
    """The evaluation of an order, removed with all it started at the end.

    Raises:
        BadInput: the challenge is broken, or has no such stage.
        PlatformFault: see `evaluating`; or the challenge is not the one of the order.
    """
    package = load_challenge(order.challenge)
    _refuse_another(package, order)
    checkpoint = read_checkpoint(order.checkpoint) if order.checkpoint is not None else None
    setup = Setup(
        package=package,
        engine=provision.engine_of(order.sandbox),
        exporter=BundleExporter(
            order.bundle, order.commit, order.work / "repository.git", package.challenge.limits
        ),
        submission=Submission(label=order.commit[:SHOWN], kind="commit"),
        tree_is_ours=order.tree_is_ours,
        work=order.work,
        stages=stages_of(package.challenge, order.stages),
        seed=order.seed,
        profile=order.profile,
        run_id=order.run_id,
        evaluation_id=order.evaluation_id,
        unproven=why_unpublished(package),
        total_s=order.total_s,
    )
    with evaluating(setup, progress, checkpoint) as evaluation:
        yield evaluation


def _refuse_another(package: ChallengePackage, order: Order) -> None:
    """A candidate is judged by the challenge that was handed out, and by no later one."""
    if package.digest != order.challenge_sha256:
        raise PlatformFault(
            f"the challenge {package.challenge.id} of this worker is version "
            f"{package.challenge.version} with digest {package.digest[:SHOWN]}; the assessment "
            f"was begun with {order.challenge_sha256[:SHOWN]}",
            remedy="put the same version of the challenge on every worker, then try again",
        )
