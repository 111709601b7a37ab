"""Candidates recorded by real pushes are shown in another installation, judged anew there."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, delete, func, select
from tests.fakes.demo_sets import (
    ROSTER_TEXT,
    a_recorder,
    an_installation,
    recorded,
    write_challenge,
    write_demo_set,
)

from assay.auth.accounts import create_organisation, create_user
from assay.auth.sessions import sign_in
from assay.bootstrap.demo_data.dataset import Dataset
from assay.bootstrap.demo_data.loading import load
from assay.bootstrap.demo_data.note import demo_note
from assay.bootstrap.first_start import OWNER, seed
from assay.bootstrap.installation import Installation
from assay.db.artifacts import artifact_names
from assay.db.tables import (
    Assessment,
    Decision,
    Evaluation,
    EvaluationStage,
    Mail,
    Organisation,
    OutgoingEvent,
    Position,
    Review,
    Submission,
    User,
)
from assay.domain.errors import BadInput
from assay.domain.lifecycle import AssessmentState, EvaluationState, Lane
from assay.kit.clock import utc_now
from assay.web.app import create_app
from assay.web.serving import platform_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a data set was recorded."""
    made = tmp_path_factory.mktemp("demo")
    recorded(made)
    return made


@pytest.fixture
def installation(place: Path, tmp_path: Path) -> Iterator[Installation]:
    """Another one, with nothing in it."""
    with an_installation(tmp_path / "home", place / "challenges") as made:
        yield made


@pytest.fixture(scope="module")
def dataset(place: Path) -> Dataset:
    return Dataset.at(place / "data")


