"""The practice kit of claims-triage is small, and says no more than its public claims do."""

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from assay.toolkit.package import load_challenge
from assay.toolkit.practice_kit import read_kit
from assay.toolkit.variants import write_tree

ROOT = Path(__file__).resolve().parents[2] / "challenges" / "claims-triage"
MIB = 2**20
Json = dict[str, Any]


@pytest.fixture(scope="module")
def make_practice() -> ModuleType:
    sys.path.insert(0, str(ROOT / "tools"))
    spec = importlib.util.spec_from_file_location("p", ROOT / "tools" / "make_practice.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rows() -> list[Json]:
    lines = (ROOT / "practice/rows.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_the_files_of_the_kit_are_those_its_tool_makes(make_practice: ModuleType) -> None:
    for name, content in make_practice.contents().items():
        assert (ROOT / "practice" / name).read_text() == content, "run tools/make_practice.py"


def test_public_claims_count_nowhere_and_are_none_of_the_adjudicated(rows: list[Json]) -> None:
    lines = (ROOT / "reference/data/claims.jsonl").read_text().splitlines()
    adjudicated = {json.loads(line)["body"]["claim_id"] for line in lines}
    assert len(rows) >= 60
    assert all(row["id"].startswith("P-") for row in rows)
    assert all(int(row["id"][2:]) % 2 == 0 for row in rows)
    assert not adjudicated & {row["id"] for row in rows}


def words_of(rules: Json) -> list[str]:
    return [word for one in rules["labels"] for word in (*one["words"], *one["words_other"])]


def test_the_models_at_home_know_no_word_that_no_public_claim_has(rows: list[Json]) -> None:
    rules = json.loads((ROOT / "practice/model-rules.json").read_text())
    hidden = json.loads((ROOT / "harness/model-rules.json").read_text())
    text = "\n".join(one["text"] for row in rows for one in row["body"]["documents"]).lower()
    told, known = words_of(rules), words_of(hidden)
    assert 0 < len(told) < len(known)
    assert [word for word in told if word.lower() not in text] == []
    assert "injections" not in rules
    assert {key["key"] for key in rules["keys"]} <= {key["key"] for key in hidden["keys"]}


def test_a_starter_carries_the_kit_and_nothing_of_the_harness(tmp_path: Path) -> None:
    write_tree(load_challenge(ROOT), "starter", tmp_path / "tree", variant=1)
    folder = tmp_path / "tree/.assay"
    kit = read_kit(tmp_path / "tree")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert kit.package.challenge.id == "claims-triage"
    assert kit.package.challenge.generator is None
    assert not list(folder.rglob("claimgen"))
    assert size < 2 * MIB
