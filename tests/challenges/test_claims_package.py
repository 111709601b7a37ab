"""What claims-triage publishes is true: it lints, its brief is current, its data is pinned."""

import hashlib
import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from assay.domain.challenge import Challenge
from assay.toolkit.brief import refreshed
from assay.toolkit.package import load_challenge
from assay.toolkit.variants import all_faults, write_tree

ROOT = Path(__file__).parents[2] / "challenges" / "claims-triage"
sys.path.insert(0, str(ROOT / "harness"))

from claimgen import english, german  # noqa: E402
from claimgen.claim import Claim  # noqa: E402
from claimgen.facts import FIELDS  # noqa: E402
from claimgen.model_rules import cues, model_rules, telling  # noqa: E402
from claimgen.products import PRODUCTS  # noqa: E402
from claimgen.sets import Mix, Series, claims  # noqa: E402


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    return load_challenge(ROOT).challenge


@pytest.fixture(scope="module")
def make_data() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_claims", ROOT / "tools" / "make_data.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_tables_of_the_brief_are_those_of_the_challenge(challenge: Challenge) -> None:
    brief = (ROOT / "BRIEF.md").read_text()
    assert brief == refreshed(brief, challenge)


def test_the_brief_names_what_is_measured(challenge: Challenge) -> None:
    brief = (ROOT / "BRIEF.md").read_text()
    contract, load = challenge.contract, challenge.load
    rules = contract.answers
    assert load is not None
    assert rules is not None
    promises = [
        contract.score.path,
        contract.batch.path,
        contract.ready,
        contract.live,
        contract.metrics,
        f"1 to {contract.batch.max_rows} claims",
        f"within **{contract.score.timeout_s:g} s**",
        f"Ready within {challenge.limits.boot_s:g} s",
        f"within {load.objective_ms / 1000:g} s",
        f"within {rules.tolerance:g}",
        *(one.environment for one in challenge.dependency),
        *(one.key_environment for one in challenge.dependency),
        *rules.compare,
    ]
    assert [promise for promise in promises if promise not in brief] == []


def test_the_brief_does_not_say_where_the_faults_are(challenge: Challenge) -> None:
    brief = (ROOT / "BRIEF.md").read_text().lower()
    told = [one.fault.id for one in all_faults(challenge) if one.fault.id in brief]
    told += [one.fault.title for one in all_faults(challenge) if one.fault.title.lower() in brief]
    assert told == []


def test_points_and_criteria_are_those_of_the_design(challenge: Challenge) -> None:
    notes = (ROOT / "DESIGN-NOTES.md").read_text()
    assert sum(criterion.points for criterion in challenge.criterion) == 100
    assert [one.id for one in challenge.criterion if one.id not in notes] == []
    assert [one.fault.id for one in all_faults(challenge) if one.fault.id not in notes] == []


def test_every_criterion_of_hidden_tests_has_hidden_tests(challenge: Challenge) -> None:
    used = {c.settings["criterion"] for c in challenge.criterion if c.check == "contract_tests"}
    for suite in (challenge.contract.tests, "practice/test_contract.py"):
        text = (ROOT / suite).read_text()
        assert set(re.findall(r'mark\.criterion\("(\w+)"\)', text)) == used


@pytest.mark.parametrize("variant", [0, 1, 2])
def test_a_starter_gives_nothing_away(variant: int, tmp_path: Path) -> None:
    package = load_challenge(ROOT)
    write_tree(package, "reference", tmp_path / "reference")
    write_tree(package, "starter", tmp_path / "starter", variant=variant)
    healthy, given = contents(tmp_path / "reference"), contents(tmp_path / "starter")
    added = {
        line.lower()
        for name, text in given.items()
        if not name.startswith(".assay/")
        for line in {*text.splitlines()} - {*healthy.get(name, "").splitlines()}
    }
    hints = ["planted", "fault", "mutant", "<<<<<<<", ">>>>>>>"]
    assert [(hint, line) for hint in hints for line in added if hint in line] == []
    assert not list((tmp_path / "starter").rglob("*.patch"))
    assert not list((tmp_path / "starter").rglob("*.rej"))


def contents(tree: Path) -> dict[str, str]:
    return {
        path.relative_to(tree).as_posix(): path.read_text(errors="replace")
        for path in sorted(tree.rglob("*"))
        if path.is_file()
    }


def test_the_data_files_are_those_the_generator_makes(make_data: ModuleType) -> None:
    page = (ROOT / "DATA.md").read_text()
    for name, content in make_data.contents().items():
        assert (ROOT / name).read_text() == content, "run tools/make_data.py"
        assert hashlib.sha256(content.encode()).hexdigest() in page


def test_candidates_get_claims_that_count_nowhere() -> None:
    lines = (ROOT / "reference" / "data" / "claims.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == 48
    assert all(row["body"]["claim_id"].startswith("P-") for row in rows)
    assert all(int(row["body"]["claim_id"][2:]) % 2 == 0 for row in rows)
    assert {name for row in rows for name in row} == {"body", "right"}


def test_packages_of_the_reference_are_in_the_wheelhouse() -> None:
    house = (ROOT / "wheelhouse.txt").read_text()
    for name in ("requirements.txt", "requirements-dev.txt"):
        needed = (ROOT / "reference" / name).read_text().split()
        assert [one for one in needed if f"{one} \\" not in house] == []


def test_every_field_has_cues_in_both_languages() -> None:
    for words in (english.ENGLISH, german.GERMAN):
        assert all(len(cues(words, field)) >= 2 for field in FIELDS)
        assert all(len(telling(words, kind)) >= 8 for kind in PRODUCTS)


def test_no_word_speaks_for_two_categories() -> None:
    for words in (english.ENGLISH, german.GERMAN):
        said = [word for kind in PRODUCTS for word in telling(words, kind)]
        assert len(set(said)) == len(said)


def test_the_rules_find_what_forms_say() -> None:
    rules = {rule["name"]: rule for rule in model_rules()["fields"]}
    clear = Mix(light_noise=0, heavy_noise=0)
    forms = [
        page for claim in claims(Series(4, "training"), 60, clear) for page in of(claim, "form")
    ]
    assert len(forms) > 10
    for text in forms:
        labels = rules["policy_number"]["aliases"] + rules["policy_number"]["aliases_other"]
        label = "|".join(re.escape(label) for label in labels)
        assert re.search(rf"(?:{label})[\s.:]*[A-Z]{{2}}-\d{{4}}-\d{{4}}-\d", text), text


def of(claim: Claim, kind: str) -> list[str]:
    return [one.page.text for one in claim.documents if one.kind == kind]
