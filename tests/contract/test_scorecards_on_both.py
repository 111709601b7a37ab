"""Pool, studies and overrides of scorecards: the same on SQLite and PostgreSQL."""

from pathlib import Path

import pytest
from tests.fakes.handed_in import hand_in
from tests.fakes.web import Site, a_site, words

from assay.db.results import counting_evaluation
from assay.db.session import Database
from assay.db.tables import Assessment, Override
from assay.domain import statistics
from assay.features.scorecards.pool import pool_of
from assay.features.scorecards.studies import stored_similarity, unstudied


@pytest.fixture
def site(each_database: Database, tmp_path: Path) -> Site:
    return a_site(tmp_path, database=each_database)


def test_scorecards_are_the_same_on_both(site: Site, tmp_path: Path) -> None:
    code = Path(statistics.__file__).read_text()
    first, second = (hand_in(site, name, tmp_path, code) for name in ("Erin", "Frank"))
    with site.house.write() as session:
        run = counting_evaluation(session, first)
        assert run
        assert unstudied(session, 10, site.house.time) == []
        found = stored_similarity(session, run.submission_id)
        assert pool_of(session, session.get_one(Assessment, second)).count == 1
        session.add(
            Override(
                assessment_id=first,
                evaluation_id=run.id,
                criterion="cost",
                was=0.1,
                now=1.0,
                reason="The price sheet was wrong",
                user_id=site.house.cast.alice.user_id,
                at=site.house.time,
            )
        )
    page = site.of(site.house.cast.alice).get(f"/hiring/assessments/{first}/scorecard").text

    assert found
    assert [match.severity for match in found.matches] == ["serious"]
    assert "with 1 line decided by people" in words(page)
    assert "Side by side with Frank" in words(page)
