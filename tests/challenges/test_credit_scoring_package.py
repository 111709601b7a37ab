"""The credit-scoring package is sound, its brief is true, and its starters give nothing away."""

import re
from pathlib import Path

import pytest

from assay.domain.challenge import Challenge
from assay.toolkit.brief import refreshed
from assay.toolkit.package import ChallengePackage, load_challenge
from assay.toolkit.variants import all_faults, choose_variant, variants, write_tree

ROOT = Path(__file__).parents[2] / "challenges" / "credit-scoring"


@pytest.fixture(scope="module")
def package() -> ChallengePackage:
    return load_challenge(ROOT)


@pytest.fixture(scope="module")
def challenge(package: ChallengePackage) -> Challenge:
    return package.challenge


def test_there_are_at_least_fourteen_faults_over_at_least_ten_slots(challenge: Challenge) -> None:
    measured_now = [one for one in all_faults(challenge) if one.fault.measured_by != "incidents"]
    assert len(measured_now) >= 14
    assert len({one.slot for one in measured_now}) >= 10
    assert variants(challenge) >= 8


def test_the_tables_of_the_brief_are_those_of_the_challenge(challenge: Challenge) -> None:
    brief = (ROOT / "BRIEF.md").read_text()
    assert brief == refreshed(brief, challenge), (
        "the brief is stale: run `python -m assay.toolkit.brief challenges/credit-scoring`"
    )


def test_the_brief_states_every_promise_the_harness_measures(challenge: Challenge) -> None:
    brief = (ROOT / "BRIEF.md").read_text()
    contract, load, shutdown = challenge.contract, challenge.load, challenge.shutdown
    assert load is not None
    assert shutdown is not None
    promises = [
        contract.score.path,
        contract.batch.path,
        contract.ready,
        contract.live,
        contract.metrics,
        f"**{contract.score.tolerance:g}**",
        f"1 to {contract.batch.max_rows} applications",
        f"within {load.objective_ms:g} ms",
        f"within {shutdown.grace_s:g} s",
        f"Ready within {challenge.limits.boot_s:g} s",
        *(f"{tier.published_rps:g}" for tier in load.tiers),
        *(dependency.environment for dependency in challenge.dependency),
    ]
    assert [promise for promise in promises if promise not in brief] == []


def test_the_brief_does_not_say_where_the_faults_are(challenge: Challenge) -> None:
    brief = (ROOT / "BRIEF.md").read_text().lower()
    told = [one.fault.id for one in all_faults(challenge) if one.fault.id in brief]
    told += [one.fault.title for one in all_faults(challenge) if one.fault.title.lower() in brief]
    assert told == []


def test_every_criterion_of_hidden_tests_has_hidden_tests(challenge: Challenge) -> None:
    suite = (ROOT / challenge.contract.tests).read_text()
    marked = set(re.findall(r'mark\.criterion\("(\w+)"\)', suite))
    used = {c.settings["criterion"] for c in challenge.criterion if c.check == "contract_tests"}
    assert marked == used


def test_every_hidden_test_has_a_line_a_candidate_can_read() -> None:
    suite = (ROOT / "harness/test_contract.py").read_text()
    tests = re.findall(r"^def (test_\w+)\(.*\):\n(.*)", suite, re.MULTILINE)
    assert len(tests) >= 30
    assert [name for name, first in tests if not re.fullmatch(r'    """[A-Z/].+\."""', first)] == []


def test_each_fault_is_one_the_reference_does_not_have(
    package: ChallengePackage, tmp_path: Path
) -> None:
    write_tree(package, "reference", tmp_path / "reference")
    healthy = contents(tmp_path / "reference")
    for one in all_faults(package.challenge):
        mutant = tmp_path / one.fault.id
        write_tree(package, f"fault:{one.fault.id}", mutant)
        assert contents(mutant) != healthy, one.fault.id


def test_neighbouring_variants_are_different_starters(
    package: ChallengePackage, tmp_path: Path
) -> None:
    for variant in (1, 2, 3):
        write_tree(package, "starter", tmp_path / str(variant), variant=variant)
    trees = [contents(tmp_path / str(variant)) for variant in (1, 2, 3)]
    assert trees[0] != trees[1] != trees[2] != trees[0]


def test_a_starter_gives_nothing_away(package: ChallengePackage, tmp_path: Path) -> None:
    write_tree(package, "reference", tmp_path / "reference")
    healthy = contents(tmp_path / "reference")
    chosen = choose_variant(package.challenge, 1)
    write_tree(package, "starter", tmp_path / "starter", variant=1)
    added = {
        line.lower()
        for name, text in contents(tmp_path / "starter").items()
        if not name.startswith(".assay/")  # public: test_credit_scoring_practice.py
        for line in set(text.splitlines()) - set(healthy.get(name, "").splitlines())
    }
    hints = ["planted", "fault", "mutant", "<<<<<<<", ">>>>>>>", *(one.fault.id for one in chosen)]
    assert [(hint, line) for hint in hints for line in added if hint in line] == []
    assert not list((tmp_path / "starter").rglob("*.patch"))
    assert not list((tmp_path / "starter").rglob("*.rej"))
    assert not (tmp_path / "starter/.git").exists()


def test_hidden_data_stays_out_of_what_candidates_get(
    package: ChallengePackage, tmp_path: Path
) -> None:
    write_tree(package, "starter", tmp_path / "starter")
    given = "\n".join(contents(tmp_path / "starter").values())
    ids = re.findall(r'^\{"id": "([^"]+)"', package.rows.read_text(), re.MULTILINE)
    assert len(ids) > 1000
    assert [one for one in ids if one in given] == []


def contents(tree: Path) -> dict[str, str]:
    return {
        path.relative_to(tree).as_posix(): path.read_text(errors="replace")
        for path in sorted(tree.rglob("*"))
        if path.is_file()
    }
