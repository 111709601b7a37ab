"""The one way from rows to the model's input, used by `train.py` and by the service."""

from collections.abc import Mapping, Sequence

import numpy as np

from app.rows import Row

NUMBERS = (
    "seniority_years",
    "term_months",
    "age_years",
    "expenses_eur_month",
    "income_eur_month",
    "assets_eur",
    "debt_eur",
    "amount_eur",
    "price_eur",
)
CATEGORIES = {
    "home": ("owner", "rent", "parents", "other", "priv", "ignore"),
    "marital": ("married", "single", "separated", "widow", "divorced"),
    "records": ("no", "yes"),
    "job": ("fixed", "freelance", "partime", "others"),
}
INPUTS = (*NUMBERS, *CATEGORIES)
UNKNOWN_CATEGORY = -1.0
CENT = 0.01  # divide by no less: a ratio must stay a number

Codes = Mapping[str, Mapping[str, float]]


def codes_of(categories: Mapping[str, Sequence[str]]) -> Codes:
    """The number that stands for each category, by input."""
    return {
        name: {v: float(i) for i, v in enumerate(values)} for name, values in categories.items()
    }


def inputs_of(rows: Sequence[Row], codes: Codes) -> np.ndarray:
    """Numbers as given and categories as codes, NaN where missing; shape (rows, INPUTS)."""
    table = [
        [row[name] for name in NUMBERS] + [codes[name].get(row[name]) for name in codes]
        for row in rows
    ]
    return np.array(table, dtype=np.float64)


def fill_values_of(inputs: np.ndarray) -> np.ndarray:
    """What stands in for a missing value: the median of numbers, a code of its own else."""
    fill = np.full(len(INPUTS), UNKNOWN_CATEGORY)
    fill[: len(NUMBERS)] = np.nanmedian(inputs[:, : len(NUMBERS)], axis=0)
    return fill


def matrix_of(inputs: np.ndarray, fill_values: np.ndarray) -> np.ndarray:
    """The model's input: filled inputs and what is derived from them."""
    filled = np.where(np.isnan(inputs), fill_values, inputs)
    return np.column_stack([filled, *_derived(filled)])


def _derived(filled: np.ndarray) -> Sequence[np.ndarray]:
    _, term, _, expenses, income, assets, debt, amount, price = filled[:, : len(NUMBERS)].T
    instalment = amount / term
    free = income - expenses
    return (
        amount / np.maximum(price, CENT),  # share financed
        free,  # EUR a month left to pay with
        instalment / np.maximum(free, 1.0),
        (assets - debt) / np.maximum(amount, CENT),  # cover
        debt / np.maximum(income, 1.0),
    )
