"""`challenge regrade` on an installation whose challenge was mended after somebody was graded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import select
from tests.fakes import terminal
from tests.fakes.evidence import make_evidence, make_test
from tests.fakes.quick_challenge import write_quick_challenge
from tests.fakes.web import Site, a_site

from assay.cli.main import main
from assay.db.tables import Evaluation
from assay.domain.evidence import Evidence
from assay.domain.lifecycle import EvaluationState, Lane
from assay.toolkit.package import load_challenge
from assay.toolkit.proving.digests import material_digest

Run = Callable[..., tuple[int, str, str]]
NARROW = 'band = { floor = 0, target = 1 }\nunit = "share"\nadvice = "Double'
REGRADE = ("challenge", "regrade", "doubling", "--all-sealed")


@dataclass
class Desk:
    """An installation, and the challenge of it that a maintainer edits."""

    site: Site
    root: Path
    run: Run

    def edit(self, name: str, was: str, now: str) -> None:
        path = self.root / name
        assert was in path.read_text()
        path.write_text(path.read_text().replace(was, now))

    def widen(self) -> None:
        """Half of the tests are enough for all points."""
        self.edit("challenge.toml", NARROW, NARROW.replace("target = 1", "target = 0.5"))

    def regrades(self) -> list[Evaluation]:
        with self.site.house.read() as session:
            wanted = select(Evaluation).where(Evaluation.lane == Lane.REGRADE)
            return list(session.exec(wanted))


@pytest.fixture
def desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    root = write_quick_challenge(tmp_path / "challenges")
    site = a_site(tmp_path)
    site.house.package = load_challenge(root)
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ASSAY_DATABASE_URL", f"sqlite:///{tmp_path}/assay.db")
    monkeypatch.setenv("ASSAY_CHALLENGES", str(root.parent))

    def run(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        said = capsys.readouterr()
        return code, said.out, " ".join(said.err.split())

    with terminal.wide():
        yield Desk(site, root, run)
    site.house.database.dispose()


@pytest.fixture
def graded(desk: Desk) -> str:
    """Id of the sealed evaluation of somebody who passed half of the tests."""
    assessment_id = desk.site.house.started()
    desk.site.house.push(assessment_id)
    sealed = desk.site.sealed(assessment_id)
    desk.site.judge(sealed, evidence(desk))
    return sealed


def evidence(desk: Desk) -> Evidence:
    """Measured with the challenge as it is on disk."""
    package = load_challenge(desk.root)
    facts = make_evidence()
    told = {"challenge_sha256": package.digest, "material_sha256": material_digest(package)}
    assert facts.contract
    tests = tuple(make_test(name, "right", passed=name == "one") for name in ("one", "two"))
    contract = facts.contract.model_copy(update={"tests": tests})
    return facts.model_copy(
        update={
            "challenge": package.challenge,
            "versions": facts.versions.model_copy(update=told),
            "contract": contract,
        }
    )


def test_another_band_is_judged_at_once_and_said_beforehand(desk: Desk, graded: str) -> None:
    desk.widen()

    _, planned, _ = desk.run(*REGRADE, "--dry-run")
    assert desk.regrades() == []
    code, told, _ = desk.run(*REGRADE)

    (row,) = desk.regrades()
    assert code == 0
    assert "1 of 1 to grade again: 1 judged anew from their evidence, at once; 0 meas" in planned
    assert f"judged {row.id} from the evidence of {graded}: 100.0" in told
    assert (row.state, row.judged_from) == (EvaluationState.JUDGED, graded)


def test_the_comparison_of_the_two_adds_up_and_it_is_adopted(desk: Desk, graded: str) -> None:
    desk.widen()
    desk.run(*REGRADE)
    (row,) = desk.regrades()

    code, told, _ = desk.run("compare", graded, row.id)
    adopted, _, _ = desk.run("adopt", row.id, "--reason", "the band was too narrow")

    assert (code, adopted) == (0, 0)
    assert "other band" in told
    assert "other evidence" not in told
    assert "total 50.00 → 100.00, +50.00" in told
    assert f"judged anew from the evidence of: - → {graded}" in told


def test_the_same_regrade_twice_makes_one(desk: Desk, graded: str) -> None:
    desk.widen()

    desk.run(*REGRADE)
    _, again, _ = desk.run(*REGRADE)

    assert "left out: it was graded by this version already" in again
    assert len(desk.regrades()) == 1


@pytest.mark.parametrize(
    ("name", "was", "now", "why"),
    [
        ("harness/test_contract.py", '{"x": 3}', '{"x": 4}', "harness, reference or packages"),
        ("challenge.toml", "tolerance = 0.01", "tolerance = 0.02", "has other contract"),
    ],
)
def test_another_test_or_setting_is_measured(
    desk: Desk, graded: str, name: str, was: str, now: str, why: str
) -> None:
    desk.widen()
    desk.edit(name, was, now)

    refused, _, error = desk.run(*REGRADE, "--judge-only")
    assert desk.regrades() == []
    code, told, _ = desk.run(*REGRADE)

    (row,) = desk.regrades()
    assert (refused, code) == (2, 0)
    assert f"{row.assessment_id} would have to be measured: " in error
    assert why in error
    assert why in told
    assert "0 judged anew from their evidence, at once; 1 measured" in told
    assert (row.state, row.judged_from) == (EvaluationState.QUEUED, None)


def test_what_could_be_judged_is_measured_where_that_is_asked_for(desk: Desk, graded: str) -> None:
    desk.widen()

    code, told, _ = desk.run(*REGRADE, "--measure")

    (row,) = desk.regrades()
    assert code == 0
    assert "measured: so it was asked" in told
    assert (row.state, row.judged_from) == (EvaluationState.QUEUED, None)


def test_judging_alone_judges_what_it_can(desk: Desk, graded: str) -> None:
    desk.widen()

    code, _, _ = desk.run(*REGRADE, "--judge-only")

    (row,) = desk.regrades()
    assert (code, row.judged_from) == (0, graded)


@pytest.mark.parametrize("other", ["--measure", "--again"])
def test_judging_alone_and_measuring_contradict_each_other(desk: Desk, other: str) -> None:
    code, _, error = desk.run(*REGRADE, "--judge-only", other)

    assert code == 2
    assert "--judge-only measures nothing" in error
