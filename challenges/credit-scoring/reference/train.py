"""Train the approved model: `python train.py` reads data/train.csv and writes model/."""

import csv
import hashlib
from dataclasses import asdict
from pathlib import Path

import joblib
import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

from app.drift import profile_of
from app.features import (
    CATEGORIES,
    INPUTS,
    NUMBERS,
    codes_of,
    fill_values_of,
    inputs_of,
    matrix_of,
)
from app.influence import influences_of
from app.rows import Row

HERE = Path(__file__).resolve().parent
DATA = HERE / "data" / "train.csv"
MODEL = HERE / "model" / "model.joblib"
PARAMETERS = {
    "n_estimators": 120,
    "learning_rate": 0.07,
    "max_depth": 3,
    "min_samples_leaf": 20,
    "random_state": 20_240,
}


def read_rows(path: Path = DATA) -> tuple[list[Row], np.ndarray]:
    """The training rows and who defaulted; empty cells are None."""
    with path.open(newline="") as file:
        lines = list(csv.DictReader(file))
    return [_row(line) for line in lines], np.array([int(line["defaulted"]) for line in lines])


def train(rows: list[Row], defaulted: np.ndarray) -> dict[str, object]:
    """Fit the model and note all that serving must repeat exactly."""
    inputs = inputs_of(rows, codes_of(CATEGORIES))
    fill_values = fill_values_of(inputs)
    matrix = matrix_of(inputs, fill_values)
    classifier = GradientBoostingClassifier(**PARAMETERS).fit(matrix, defaulted)

    def predict(some: np.ndarray) -> np.ndarray:
        return classifier.predict_proba(matrix_of(some, fill_values))[:, 1]

    probabilities = predict(inputs)
    watched = np.column_stack([inputs, probabilities])
    return {
        "classifier": classifier,
        "categories": CATEGORIES,
        "fill_values": fill_values,
        "version": _version(matrix),
        "profile": asdict(profile_of(watched, [*INPUTS, "probability_of_default"])),
        "influences": influences_of(inputs, predict),
        "example": matrix[:1],
        "example_probability": float(probabilities[0]),
    }


def _row(line: dict[str, str]) -> Row:
    numbers = {name: float(line[name]) if line[name] else None for name in NUMBERS}
    return numbers | {name: line[name] or None for name in CATEGORIES}


def _version(matrix: np.ndarray) -> str:
    digest = hashlib.sha256(repr(PARAMETERS).encode() + matrix.tobytes())
    return f"gbm-{digest.hexdigest()[:10]}"


def main() -> None:
    """Train on all of the data and write the model."""
    artefact = train(*read_rows())
    MODEL.parent.mkdir(exist_ok=True)
    joblib.dump(artefact, MODEL)
    print(f"{MODEL.name}: {artefact['version']}")


if __name__ == "__main__":
    main()
