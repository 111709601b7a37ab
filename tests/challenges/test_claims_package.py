"""What claims-triage publishes is true: its notes are whole, its data and its words are pinned."""

import hashlib
import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from assay.domain.challenge import Challenge
from assay.toolkit.package import load_challenge
from assay.toolkit.variants import all_faults

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


def test_the_brief_says_how_long_an_answer_may_take(challenge: Challenge) -> None:
    brief = (ROOT / "BRIEF.md").read_text()
    assert f"within **{challenge.contract.score.timeout_s:g} s**" in brief


def test_points_and_criteria_are_those_of_the_design(challenge: Challenge) -> None:
    notes = (ROOT / "DESIGN-NOTES.md").read_text()
    assert sum(criterion.points for criterion in challenge.criterion) == 100
    assert [one.id for one in challenge.criterion if one.id not in notes] == []
    assert [one.fault.id for one in all_faults(challenge) if one.fault.id not in notes] == []


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
