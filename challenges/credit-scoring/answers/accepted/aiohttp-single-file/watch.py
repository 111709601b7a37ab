"""Are applications still those the model was trained on, and do outcomes still agree with it?"""

from collections import OrderedDict, deque

import model
import numpy as np
from prometheus_client.core import GaugeMetricFamily

ROWS = 500
LABELS = 300
WAITING = 5000


class Watch:
    """The last rows and the last outcomes. Computed when Prometheus asks, not when a customer does."""

    def __init__(self, known):
        self.columns = {n: c[~np.isnan(c)] for n, c in known["columns"].items()}
        self.matter = [*known["matter"], "score"]
        self.rows = deque(maxlen=ROWS)
        self.waiting = OrderedDict()
        self.outcomes = deque(maxlen=LABELS)

    def scored(self, application_id, vector, probability):
        self.rows.append((*vector, probability))
        self.waiting[application_id] = probability
        if len(self.waiting) > WAITING:
            self.waiting.popitem(last=False)

    def ended(self, application_id, defaulted):
        probability = self.waiting.pop(application_id, None)
        if probability is not None:
            self.outcomes.append((probability, defaulted))

    def describe(self):
        return []

    def collect(self):
        distance = GaugeMetricFamily(
            "input_distance",
            "Kolmogorov-Smirnov distance of the last 500 applications from training.",
            labels=["input"],
        )
        if len(self.rows) == ROWS:
            for name, recent in zip([*model.INPUTS, "score"], np.array(self.rows).T, strict=True):
                if name in self.matter:
                    distance.add_metric([name], distance_of(recent, self.columns[name]))
        yield distance
        if len(self.outcomes) == LABELS:
            yield GaugeMetricFamily(
                "outcome_surprise",
                "Spiegelhalter's z of the last 300 outcomes: within 3 of 0 if we are calibrated.",
                value=surprise_of(*np.array(self.outcomes).T),
            )


def distance_of(recent, trained):
    """Largest difference between the two cumulative shares; what is missing counts elsewhere."""
    recent = np.sort(recent[~np.isnan(recent)])
    if len(recent) < ROWS / 10:
        return 0.0
    at = np.union1d(recent, trained)
    shares = [np.searchsorted(one, at, side="right") / len(one) for one in (recent, trained)]
    return float(np.abs(shares[0] - shares[1]).max())


def surprise_of(said, ended):
    """Spiegelhalter (1986): by how many standard deviations outcomes miss our probabilities."""
    weights = 1 - 2 * said
    spread = np.sqrt((weights**2 * said * (1 - said)).sum())
    return float(((ended - said) * weights).sum() / max(spread, 1e-9))
