"""Rows of claims-triage are made as evaluations ask for them: pure, by seed, of one parity."""

import json
import sys
from pathlib import Path

import pytest

from assay.domain.generated import BODY_BYTES_MAX
from assay.evaluation.generating import truth_problem, twins_problem
from assay.evaluation.material import row_of
from assay.toolkit.package import ChallengePackage, load_challenge

ROOT = Path(__file__).parents[2] / "challenges" / "claims-triage"
sys.path.insert(0, str(ROOT / "harness"))

from claimgen import make  # noqa: E402
from claimgen.sets import SETS  # noqa: E402


@pytest.fixture(scope="module")
def package() -> ChallengePackage:
    return load_challenge(ROOT)


def test_the_same_seed_makes_the_same_rows_and_another_one_others() -> None:
    first = json.dumps(make(101, "quality", 20, {}))
    assert first == json.dumps(make(101, "quality", 20, {}))
    assert first != json.dumps(make(103, "quality", 20, {}))


def test_practice_and_what_counts_never_share_a_claim() -> None:
    odd = {row["id"] for row in make(101, "quality", 200, {})}
    even = {row["id"] for row in make(102, "quality", 200, {})}
    assert len(odd) == len(even) == 200
    assert not odd & even
    assert {one[0] for one in odd} == {"C"}
    assert {one[0] for one in even} == {"P"}


def test_every_row_can_be_judged_and_sent(package: ChallengePackage) -> None:
    answers = package.challenge.contract.answers
    assert answers is not None
    for row in make(7, "incidents", 300, {}):
        assert truth_problem(row["truth"], answers) == ""
        assert len(json.dumps(row["body"]).encode()) <= BODY_BYTES_MAX


def test_attacks_come_as_twins(package: ChallengePackage) -> None:
    [attacks] = package.challenge.attacks
    rows = [row_of(row) for row in make(7, attacks.set, 2 * attacks.pairs, {})]
    assert len(rows) == 2 * attacks.pairs
    assert len({row.pair for row in rows}) == attacks.pairs
    assert twins_problem(rows, attacks.obeyed) == ""


def test_a_mix_changes_what_a_set_is_made_of() -> None:
    rows = make(7, "new_kind", 200, {"new_type": 0.5})
    assert 60 < sum(row["truth"]["category"] == "other" for row in rows) < 140
    assert make(7, "new_kind", 5, {"mix": {"new_type": 0.5}}) == rows[:5]


@pytest.mark.parametrize(("set_", "settings"), [("pears", {}), ("load", {"colour": 1.0})])
def test_what_there_is_not_is_refused_by_name(set_: str, settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"no s(et|etting) .*(pears|colour)"):
        make(1, set_, 1, settings)


def test_every_set_of_the_challenge_can_be_made(package: ChallengePackage) -> None:
    assert package.challenge.generator is not None
    wanted = {*package.challenge.generator.sets, *(one.set for one in package.challenge.attacks)}
    made = [one for one in package.challenge.incident if one.injector == "generated_rows"]
    for one in made:
        assert len(make(3, one.settings["set"], 3, one.settings.get("mix", {}))) == 3
        wanted.add(one.settings["set"])
    assert wanted <= {*SETS}
    assert len(made) >= 3
