"""`health`, `regrade`, `adopt`, `compare`, `rescore --under` on an installation as it is kept."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes import terminal
from tests.fakes.evidence import make_evidence, make_poor_evidence
from tests.fakes.web import Site, a_site

from assay.bootstrap.files import write_evidence
from assay.cli.main import main
from assay.db.artifacts import put_artifact
from assay.db.results import counting_evaluation
from assay.db.tables import Evaluation
from assay.domain.evidence import EVIDENCE_FILE
from assay.domain.lifecycle import Lane

ROOT = Path(__file__).parents[2]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An installation in which two sittings have ended."""
    made = a_site(tmp_path)
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSAY_DATABASE_URL", f"sqlite:///{tmp_path}/assay.db")
    monkeypatch.setenv("ASSAY_CHALLENGES", str(ROOT / "challenges"))
    yield made
    made.house.database.dispose()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Iterator[Run]:
    def command(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    with terminal.wide():
        yield command


def ended(site: Site) -> str:
    """Id of an assessment whose sealed result stands, evidence and all."""
    assessment_id = site.house.started()
    site.house.push(assessment_id)
    sealed = site.sealed(assessment_id)
    site.judge(sealed)
    keep_evidence(site, sealed)
    return assessment_id


def keep_evidence(site: Site, evaluation_id: str, *, poor: bool = False) -> None:
    text = (make_poor_evidence() if poor else make_evidence()).model_dump_json()
    with site.house.write() as session:
        put_artifact(session, evaluation_id, EVIDENCE_FILE, text.encode(), site.house.time)


def regrades(site: Site) -> list[Evaluation]:
    with site.house.read() as session:
        wanted = select(Evaluation).where(Evaluation.lane == Lane.REGRADE)
        return list(session.exec(wanted))


def test_health_tells_figures_and_where_there_are_too_few(site: Site, run: Run) -> None:
    ended(site)

    code, told, _ = run("challenge", "health", "credit-scoring", "--version", "1.0.0")
    _, data, _ = run("challenge", "health", "credit-scoring", "--version", "1.0.0", "--json")

    assert code == 0
    assert "started     1 of 1 invitations" in told
    assert "too few to say (1; it takes 6)" in told
    assert "Slowest answers (p95)" in told
    assert json.loads(data)["judged"] == 1


def test_health_of_what_nobody_knows_is_refused(site: Site, run: Run) -> None:
    code, _, error = run("challenge", "health", "no-such")

    assert code == 2
    assert "no challenge 'no-such'" in error


def test_a_dry_run_tells_and_queues_nothing(site: Site, run: Run) -> None:
    assessment_id = ended(site)

    code, told, _ = run("challenge", "regrade", "credit-scoring", "--all-sealed", "--dry-run")

    assert code == 0
    assert re.search(rf"{assessment_id}  1\.0\.0 by assay 0\.1\.0 → \d+\.\d+\.\d+ by", told)
    assert "1 of 1 to grade again" in told
    assert regrades(site) == []


def test_a_regrade_is_queued_once_and_told_the_second_time(site: Site, run: Run) -> None:
    assessment_id = ended(site)
    ask = ("challenge", "regrade", "credit-scoring", "--assessment", assessment_id)

    code, told, _ = run(*ask)
    _, again, _ = run(*ask)

    (row,) = regrades(site)
    assert code == 0
    assert f"queued {row.id}" in told
    assert "left out: a regrade of it is on its way" in again


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("credit-scoring",), "either --assessment ID or --all-sealed"),
        (("credit-scoring", "--all-sealed", "--assessment", "asm_x"), "either --assessment ID"),
        (("no-such", "--all-sealed"), "there is no challenge 'no-such'"),
        (("credit-scoring", "--assessment", "asm_x"), "there is no assessment asm_x"),
    ],
)
def test_a_regrade_of_nothing_is_refused(
    site: Site, run: Run, words: tuple[str, ...], said: str
) -> None:
    code, _, error = run("challenge", "regrade", *words)

    assert code == 2
    assert said in " ".join(error.split())


def test_two_evaluations_are_compared_by_their_ids_and_one_is_adopted(site: Site, run: Run) -> None:
    assessment_id = ended(site)
    with site.house.read() as session:
        sealed = counting_evaluation(session, assessment_id)
        assert sealed is not None
    run("challenge", "regrade", "credit-scoring", "--assessment", assessment_id)
    (row,) = regrades(site)
    site.judge(row.id, make_poor_evidence())
    keep_evidence(site, row.id, poor=True)

    code, told, _ = run("compare", sealed.id, row.id)
    refused, _, error = run("adopt", row.id, "--reason", " ")
    adopted, _, _ = run("adopt", row.id, "--reason", "the old limit was wrong")

    assert (code, refused, adopted) == (0, 2, 0)
    assert "other evidence" in told
    assert "say why" in error
    with site.house.read() as session:
        counts = counting_evaluation(session, assessment_id)
        assert counts is not None
        assert counts.id == row.id


def test_an_evaluation_nobody_knows_is_refused(site: Site, run: Run) -> None:
    for words in (("compare", "evl_x", "evl_y"), ("adopt", "evl_x", "--reason", "because")):
        code, _, error = run(*words)
        assert code == 2
        assert "evl_x" in error


def test_evidence_is_judged_by_the_rubric_of_today(tmp_path: Path, run: Run) -> None:
    (tmp_path / "old").mkdir()
    write_evidence(tmp_path / "old", make_evidence(), {})

    code, told, _ = run("rescore", str(tmp_path / "old"), "--under", "credit-scoring")
    _, plain, _ = run("rescore", str(tmp_path / "old"))

    assert code == 0
    assert "new criterion" in told
    assert "total" in told
    assert "score" in plain
