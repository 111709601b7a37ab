"""What every challenge publishes is true, and its starters give nothing away."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.shipped import SHIPPED, contents, package_of, within

from assay.domain.challenge import Challenge
from assay.toolkit.brief import refreshed
from assay.toolkit.package import ChallengePackage
from assay.toolkit.variants import all_faults, choose_variant, write_tree

HINTS = ("planted", "fault", "mutant", "<<<<<<<", ">>>>>>>")


@pytest.fixture(scope="module", params=SHIPPED, ids=within)
def package(request: pytest.FixtureRequest) -> ChallengePackage:
    return package_of(request.param)


@pytest.fixture(scope="module")
def challenge(package: ChallengePackage) -> Challenge:
    return package.challenge


@pytest.fixture(scope="module")
def brief(package: ChallengePackage) -> str:
    return (package.root / "BRIEF.md").read_text()


def test_the_tables_of_the_brief_are_those_of_the_challenge(
    challenge: Challenge, brief: str
) -> None:
    assert brief == refreshed(brief, challenge), (
        f"the brief is stale: run `python -m assay.toolkit.brief challenges/{challenge.id}`"
    )


def promises(challenge: Challenge) -> Iterator[str]:
    """What the harness measures, in the words of a brief."""
    contract, load = challenge.contract, challenge.load
    yield from (contract.score.path, contract.batch.path)
    yield from (contract.ready, contract.live, contract.metrics)
    yield f"1 to {contract.batch.max_rows} {contract.batch.rows_field}"
    yield f"Ready within {challenge.limits.boot_s:g} s"
    for dependency in challenge.dependency:
        yield from (dependency.environment, dependency.key_environment)
    if contract.answers is None:
        yield f"**{contract.score.tolerance:g}**"
    else:
        yield f"within {contract.answers.tolerance:g}"
        yield from contract.answers.compare
    if load is not None:
        yield f"within {duration(load.objective_ms)}"
        yield from (f"{tier.published_rps:g}" for tier in load.tiers)
    if challenge.shutdown is not None:
        yield f"within {challenge.shutdown.grace_s:g} s"


def duration(ms: float) -> str:
    return f"{ms:g} ms" if ms < 1000 else f"{ms / 1000:g} s"


def test_the_brief_states_every_promise_the_harness_measures(
    challenge: Challenge, brief: str
) -> None:
    assert [promise for promise in promises(challenge) if promise not in brief] == []


def test_the_brief_does_not_say_where_the_faults_are(challenge: Challenge, brief: str) -> None:
    text = brief.lower()
    told = [one.fault.id for one in all_faults(challenge) if one.fault.id in text]
    told += [one.fault.title for one in all_faults(challenge) if one.fault.title.lower() in text]
    assert told == []


def test_every_criterion_of_tests_has_hidden_and_public_tests(package: ChallengePackage) -> None:
    challenge, kit = package.challenge, package.challenge.practice.kit
    used = {c.settings["criterion"] for c in challenge.criterion if c.check == "contract_tests"}
    for suite in (challenge.contract.tests, *([kit.tests] if kit else [])):
        text = (package.root / suite).read_text()
        assert set(re.findall(r'mark\.criterion\("(\w+)"\)', text)) == used, suite


def test_every_hidden_test_has_a_line_a_candidate_can_read(package: ChallengePackage) -> None:
    suite = (package.root / package.challenge.contract.tests).read_text()
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


@pytest.mark.parametrize("variant", [0, 1, 2])
def test_a_starter_gives_nothing_away(
    package: ChallengePackage, variant: int, tmp_path: Path
) -> None:
    write_tree(package, "reference", tmp_path / "reference")
    write_tree(package, "starter", tmp_path / "starter", variant=variant)
    healthy, given = contents(tmp_path / "reference"), contents(tmp_path / "starter")
    added = {
        line.lower().replace("default", "")  # which is no fault
        for name, text in given.items()
        if not name.startswith(".assay/")  # public: the tests of each practice kit look at it
        for line in {*text.splitlines()} - {*healthy.get(name, "").splitlines()}
    }
    planted = [one.fault.id for one in choose_variant(package.challenge, variant)]
    assert [(hint, line) for hint in (*HINTS, *planted) for line in added if hint in line] == []
    assert not list((tmp_path / "starter").rglob("*.patch"))
    assert not list((tmp_path / "starter").rglob("*.rej"))
    assert not (tmp_path / "starter/.git").exists()


def wheelhouse_of(package: ChallengePackage) -> str:
    return (package.root / package.challenge.build.wheelhouse).read_text()


def test_the_wheelhouse_names_no_place_and_hashes_everything(package: ChallengePackage) -> None:
    text = wheelhouse_of(package)
    entries = [line for line in text.splitlines() if "==" in line]
    assert all(line.endswith("\\") for line in entries)
    assert "//" not in text
    assert not [line for line in text.splitlines() if line.startswith(("-", "#"))]


def test_everything_that_the_reference_requires_is_in_the_wheelhouse(
    package: ChallengePackage,
) -> None:
    lines = wheelhouse_of(package).splitlines()
    house = {line.removesuffix(" \\") for line in lines if "==" in line}
    for name in ("requirements.txt", "requirements-dev.txt"):
        needed = (package.reference / name).read_text().split()
        assert set(needed) <= house
