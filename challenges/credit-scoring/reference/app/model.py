"""The approved model and everything that was fixed when it was trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from app.drift import Profile
from app.features import Codes, codes_of, inputs_of, matrix_of
from app.rows import Row

SELF_TEST_TOLERANCE = 1e-9


class ModelUnfit(Exception):
    """The loaded model does not answer as it did when it was trained."""


@dataclass(frozen=True, slots=True)
class Model:
    """A classifier with its encoding, its fill values and what its training data looked like."""

    classifier: Any
    version: str
    codes: Codes
    fill_values: np.ndarray
    profile: Profile
    influences: Mapping[str, float]
    example: np.ndarray
    example_probability: float

    def inputs(self, rows: Sequence[Row]) -> np.ndarray:
        """Rows as numbers, NaN where missing."""
        return inputs_of(rows, self.codes)

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Probability of default for each row of `inputs`."""
        matrix = matrix_of(inputs, self.fill_values)
        return self.classifier.predict_proba(matrix)[:, 1]

    def self_test(self) -> None:
        """Score an example and compare: a file can be damaged, a library can be another one.

        Raises:
            ModelUnfit: the answer is not the one of training.
        """
        probability = float(self.classifier.predict_proba(self.example)[0, 1])
        if not abs(probability - self.example_probability) <= SELF_TEST_TOLERANCE:
            raise ModelUnfit(f"example scored {probability}, trained {self.example_probability}")


def load_model(path: Path) -> Model:
    """Read what `train.py` wrote."""
    artefact: Mapping[str, Any] = joblib.load(path)
    return Model(
        classifier=artefact["classifier"],
        version=artefact["version"],
        codes=codes_of(artefact["categories"]),
        fill_values=artefact["fill_values"],
        profile=Profile(**artefact["profile"]),
        influences=artefact["influences"],
        example=artefact["example"],
        example_probability=artefact["example_probability"],
    )
