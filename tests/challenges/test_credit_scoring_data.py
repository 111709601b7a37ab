"""The data files of credit-scoring are complete, consistent and keep what is hidden apart."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.shipped import contents

from assay.toolkit.package import load_challenge
from assay.toolkit.variants import write_tree

CHALLENGE = Path(__file__).resolve().parents[2] / "challenges" / "credit-scoring"
NULLABLE = ("home", "marital", "job", "income_eur_year", "assets_eur", "debt_eur")
Line = dict[str, Any]


def lines(name: str) -> list[Line]:
    path = CHALLENGE / "harness" / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def holdout() -> list[Line]:
    return lines("holdout")


@pytest.fixture(scope="module")
def traffic() -> list[Line]:
    return lines("rows")


@pytest.fixture(scope="module")
def bureau() -> dict[str, float]:
    return {line["id"]: line["income_eur_year"] for line in lines("bureau")}


@pytest.fixture(scope="module")
def training() -> list[dict[str, str]]:
    with (CHALLENGE / "reference" / "data" / "train.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_there_are_enough_rows_of_every_kind(
    holdout: list[Line], traffic: list[Line], training: list[dict[str, str]]
) -> None:
    assert (len(holdout), len(traffic), len(training)) == (1200, 1500, 3000)


def test_no_id_is_used_twice_and_every_body_carries_its_id(
    holdout: list[Line], traffic: list[Line]
) -> None:
    everything = holdout + traffic
    assert len({line["id"] for line in everything}) == len(everything)
    assert all(line["id"] == line["body"]["application_id"] for line in everything)


def test_expected_answers_are_probabilities_that_differ(
    holdout: list[Line], traffic: list[Line]
) -> None:
    answers = [line["expected"] for line in holdout + traffic]
    assert all(0 < answer < 1 for answer in answers)
    assert len(set(answers)) > 0.8 * len(answers)


def test_the_approved_model_ranks_the_holdout_well(holdout: list[Line]) -> None:
    bad = [line["expected"] for line in holdout if line["label"] == 1]
    good = [line["expected"] for line in holdout if line["label"] == 0]
    wins = sum((b > g) + (b == g) / 2 for b in bad for g in good)
    assert 0.25 < len(bad) / len(holdout) < 0.32
    assert wins / (len(bad) * len(good)) > 0.8


@pytest.mark.parametrize("field", NULLABLE)
def test_every_field_that_may_be_null_is_null_somewhere(traffic: list[Line], field: str) -> None:
    share = sum(line["body"][field] is None for line in traffic) / len(traffic)
    assert 0.005 < share < 0.25


def test_missing_values_are_as_common_in_traffic_as_in_training(
    traffic: list[Line], training: list[dict[str, str]]
) -> None:
    sent = sum(line["body"]["income_eur_year"] is None for line in traffic) / len(traffic)
    trained = sum(not row["income_eur_month"] for row in training) / len(training)
    assert abs(sent - trained) < 0.04


def test_the_bureau_knows_most_of_the_missing_incomes_and_nothing_else(
    holdout: list[Line], traffic: list[Line], bureau: dict[str, float]
) -> None:
    asked = {x["id"] for x in holdout + traffic if x["body"]["income_eur_year"] is None}
    assert set(bureau) <= asked
    assert 0.5 < len(bureau) / len(asked) < 0.7
    assert all(income > 0 for income in bureau.values())


def test_no_traffic_row_can_be_looked_up_in_the_training_data(
    traffic: list[Line], training: list[dict[str, str]]
) -> None:
    money = ("assets_eur", "amount_eur", "price_eur")
    known = {tuple(row[name] for name in money) for row in training}
    sent = [tuple(str(line["body"][name]) for name in money) for line in traffic]
    assert sum(one in known for one in sent) < 0.01 * len(sent)


def test_personal_values_are_distinctive(traffic: list[Line]) -> None:
    people = [line["body"]["applicant"] for line in traffic]
    assert len({one["national_id"] for one in people}) == len(people)
    assert len({one["email"] for one in people}) == len(people)
    assert all(len(one["name"]) > 12 for one in people)


def test_hidden_data_stays_out_of_what_candidates_get(traffic: list[Line], tmp_path: Path) -> None:
    write_tree(load_challenge(CHALLENGE), "starter", tmp_path / "starter")
    given = "\n".join(contents(tmp_path / "starter").values())
    ids = [line["id"] for line in traffic]
    assert len(ids) > 1000
    assert [one for one in ids if one in given] == []
