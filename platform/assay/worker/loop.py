"""A worker: takes jobs as long as it is open, and keeps the house meanwhile."""

import contextlib
import logging
import os
from collections.abc import Iterator

from assay.adapters.dbos_jobs import DbosRunner
from assay.bootstrap.cores import CorePool, CoreSet, core_sets
from assay.bootstrap.evaluation_process import Bench, evaluators
from assay.bootstrap.grading import reap_leftovers
from assay.bootstrap.installation import Installation
from assay.bootstrap.judging import judge_evidence
from assay.features.submissions.work import DatabaseWork, Equipment
from assay.kit.clock import utc_now
from assay.worker.deliveries import delivering
from assay.worker.housekeeping import keeping_house

logger = logging.getLogger(__name__)

GRACE_S = 5.0
"""What a running stage may take to end when the worker stops; its work is not lost."""


@contextlib.contextmanager
def working(installation: Installation, sets: tuple[CoreSet, ...] | None = None) -> Iterator[None]:
    """Evaluate until the block ends. Not on a thread with a running event loop.

    Args:
        installation: Whose jobs are taken.
        sets: Cores of each slot; those of this process divided among the slots if None.

    Raises:
        BadInput: there are too few cores for the slots, or another worker has this name.
    """
    settings = installation.settings
    sets = sets or _cores(installation)
    bench = Bench(
        sandbox=settings.sandbox,
        challenges=lambda slug: installation.challenges[slug].root,
        cores=CorePool(sets),
    )
    equipment = Equipment(
        database=installation.database,
        jobs=installation.queue,
        challenges=installation.challenges,
        new_evaluator=evaluators(bench),
        judge=judge_evidence,
        public_url=settings.public_url,
        worker_id=settings.worker,
        now=utc_now,
    )
    for line in reap_leftovers():
        logger.info("removed %s", line)
    with contextlib.closing(bench.reserve):
        for cores in sets:
            bench.reserve.prepare(cores)
        with (
            _working_off(installation, DatabaseWork(equipment)),
            keeping_house(installation),
            delivering(installation),
        ):
            yield


@contextlib.contextmanager
def _working_off(installation: Installation, work: DatabaseWork) -> Iterator[None]:
    """Take jobs until the block ends."""
    settings = installation.settings
    runner = DbosRunner(settings.database_url, settings.worker)
    runner.start(work, slots=settings.slots)
    try:
        yield
    finally:
        runner.stop(grace_s=GRACE_S)


def _cores(installation: Installation) -> tuple[CoreSet, ...]:
    most = max(one.challenge.limits.cores for one in installation.challenges.values())
    slots = installation.settings.slots
    return core_sets(os.sched_getaffinity(0), slots, service_cores=most)
