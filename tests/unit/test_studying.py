"""A worker studies what was handed in while nobody measures, and none keeps the others waiting."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.fakes.bundles import bundle_of, commit_of
from tests.fakes.web import Site, a_site

from assay.adapters.submitted_work import BundledWork
from assay.bootstrap import studying
from assay.db.artifacts import BUNDLE, put_artifact
from assay.db.tables import Evaluation, Submission, Worker
from assay.features.scorecards.changes import Work
from assay.features.scorecards.dossier import changes_in
from assay.kit.clock import utc_now


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = a_site(tmp_path)
    yield made
    made.house.database.dispose()


def installation(site: Site, worker: str = "here") -> Any:
    settings = SimpleNamespace(worker=worker)
    return SimpleNamespace(database=site.house.database, settings=settings)


def handed_in(site: Site, scratch: Path, name: str) -> str:
    """Id of the last submission of somebody who was judged."""
    tree = scratch / name
    tree.mkdir()
    commit_of(tree, {"base.py": "x = 1\n"})
    commit = commit_of(tree, {"app.py": f"y = {name!r}\n"})
    assessment_id = site.house.started()
    site.pushed(assessment_id, commit)
    sealed = site.sealed(assessment_id)
    site.judge(sealed)
    submission_id = site.house.evaluation(sealed).submission_id
    with site.house.write() as session:
        put_artifact(session, submission_id, BUNDLE, bundle_of(tree), site.house.time)
    return submission_id


@dataclass
class Stumbling:
    """A `WorkReader` with a mistake that nobody foresaw, wherever a commit is one of these."""

    commits: set[str]

    def read(self, bundle: bytes, commit: str) -> Work:
        if commit in self.commits:
            raise ValueError("nobody foresaw this")
        return BundledWork().read(bundle, commit)


def is_studied(site: Site, submission_id: str) -> bool:
    with site.house.read() as session:
        return changes_in(session, submission_id) is not None


def test_one_that_cannot_be_read_keeps_nobody_waiting(site: Site, tmp_path: Path) -> None:
    odd = [handed_in(site, tmp_path, f"odd-{number}") for number in range(studying.AT_ONCE)]
    fine = handed_in(site, tmp_path, "fine")
    with site.house.read() as session:
        reader = Stumbling({session.get_one(Submission, one).commit_sha for one in odd})
    done = sum(studying.study_new(installation(site), reader) for _ in range(2))

    assert done == 1
    assert is_studied(site, fine)
    assert not any(is_studied(site, one) for one in odd)


def measuring(site: Site, worker: str, host: str) -> None:
    """A worker on that host has an evaluation."""
    evaluation_id = site.pushed(site.house.started())
    site.begin(evaluation_id)
    with site.house.write() as session:
        session.get_one(Evaluation, evaluation_id).worker_id = worker
        session.add(
            Worker(id=worker, host=host, slots=1, engine="local", started_at=utc_now(),
                   seen_at=utc_now())
        )  # fmt: skip


@pytest.mark.parametrize(
    ("worker", "host", "studied"),
    [("here", "elsewhere", 0), ("neighbour", "", 0), ("another", "elsewhere", 1)],
)
def test_nothing_is_studied_where_somebody_measures(
    site: Site, tmp_path: Path, worker: str, host: str, studied: int
) -> None:
    handed_in(site, tmp_path, "work")
    measuring(site, worker, host or studying.os.uname().nodename)

    assert studying.study_new(installation(site)) == studied
