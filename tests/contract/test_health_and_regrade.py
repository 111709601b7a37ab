"""Health, regrades and which result counts: the same on SQLite and PostgreSQL."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlmodel import select
from tests.fakes.evidence import make_evidence, make_poor_evidence
from tests.fakes.mending import evidence_of_then, mended
from tests.fakes.web import Site, a_site

from assay.bootstrap.regrading import judge_anew
from assay.db.artifacts import get_artifact, put_artifact
from assay.db.migrate import MIGRATIONS, upgrade
from assay.db.results import counting_evaluation
from assay.db.session import Database
from assay.db.tables import Evaluation
from assay.domain.errors import Conflict
from assay.domain.health import Part, Spread
from assay.domain.lifecycle import Lane
from assay.features.assessments import adoption
from assay.features.challenges.health import Asked, health, versions_sat
from assay.features.challenges.regrade import Wish
from assay.web.listing import assessments_of

SITTINGS = 6


@pytest.fixture
def site(each_database: Database, tmp_path: Path) -> Site:
    return a_site(tmp_path, database=each_database)


def test_health_is_the_same_on_both(site: Site) -> None:
    for number in range(SITTINGS):
        sitting = site.house.started()
        site.house.later(hours=number + 1)
        site.house.push(sitting)
        site.judge(site.sealed(sitting), make_poor_evidence() if number % 2 else make_evidence())
    version = site.house.package.challenge.version

    with site.house.read() as session:
        found = health(session, Asked("credit-scoring", version, site.house.cast.organisation_id))
        sat = versions_sat(session, "credit-scoring", None)

    assert (found.started, found.handed_in) == (Part(6, 6), Part(6, 6))
    assert isinstance(found.working_h, Spread)
    assert (found.working_h.least, found.working_h.most) == (1, 6)
    assert found.judged == SITTINGS
    assert sat[version] == SITTINGS


def test_a_regrade_is_adopted_and_taken_back_on_both(site: Site) -> None:
    sitting = site.house.started()
    site.house.push(sitting)
    regrade = site.regraded(sitting, make_poor_evidence())
    with site.house.read() as session:
        sealed = counting_evaluation(session, sitting)
        assert sealed is not None
        assert sealed.lane is Lane.SEALED

    for chosen in (regrade, sealed.id):
        site.house.later(minutes=1)
        with site.house.write() as session:
            adoption.adopt(session, chosen, "because", "https://x", site.house.time)
        with site.house.read() as session:
            counts = counting_evaluation(session, sitting)
            rows = assessments_of(session, site.house.cast.organisation_id).rows
            assert counts is not None
            assert counts.id == chosen
            assert [r.score for r in rows if r.assessment.id == sitting] == [counts.score]


def test_judged_anew_it_is_adopted_and_taken_back_on_both(site: Site) -> None:
    sitting = site.house.started()
    site.house.push(sitting)
    sealed = site.sealed(sitting)
    site.judge(sealed, evidence_of_then())
    with site.house.write() as session:
        put_artifact(session, sealed, "recording.json", b"[]", site.house.time)

    row = judge_anew(site.house.database, sitting, Wish(mended()), site.house.time)
    with pytest.raises(Conflict, match="already"):
        judge_anew(site.house.database, sitting, Wish(mended()), site.house.time)

    assert row.judged_from == sealed
    for chosen in (row.id, sealed):
        site.house.later(minutes=1)
        with site.house.write() as session:
            adoption.adopt(session, chosen, "because", "https://x", site.house.time)
        with site.house.read() as session:
            counts = counting_evaluation(session, sitting)
            assert counts is not None
            assert counts.id == chosen
            assert get_artifact(session, chosen, "recording.json") == b"[]"


def test_going_back_to_the_first_tables_keeps_sealed_results(site: Site) -> None:
    sitting = site.house.started()
    site.house.push(sitting)
    site.regraded(sitting)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")

    with site.house.database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
    with site.house.database.engine.begin() as connection:
        lanes = connection.execute(text("SELECT lane FROM evaluation")).scalars().all()
    upgrade(site.house.database.url.render_as_string(hide_password=False))

    assert sorted(lanes) == ["practice", "sealed"]
    with site.house.read() as session:
        assert len(session.exec(select(Evaluation)).all()) == len(lanes)
