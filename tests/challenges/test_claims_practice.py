"""The practice kit of claims-triage is small, and says no more than its public claims do."""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
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
    return loaded(ROOT / "tools" / "make_practice.py")


@pytest.fixture(scope="module")
def suite(pytestconfig: pytest.Config) -> ModuleType:
    pytestconfig.addinivalue_line("markers", "criterion(id): as the probe has it")
    return loaded(ROOT / "practice" / "test_contract.py")


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"claims_{path.stem}", path)
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


Places = Callable[[Json, Json], list[Json]]


def stated(_body: Json, place: Json) -> list[Json]:
    return [place]


def with_a_label(_body: Json, place: Json) -> list[Json]:
    return [{**place, "start": place["start"] - 2}]


def wherever_it_reads_so(body: Json, place: Json) -> list[Json]:
    texts = {one["document_id"]: one["text"] for one in body["documents"]}
    value = texts[place["document_id"]][place["start"] : place["end"]]
    return [
        {"document_id": name, "start": at, "end": at + len(value), "page": 1}
        for name, text in texts.items()
        for at in range(len(text))
        if text.startswith(value, at)
    ]


def first_that_reads_so(body: Json, place: Json) -> list[Json]:
    return wherever_it_reads_so(body, place)[:1]


def look_at_places(suite: ModuleType, rows: list[Json], places: Places) -> None:
    """The kit's test of places, with a service that knows the truth and tells such places."""
    truth = {row["body"]["claim_id"]: row for row in rows}

    def get(path: str) -> SimpleNamespace:
        row = truth[path.split("/")[3]]
        evidence = row["truth"]["evidence"]
        told = {name: places(row["body"], all_of[0]) for name, all_of in evidence.items() if all_of}
        return SimpleNamespace(json=lambda: {"fields": told})

    suite.test_a_place_is_the_value_and_nothing_else(
        SimpleNamespace(get=get),
        [row["body"] for row in rows],
        rows,
        lambda body: truth[body["claim_id"]]["truth"],
    )


@pytest.mark.parametrize("places", [stated, wherever_it_reads_so])
def test_one_place_that_states_a_field_is_enough(
    suite: ModuleType, rows: list[Json], places: Places
) -> None:
    look_at_places(suite, rows, places)


@pytest.mark.parametrize("places", [with_a_label, first_that_reads_so])
def test_a_place_that_states_something_else_is_told(
    suite: ModuleType, rows: list[Json], places: Places
) -> None:
    with pytest.raises(AssertionError, match="the record says"):
        look_at_places(suite, rows, places)


def answer_without_a_model(suite: ModuleType, rows: list[Json], said: Json) -> None:
    """The kit's test of an outage, with a service that says this of its first claim."""
    fields = {**dict.fromkeys(suite.FIELDS), **said}
    suite.test_without_a_model_nothing_is_made_up(
        lambda _name: SimpleNamespace(set=lambda _mode: None),
        [row["body"] for row in rows],
        rows,
        lambda _body: {"fields": fields},
        "down",
    )


def test_what_is_read_by_rule_may_be_told_without_a_model(
    suite: ModuleType, rows: list[Json]
) -> None:
    answer_without_a_model(suite, rows, {})
    number = rows[0]["truth"]["fields"]["policy_number"]
    answer_without_a_model(suite, rows, {"policy_number": number})
    with pytest.raises(AssertionError, match="made up: claimed_eur"):
        answer_without_a_model(suite, rows, {"policy_number": number, "claimed_eur": 0.0})
