"""Whatever is killed, and whenever: every push that git accepted ends in exactly one evaluation.

Real programs, the real git client and real containers; the kills are seeded.
"""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from tests.fakes.own_engine import OwnEngine, obstacle, own_engines
from tests.fakes.platform_books import (
    check_evaluations,
    check_nothing_is_left,
    check_pushes,
    check_sealed,
    recorded,
    settled,
)
from tests.fakes.platform_kills import Harm, plan
from tests.fakes.platform_site import KILLED, WEB, Site, site_at
from tests.fakes.postgres import PROGRAMS, PostgresCluster
from tests.fakes.waiting import wait_until

from assay.adapters.failover import EXIT_LOST
from assay.bootstrap.installation import Installation

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.alone]

SEED = 20
SETTLE_S = 900.0
"""An attempt that fails twice waits a minute before the third."""
ACCEPTED_S = RECORDED_S = 120.0
WORKERS = ("anna", "bert")


def settle(harm: Harm) -> None:
    """Half of them push once more, the others leave; then wait until all is judged."""
    for candidate in harm.candidates:
        candidate.leave()
    for candidate in harm.active()[1::2]:
        candidate.push_until_accepted(ACCEPTED_S)
    wait_until(
        lambda: recorded(harm.installation, harm.candidates), RECORDED_S, "a push is not recorded"
    )
    wait_until(lambda: settled(harm.installation), SETTLE_S, "evaluations have not ended")


def close_and_check(harm: Harm, names: Sequence[str]) -> None:
    pushes = check_pushes(harm.installation, harm.candidates)
    ends = check_evaluations(harm.installation, harm.suspects)
    sealed = check_sealed(harm.installation, harm.candidates, harm.suspects)
    told = f"{dict(ends)}, sealed {dict(sealed)}, {len(harm.site.runs)} runs"
    print(f"{len(harm.did)} kills, {pushes} pushes, {told}")
    for candidate in harm.candidates:
        candidate.leave()
    assert set(harm.site.close().values()) == {0}, "SIGTERM stops each in good order"
    check_nothing_is_left(harm.site, names)


def exits(site: Site) -> set[int]:
    return {code for program in site.programs.values() for code in program.exits}


def harm_of(
    site: Site,
    installation: Installation,
    people: int,
    cluster: PostgresCluster | None = None,
    engines: Sequence[OwnEngine] = (),
) -> Harm:
    site.wait_until_it_answers()
    candidates = [site.candidate(installation, number) for number in range(people)]
    return Harm(site, installation, candidates, site.chance, cluster, engines)


def carry_out(harm: Harm, numbers: Mapping[str, int]) -> None:
    for victim in plan(harm.chance, numbers):
        harm.kill(victim)
    assert len(harm.did) >= sum(numbers.values())


def test_a_platform_killed_while_it_evaluates_goes_on_and_judges_once(tmp_path: Path) -> None:
    with site_at(tmp_path, SEED) as (site, installation):
        site.start(WEB, "up")
        harm = harm_of(site, installation, people=1)
        carry_out(harm, {WEB: 1, "receiving": 1})
        carry_out(harm, {"finishing": 1})
        settle(harm)

        assert exits(site) == {KILLED}
        close_and_check(harm, [WEB])


@pytest.mark.minutes
def test_one_process_on_sqlite_loses_nothing_whatever_is_killed(tmp_path: Path) -> None:
    with site_at(tmp_path, SEED) as (site, installation):
        site.start(WEB, "up")
        harm = harm_of(site, installation, people=4)
        carry_out(
            harm,
            {WEB: 9, "receiving": 5, "child": 5, "client": 4, "container": 4, "finishing": 2},
        )
        settle(harm)

        assert exits(site) == {KILLED}
        close_and_check(harm, [WEB])


@pytest.mark.minutes
@pytest.mark.skipif(not PROGRAMS.exists(), reason=f"no PostgreSQL in {PROGRAMS}")
def test_a_web_process_and_two_workers_lose_nothing_whatever_is_killed(tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        cluster = PostgresCluster()
        stack.callback(cluster.remove)
        cluster.start()
        url = cluster.url(cluster.create_database())
        site, installation = stack.enter_context(site_at(tmp_path, SEED, url))
        site.start(WEB, "serve")
        for name in WORKERS:
            site.start(name, "worker")
        harm = harm_of(site, installation, people=6, cluster=cluster)
        carry_out(
            harm,
            {
                WEB: 5,
                "receiving": 5,
                "worker": 12,
                "child": 6,
                "database": 6,
                "client": 5,
                "container": 4,
                "finishing": 3,
            },
        )
        settle(harm)

        assert {KILLED, EXIT_LOST} <= exits(site)
        close_and_check(harm, [WEB, *WORKERS])


NO_SECOND_ENGINE = pytest.mark.skipif(bool(obstacle()), reason=obstacle() or "there can be one")


@pytest.mark.minutes
@NO_SECOND_ENGINE
def test_an_engine_that_dies_costs_nobody_a_point(tmp_path: Path) -> None:
    with site_with_own_engine(tmp_path) as (site, installation, engine):
        harm = harm_of(site, installation, people=1, engines=[engine])
        carry_out(harm, {"engine": 1})
        settle(harm)

        close_and_check(harm, [WEB])


@pytest.mark.minutes
@NO_SECOND_ENGINE
def test_whatever_dies_beside_the_engine_nothing_is_lost(tmp_path: Path) -> None:
    with site_with_own_engine(tmp_path) as (site, installation, engine):
        harm = harm_of(site, installation, people=5, engines=[engine])
        carry_out(harm, {"engine": 12, WEB: 4, "receiving": 2, "child": 3, "finishing": 2})
        settle(harm)

        close_and_check(harm, [WEB])


@contextlib.contextmanager
def site_with_own_engine(root: Path) -> Iterator[tuple[Site, Installation, OwnEngine]]:
    """One process on SQLite that evaluates on an engine of its own."""
    with contextlib.ExitStack() as stack:
        site, installation = stack.enter_context(site_at(root, SEED))
        challenge = root / "challenges/doubling"
        (engine,) = stack.enter_context(own_engines(1, challenge, root / "images"))
        site.engines[WEB] = engine.url
        site.start(WEB, "up")
        stack.callback(site.close)  # before the engine it works on goes away
        yield site, installation, engine
