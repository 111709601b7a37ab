"""Train with `python model.py`; the service imports the same functions to score."""

import csv
import pickle
from pathlib import Path

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

HERE = Path(__file__).parent
FILE = HERE / "model.pickle"
NUMBERS = [
    "seniority_years", "term_months", "age_years", "expenses_eur_month", "income_eur_month",
    "assets_eur", "debt_eur", "amount_eur", "price_eur",
]  # fmt: skip
CATEGORIES = {
    "home": ["owner", "rent", "parents", "other", "priv", "ignore"],
    "marital": ["married", "single", "separated", "widow", "divorced"],
    "records": ["no", "yes"],
    "job": ["fixed", "freelance", "partime", "others"],
}
INPUTS = [*NUMBERS, *CATEGORIES]


def vector(row):
    """Numbers, then category codes; NaN for an unknown number, -1 for an unknown category."""
    numbers = [np.nan if row[name] is None else row[name] for name in NUMBERS]
    return numbers + [-1 if row[n] is None else v.index(row[n]) for n, v in CATEGORIES.items()]


def matrix(vectors, medians):
    """What the classifier takes: medians filled in, ratios added."""
    table = np.array(vectors, dtype=float)
    table = np.where(np.isnan(table), medians, table)
    _, term, _, expenses, income, assets, debt, amount, price = table[:, :9].T
    free = income - expenses
    ratios = [
        amount / np.maximum(price, 0.01),
        free,
        amount / term / np.maximum(free, 1),
        (assets - debt) / np.maximum(amount, 0.01),
        debt / np.maximum(income, 1),
    ]
    return np.column_stack([table, *ratios])


def train():
    """Fit and save."""
    with (HERE / "data" / "train.csv").open() as file:
        lines = list(csv.DictReader(file))
    vectors = [
        vector(
            {name: float(line[name]) if line[name] else None for name in NUMBERS}
            | {name: line[name] or None for name in CATEGORIES}
        )
        for line in lines
    ]
    medians = np.nanmedian(np.array(vectors, dtype=float), axis=0)
    defaulted = [int(line["defaulted"]) for line in lines]
    classifier = GradientBoostingClassifier(
        n_estimators=120, learning_rate=0.07, max_depth=3, min_samples_leaf=20, random_state=20240
    )
    classifier.fit(matrix(vectors, medians), defaulted)
    FILE.write_bytes(pickle.dumps((classifier, medians, known(classifier, medians, vectors))))


def known(classifier, medians, vectors):
    """What recent applications are compared with: input -> sorted training values; and which matter.

    An input matters if answers would move by 0.018 on average, were it always at its median.
    """
    table = np.array(vectors, dtype=float)

    def predict(rows):
        return classifier.predict_proba(matrix(rows, medians))[:, 1]

    before, matter = predict(table), []
    for place, name in enumerate(INPUTS):
        flat = table.copy()
        flat[:, place] = medians[place]
        if np.abs(predict(flat) - before).mean() >= 0.018:
            matter.append(name)
    columns = {name: np.sort(table[:, place]) for place, name in enumerate(INPUTS)}
    return {"columns": columns | {"score": np.sort(before)}, "matter": matter}


if __name__ == "__main__":
    train()
