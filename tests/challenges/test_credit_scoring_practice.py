"""The practice kit of credit-scoring is public, useful, and a different matter from what counts."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from assay.domain.challenge import Challenge, PracticeKit
from assay.toolkit.package import load_challenge
from assay.toolkit.practice_kit import read_kit
from assay.toolkit.variants import all_faults, write_tree

CHALLENGE = Path(__file__).resolve().parents[2] / "challenges" / "credit-scoring"
HIDDEN = ("rows", "holdout")
MIB = 2**20
Line = dict[str, Any]


def lines(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def content(body: Line) -> str:
    """An application without what names it."""
    rest = {k: v for k, v in body.items() if k not in ("application_id", "applicant")}
    return json.dumps(rest, sort_keys=True)


@pytest.fixture(scope="module")
def challenge() -> Challenge:
    return load_challenge(CHALLENGE).challenge


@pytest.fixture(scope="module")
def rules(challenge: Challenge) -> PracticeKit:
    assert challenge.practice.kit is not None
    return challenge.practice.kit


@pytest.fixture(scope="module")
def public() -> list[Line]:
    return lines(CHALLENGE / "practice/rows.jsonl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = tmp_path_factory.mktemp("starter") / "tree"
    write_tree(load_challenge(CHALLENGE), "starter", tree, variant=3)
    return tree / ".assay"


def test_no_public_row_is_a_hidden_one_under_another_name(public: list[Line]) -> None:
    hidden = {
        content(line["body"])
        for name in HIDDEN
        for line in lines(CHALLENGE / f"harness/{name}.jsonl")
    }

    assert len(hidden) > 2000
    assert [row["id"] for row in public if content(row["body"]) in hidden] == []


def test_every_public_row_is_one_of_the_training_data(public: list[Line]) -> None:
    names = ("seniority_years", "term_months", "age_years", "amount_eur", "price_eur", "job")
    with (CHALLENGE / "reference/data/train.csv").open(newline="") as file:
        known = {tuple(row[name] for name in names) for row in csv.DictReader(file)}
    sent = [tuple(_cell(row["body"][name]) for name in names) for row in public]

    assert [one for one in sent if one not in known] == []


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def test_rows_of_every_kind_are_among_them(public: list[Line]) -> None:
    known = {line["id"] for line in lines(CHALLENGE / "practice/bureau.jsonl")}
    without_income = {row["id"] for row in public if row["body"]["income_eur_year"] is None}

    assert len(public) >= 500
    assert 0.2 < sum(row["label"] for row in public) / len(public) < 0.4
    assert known < without_income
    assert {row["id"] for row in public if "fallback" in row} == known
    assert all(0 < row["expected"] < 1 for row in public)


def test_the_kit_says_nothing_of_the_faults(challenge: Challenge, folder: Path) -> None:
    text = "\n".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    advice = " ".join(one.advice for one in challenge.criterion)
    faults = [one.fault for one in all_faults(challenge)]
    told = [one.id for one in faults if one.id in text and one.id not in advice]
    told += [one.title for one in faults if one.title in text]

    assert told == []


def test_no_line_of_hidden_data_is_in_the_kit(folder: Path) -> None:
    given = {
        line
        for path in folder.rglob("*")
        if path.is_file()
        for line in path.read_text().splitlines()
    }
    hidden = [path for path in (CHALLENGE / "harness").iterdir() if path.is_file()]
    whole = {path.read_text() for path in folder.rglob("*") if path.is_file()}

    assert len(hidden) >= 7
    for path in hidden:
        assert path.read_text() not in whole, path.name
        if path.suffix == ".jsonl":
            assert not given.intersection(path.read_text().splitlines()), path.name


def test_incidents_that_are_not_shown_are_not_named(
    challenge: Challenge, rules: PracticeKit, folder: Path
) -> None:
    text = (folder / "kit.json").read_text()

    assert len(rules.incidents) < len(challenge.incident) / 2
    for one in challenge.incident:
        assert (one.id in text) == (one.id in rules.incidents), one.id


def test_the_kit_is_small_beside_the_limit_of_the_repository(
    challenge: Challenge, folder: Path
) -> None:
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    assert size < challenge.limits.repository_mib * MIB / 20


def test_the_kit_of_a_starter_can_be_read(folder: Path) -> None:
    kit = read_kit(folder.parent)

    assert kit.package.challenge.id == "credit-scoring"
    assert len(kit.only_there) >= 3
