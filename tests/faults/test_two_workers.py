"""Two workers share a queue over PostgreSQL; one is killed, the other goes on with all of it."""

import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlmodel import col, select
from tests.fakes.own_engine import obstacle, own_engines
from tests.fakes.platform_books import (
    check_evaluations,
    check_nothing_is_left,
    check_pushes,
    rows,
    settled,
)
from tests.fakes.platform_kills import wait_quickly
from tests.fakes.platform_site import WEB, Candidate, Site, seen, site_at
from tests.fakes.postgres import PROGRAMS, PostgresCluster

from assay.bootstrap.installation import Installation
from assay.db.tables import Evaluation, EvaluationStage
from assay.domain.lifecycle import EvaluationState

pytestmark = [
    pytest.mark.docker,
    pytest.mark.slow,
    pytest.mark.alone,
    pytest.mark.skipif(not PROGRAMS.exists(), reason=f"no PostgreSQL in {PROGRAMS}"),
]

ANNA, BERT = "anna", "bert"
AT_WORK_S = 120.0
TAKE_OVER_S = 10.0
END_S = 900.0
ACCEPTED_S = 120.0


@pytest.fixture
def place(tmp_path: Path) -> Iterator[tuple[Site, Installation]]:
    """A web process without a worker."""
    with contextlib.ExitStack() as stack:
        cluster = PostgresCluster()
        stack.callback(cluster.remove)
        cluster.start()
        url = cluster.url(cluster.create_database())
        site, installation = stack.enter_context(site_at(tmp_path, 4, url))
        site.start(WEB, "serve")
        site.wait_until_it_answers()
        yield site, installation


@pytest.mark.parametrize("many", [4, pytest.param(20, marks=pytest.mark.minutes)])
def test_when_one_of_two_workers_is_killed_the_other_takes_over_and_all_end(
    place: tuple[Site, Installation], many: int
) -> None:
    kill_one_of_two(*place, many)


@pytest.mark.minutes
@pytest.mark.skipif(bool(obstacle()), reason=obstacle() or "there can be a second engine")
@pytest.mark.parametrize("many", [4, 20])
def test_workers_on_two_engines_share_the_queue_as_well(
    place: tuple[Site, Installation], tmp_path: Path, many: int
) -> None:
    """Bert evaluates on an engine of his own; of what Anna's engine had he knows nothing."""
    site, installation = place
    challenge = site.root / "challenges/doubling"
    with own_engines(1, challenge, tmp_path / "images") as (engine,):
        site.engines[BERT] = engine.url
        kill_one_of_two(site, installation, many)


def kill_one_of_two(site: Site, installation: Installation, many: int) -> None:
    candidates = [site.candidate(installation, number) for number in range(many)]
    for candidate in candidates:
        candidate.push_until_accepted(ACCEPTED_S)
    assert states(installation) == {EvaluationState.QUEUED: many}

    for name in (ANNA, BERT):
        site.start(name, "worker")
    interrupted = wait_until_both_are_in_a_stage(installation)
    site.abandon(ANNA).kill()
    killed_s = time.monotonic()
    wait_quickly(lambda: is_handed_on(installation, interrupted), TAKE_OVER_S)
    print(f"handed on after {time.monotonic() - killed_s:.1f} s")
    before = stages_of(installation, interrupted)
    wait_quickly(lambda: settled(installation), END_S)

    check_ends(installation, candidates, many)
    row = evaluation(installation, interrupted)
    assert (row.worker_id, row.attempt) == (BERT, 1), "the other goes on with the same attempt"
    assert stages_of(installation, interrupted)[: len(before)] == before, "and repeats no stage"
    site.start(ANNA, "worker")
    wait_quickly(lambda: not list(site.home(ANNA).glob("runs/*")), AT_WORK_S)
    assert set(site.close().values()) == {0}, "SIGTERM stops each in good order"
    check_nothing_is_left(site, [WEB, ANNA, BERT])


def check_ends(installation: Installation, candidates: Sequence[Candidate], many: int) -> None:
    assert check_pushes(installation, candidates) == many
    assert check_evaluations(installation) == {EvaluationState.JUDGED: many}


def wait_until_both_are_in_a_stage(installation: Installation) -> str:
    """Wait until both work, and the one to be killed has ended a stage; what it works on."""
    found: list[str] = []

    def both() -> bool:
        running = [r for r in rows(installation, Evaluation) if r.state is EvaluationState.RUNNING]
        hers = [row.id for row in running if row.worker_id == ANNA]
        found[:] = [one for one in hers if stages_of(installation, one)]
        return bool(found) and any(row.worker_id == BERT for row in running)

    wait_quickly(both, AT_WORK_S)
    return found[0]


def is_handed_on(installation: Installation, evaluation_id: str) -> bool:
    """Whether its job waits for whoever is free, or is the other's already."""
    row = evaluation(installation, evaluation_id)
    return row.worker_id == BERT or installation.queue.state(row.id, row.attempt) == "queued"


def evaluation(installation: Installation, evaluation_id: str) -> Evaluation:
    return next(row for row in rows(installation, Evaluation) if row.id == evaluation_id)


def stages_of(installation: Installation, evaluation_id: str) -> list[tuple[int | None, str]]:
    """What has ended of it, in order."""
    query = (
        select(EvaluationStage)
        .where(EvaluationStage.evaluation_id == evaluation_id)
        .order_by(col(EvaluationStage.id))
    )
    ended = seen(installation, lambda session: list(session.exec(query)))
    return [(one.id, one.stage) for one in ended]


def states(installation: Installation) -> Counter[EvaluationState]:
    return Counter(row.state for row in rows(installation, Evaluation))