@pytest.fixture(scope="module")
def shown(
    place: Path, dataset: Dataset, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """One in which they were loaded, to look at."""
    with an_installation(tmp_path_factory.mktemp("shown"), place / "challenges") as made:
        load(made, dataset, utc_now())
        yield made


def everybody(installation: Installation) -> dict[str, Assessment]:
    with installation.database.read() as session:
        rows = session.exec(select(Assessment)).all()
    return {row.candidate_name: row for row in rows}


def count(installation: Installation, table: type) -> int:
    with installation.database.read() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def pages(installation: Installation) -> TestClient:
    """The pages, as the owner of the demo organisation sees them."""
    with installation.database.write() as session:
        owner = session.exec(select(User.id).where(User.email == OWNER)).one()
        token = sign_in(session, owner, utc_now())
    browser = TestClient(create_app(platform_of(installation)), base_url="http://127.0.0.1:8000")
    browser.cookies.set("assay_team", token)
    return browser


# ------------------------------------------------------------------------------------- recording


def test_every_commit_was_pushed_and_only_the_last_was_sealed(dataset: Dataset) -> None:
    pushes = dataset.read("una").sitting.pushes

    assert [push.number for push in pushes] == list(range(1, len(pushes) + 1))
    assert [push.subject for push in pushes] == [
        "Mend the service",
        "Test what was mended",
        "Write down how it is run, and why",
        "Build it from pinned packages, as an ordinary user",
    ]
    assert [one.lane for push in pushes for one in push.evaluations] == [Lane.SEALED]


def test_who_handed_in_the_starter_changed_nothing_but_the_notes(dataset: Dataset) -> None:
    (push,) = dataset.read("duo").sitting.pushes

    assert push.subject == "Write down how it is run, and why"


def test_evidence_result_and_stages_are_kept_and_what_follows_from_them_is_not(
    dataset: Dataset,
) -> None:
    (sealed,) = dataset.read("una").sitting.pushes[-1].evaluations

    assert {"evidence.json", "result.json", "rules_test.yml"} <= set(sealed.files)
    assert "report.html" not in sealed.files
    assert [one.stage for one in sealed.stages][:3] == ["checkout", "build", "boot"]


def test_the_data_set_names_nobody(place: Path, dataset: Dataset) -> None:
    """Names are the roster's: a file that was recorded can be given any."""
    sitting = dataset.read("una").sitting.model_dump_json()

    assert "Una" not in sitting
    assert "example.org" not in sitting
    assert "Una" not in (place / "data" / "manifest.json").read_text()


def test_a_recording_that_was_cut_off_goes_on_where_it_stood(tmp_path: Path) -> None:
    write_challenge(tmp_path / "challenges")
    data = write_demo_set(tmp_path)
    with a_recorder(tmp_path, data) as recorder:
        first = recorder.hand_in(recorder.dataset.roster.candidate[0])
    with a_recorder(tmp_path, data) as recorder:
        again = recorder.hand_in(recorder.dataset.roster.candidate[0])
        assert count(recorder.installation, Assessment) == 1
        recorder.record(recorder.dataset.roster.candidate[0])

    assert first == again
    assert Dataset.at(data).read("una").sitting.assessment_id == first


def test_who_is_recorded_anew_sits_again(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place, tmp_path / "copy")
    data = tmp_path / "copy" / "data"
    before = Dataset.at(data).read("duo").sitting.assessment_id
    with a_recorder(tmp_path / "copy", data) as recorder:
        after = recorder.record(recorder.dataset.roster.candidate[1])

    assert after.read("duo").sitting.assessment_id != before


# --------------------------------------------------------------------------------------- loading


def test_everybody_is_in_a_position_with_a_result_and_marked(
    installation: Installation, dataset: Dataset
) -> None:
    loaded = load(installation, dataset, utc_now())
    rows = everybody(installation)

    assert set(rows) == {"Una Prima (demo)", "Duo Secunda (demo)"} == set(loaded.added)
    assert {row.position_id for row in rows.values()} == {loaded.position_id}
    assert {row.state for row in rows.values()} == {AssessmentState.FINISHED}
    assert {row.score for row in rows.values()} == {50.0}
    assert [rows[name].number for name in sorted(rows, reverse=True)] == [1, 2]


def test_loading_twice_is_loading_once(shown: Installation, dataset: Dataset) -> None:
    tables = (Assessment, Submission, Evaluation, EvaluationStage, Review, Decision, Position, User)
    before = [count(shown, table) for table in tables]
    again = load(shown, dataset, utc_now())

    assert again.added == ()
    assert [count(shown, table) for table in tables] == before


def test_the_score_is_todays_not_the_one_that_was_recorded(
    place: Path, tmp_path: Path, dataset: Dataset
) -> None:
    shutil.copytree(place / "challenges", tmp_path / "challenges")
    spec = tmp_path / "challenges" / "doubling" / "challenge.toml"
    easier = "points = 100\nband = { floor = 0, target = 0.5 }"
    strict = "points = 100\nband = { floor = 0, target = 1 }"
    spec.write_text(spec.read_text().replace(strict, easier))
    with an_installation(tmp_path / "home", tmp_path / "challenges") as installation:
        load(installation, dataset, utc_now())
        scores = {row.score for row in everybody(installation).values()}
        with installation.database.read() as session:
            shown = set(session.exec(select(Evaluation.score)))

    assert dataset.read("una").sitting.pushes[-1].evaluations[0].score == 50.0
    assert scores == shown == {100.0}


def test_every_push_can_be_evaluated_again_and_the_last_was_studied(shown: Installation) -> None:
    row = everybody(shown)["Una Prima (demo)"]
    with shown.database.read() as session:
        pushes = session.exec(select(Submission).where(Submission.assessment_id == row.id)).all()
        names = [artifact_names(session, push.id) for push in pushes]

    assert [("repository.bundle" in one) for one in names] == [True] * 4
    assert {"changes.json", "similarity.json"} <= set(names[-1])
    assert shown.repositories.head(row.id) == pushes[-1].commit_sha


def test_nobody_is_written_to_and_no_other_system_is_told(shown: Installation) -> None:
    assert count(shown, Mail) == 0
    assert count(shown, OutgoingEvent) == 0


def test_what_demo_reviewers_said_is_there_and_they_cannot_sign_in(shown: Installation) -> None:
    with shown.database.read() as session:
        review = session.exec(select(Review)).one()
        reviewer = session.get_one(User, review.user_id)
        decision = session.exec(select(Decision)).one()

    assert json.loads(review.lines)["design"] == {"score": 4, "note": "Small."}
    assert review.handed_in_at is not None
    assert reviewer.name == "Noor Adeyemi (demo)"
    assert reviewer.disabled_at is not None
    assert decision.reason == "Demo decision."


def test_where_nothing_was_loaded_no_page_speaks_of_demo_data(installation: Installation) -> None:
    with installation.database.write() as session:
        seed(session, utc_now())

    assert "Demo data" not in pages(installation).get("/hiring").text


def test_pages_say_that_it_is_demo_data_and_open_the_scorecard(shown: Installation) -> None:
    row, browser = everybody(shown)["Una Prima (demo)"], pages(shown)
    page = browser.get(f"/hiring/assessments/{row.id}")
    with shown.database.read() as session:
        sealed = session.exec(
            select(Evaluation.id).where(
                Evaluation.assessment_id == row.id, col(Evaluation.state) == EvaluationState.JUDGED
            )
        ).one()

    assert "Demo data: everybody marked (demo) is invented" in page.text
    assert "Demo data: everybody marked (demo) is invented" in browser.get("/hiring").text
    assert browser.get(f"/hiring/evaluations/{sealed}/files/report.html").status_code == 200


def test_the_mark_goes_with_the_last_demo_candidate(
    installation: Installation, dataset: Dataset
) -> None:
    load(installation, dataset, utc_now())
    with installation.database.write() as session:
        organisation = session.exec(select(Organisation.id)).one()
        there = demo_note(session, organisation)
        for table in (EvaluationStage, Review, Decision, Evaluation, Submission, Assessment):
            session.exec(delete(table))
        gone = demo_note(session, organisation)

    assert there is not None
    assert gone is None


# --------------------------------------------------------------------------------------- refusals


def test_a_company_that_is_not_the_demo_one_is_left_alone(
    installation: Installation, dataset: Dataset
) -> None:
    with installation.database.write() as session:
        create_organisation(session, "Demo", utc_now())
        create_user(session, "alice@example.com", "Alice", utc_now())

    with pytest.raises(BadInput, match="only into the organisation that a first start makes"):
        load(installation, dataset, utc_now())
    assert count(installation, Assessment) == count(installation, Position) == 0


def test_without_a_recording_it_says_what_to_do(shown: Installation, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no demo data is recorded.*assay demo-data record"):
        load(shown, Dataset.at(write_demo_set(tmp_path)), utc_now())


def test_a_challenge_that_is_not_here_is_named(
    installation: Installation, place: Path, tmp_path: Path
) -> None:
    shutil.copytree(place / "data", tmp_path / "data")
    other = ROSTER_TEXT.replace('challenge = "doubling"', 'challenge = "tripling"')
    (tmp_path / "data" / "roster.toml").write_text(other)

    with pytest.raises(BadInput, match="tripling, which is not here"):
        load(installation, Dataset.at(tmp_path / "data"), utc_now())
    assert count(installation, Position) == 0


def test_a_recording_that_is_not_complete_shows_who_there_is(
    installation: Installation, place: Path, tmp_path: Path
) -> None:
    shutil.copytree(place / "data", tmp_path / "data")
    manifest = json.loads((tmp_path / "data" / "manifest.json").read_text())
    manifest["entries"] = [one for one in manifest["entries"] if one["slug"] == "una"]
    (tmp_path / "data" / "manifest.json").write_text(json.dumps(manifest))
    loaded = load(installation, Dataset.at(tmp_path / "data"), utc_now())

    assert loaded.added == ("Una Prima (demo)",)
    assert loaded.missing == ("duo",)
