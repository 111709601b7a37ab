"""Which inputs matter, and from which drift on: nobody is woken for what the model hardly uses."""

from collections.abc import Callable, Mapping

import numpy as np

from app.features import INPUTS

SEED = 20_240
ROWS = 1_000
LIMIT = 0.25
MIN_INFLUENCE = 0.02


def influences_of(
    inputs: np.ndarray, predict: Callable[[np.ndarray], np.ndarray]
) -> Mapping[str, float]:
    """How far the probability moves on average when an input is shuffled among the rows.

    Permutation importance (Breiman 2001), of the answer instead of its error: needs no labels.
    """
    rng = np.random.default_rng(SEED)
    inputs = inputs[:ROWS]
    before = predict(inputs)
    moved = {}
    for place, name in enumerate(INPUTS):
        shuffled = inputs.copy()
        shuffled[:, place] = rng.permutation(inputs[:, place])
        moved[name] = float(np.mean(np.abs(predict(shuffled) - before)))
    return moved


def limits_of(influences: Mapping[str, float]) -> Mapping[str, float]:
    """The PSI above which an input has drifted; none for inputs without influence."""
    return {name: LIMIT for name, influence in influences.items() if influence >= MIN_INFLUENCE}
