"""Where a result stands among the others of its challenge: said of enough of them, and exactly."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.evidence import make_poor_evidence
from tests.fakes.positions import judged_in, scored, started_in
from tests.fakes.web import Site, a_site

from assay.db.tables import Assessment
from assay.features.scorecards.pool import POOL_MIN, Pool, pool_of


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


def others(site: Site, *scores: float | None, **more: object) -> None:
    for number, score in enumerate(scores):
        assessment_id = started_in(site.house, None, f"Other {number}")
        scored(site.house, assessment_id, score, **more)


def pool(site: Site, assessment_id: str, interval: tuple[float, float] | None = None) -> Pool:
    with site.house.read() as session:
        return pool_of(session, session.get_one(Assessment, assessment_id), interval)


def mine(site: Site, score: float = 60) -> str:
    assessment_id = started_in(site.house, None, "Mine")
    scored(site.house, assessment_id, score)
    return assessment_id


def test_of_fewer_than_six_nothing_is_said(site: Site) -> None:
    others(site, *[50] * (POOL_MIN - 1))
    found = pool(site, mine(site))

    assert (found.count, found.enough, found.percentile) == (POOL_MIN - 1, False, None)


def test_a_percentile_counts_those_with_as_much_half(site: Site) -> None:
    others(site, 10, 20, 30, 60, 60, 90)
    found = pool(site, mine(site, 60))

    assert found.percentile == pytest.approx(100 * 4 / 6)


def test_a_percentile_is_told_for_both_ends_of_the_interval(site: Site) -> None:
    others(site, 10, 20, 58, 60, 63, 90)
    found = pool(site, mine(site, 60), (57.5, 63))

    assert found.percentile == pytest.approx(100 * 3.5 / 6)
    assert found.span == pytest.approx((100 * 2 / 6, 100 * 4.5 / 6))
    assert pool(site, mine(site, 60)).span is None


def test_only_the_same_version_of_the_same_company_counts(site: Site) -> None:
    others(site, *[50] * 6, result_version="2.0.0")
    others(site, None, None, None)
    theirs = site.house.started(site.house.cast.other_organisation_id)
    scored(site.house, theirs, 50)

    assert pool(site, mine(site)).count == 0


def test_a_partial_result_stands_among_nobody(site: Site) -> None:
    others(site, *[50] * 8)
    assessment_id = mine(site)
    scored(site.house, assessment_id, 60, result_version="")

    assert pool(site, assessment_id).count == 0


def test_areas_are_compared_with_the_stored_results(site: Site) -> None:
    for number in range(POOL_MIN):
        evidence = make_poor_evidence() if number % 2 else None
        judged_in(site, None, f"Other {number}", evidence)
    found = pool(site, judged_in(site, None, "Mine"))
    area = found.areas["efficiency"]

    assert found.count == POOL_MIN
    assert area.least <= area.lower <= area.middle <= area.upper <= area.most
    assert area.least < 0.5 < area.most


def test_a_result_whose_file_is_gone_is_only_counted(site: Site) -> None:
    others(site, *[50] * 7)
    found = pool(site, mine(site))

    assert found.count == 7
    assert found.areas == {}
