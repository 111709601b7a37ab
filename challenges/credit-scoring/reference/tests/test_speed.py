"""Features must not dominate the cost of a batch."""

import time

import train
from app.features import matrix_of


def test_features_of_a_full_batch_take_a_millisecond_or_two(model):
    inputs = model.inputs(train.read_rows()[0][:500])
    seconds = []
    for _ in range(10):
        started = time.perf_counter()
        matrix_of(inputs, model.fill_values)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 0.01
