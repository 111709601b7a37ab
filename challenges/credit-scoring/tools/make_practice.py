"""Make the rows of the practice kit from the training data, which candidates have anyway.

Run it where the reference's requirements are installed, after `make_data.py`:

    python challenges/credit-scoring/tools/make_practice.py

It writes practice/rows.jsonl and practice/bureau.jsonl, always the same bytes. Nothing of harness/
is read. `expected` is the approved model's answer with the bureau's income where the bureau knows
one, `fallback` the one without it, `label` how the loan ended.
"""

import csv
import json
import random
from pathlib import Path

from make_data import BUREAU_KNOWS, CHALLENGE, REFERENCE, approved_model, invented_applicant

PRACTICE = CHALLENGE / "practice"
SEED = 20_261_122
ROWS = 600
TEXTS = ("home", "marital", "records", "job")


def main() -> None:
    """Write both files."""
    rng = random.Random(SEED)
    with (REFERENCE / "data" / "train.csv").open(newline="") as file:
        chosen = rng.sample(list(csv.DictReader(file)), ROWS)
    score = approved_model()
    rows, bureau = [], []
    for number, record in enumerate(chosen, 1):
        body = _body(record, f"P-{number:06d}", rng)
        known = _income_the_bureau_knows(body, rng)
        if known is not None:
            bureau.append({"id": body["application_id"], "income_eur_year": known})
        row = {"id": body["application_id"], "body": body, "expected": round(score(body, known), 9)}
        if known is not None:
            row["fallback"] = round(score(body, None), 9)
        rows.append(row | {"label": int(record["defaulted"])})
    PRACTICE.mkdir(exist_ok=True)
    _write(PRACTICE / "rows.jsonl", rows)
    _write(PRACTICE / "bureau.jsonl", bureau)


def _body(record: dict[str, str], application_id: str, rng: random.Random) -> dict[str, object]:
    """A line of train.csv as an application."""
    values = {name: _value(name, text) for name, text in record.items() if name != "defaulted"}
    income = values.pop("income_eur_month")
    body = {"application_id": application_id, "applicant": invented_applicant(rng), **values}
    body["income_eur_year"] = None if income is None else income * 12
    return body


def _value(name: str, text: str) -> object:
    if text == "":
        return None
    return text if name in TEXTS else int(text)


def _income_the_bureau_knows(body: dict[str, object], rng: random.Random) -> float | None:
    """Of most who state none; drawn, for nobody knows what it really was."""
    if body["income_eur_year"] is not None or rng.random() >= BUREAU_KNOWS:
        return None
    return round(rng.uniform(8_000, 40_000), 2)


def _write(path: Path, lines: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines))


if __name__ == "__main__":
    main()
